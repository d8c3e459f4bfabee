"""A derivative as a function: it takes its primal's arguments, and calls the function that is generated for such."""

from __future__ import annotations

import functools
import inspect
import itertools
import operator
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Generic, Literal, ParamSpec, TypeVar

import numpy as np

from sct.again import statement
from sct.arguments import ArgumentError, arguments_of, as_float, refuse_other_operators, type_of
from sct.closures import UnliftedError, captured, is_nested
from sct.compiling import CompileError, plain
from sct.contents import parts
from sct.errors import SctError
from sct.fitting import as_precise
from sct.generated import Asked, Generated, call, gradient_of
from sct.ir.names import place_of
from sct.kept import kept
from sct.loaded import refuse_other_text
from sct.origin import CLASS_METHOD, READING, at_top, is_method, not_at_top, source_of, written_in_python
from sct.pickling import Made
from sct.refusals import Watched, refuse_shared, refuse_variable
from sct.results import refuse_value
from sct.shortcuts import Shortcuts, is_number

P = ParamSpec("P")
R = TypeVar("R")
Wrt = int | str | Sequence[int | str]
Compile = Literal["numba"] | None
_TOPS: dict[Any, Derivative[..., Any]] = {}


class Derivative(Made, Generic[P, R]):
    """A function that returns the gradient of ``primal``, generated when it is first called.

    Attributes
    ----------
    primal : callable
        The function as it was.
    source : str
        The text of the generated module.
    path : str
        The file that holds it: the committed one if it is current, else one in a cache; of what was called last.
    """

    maker = "grad"

    def __init__(
        self,
        f: Callable[P, Any],
        wrt: Wrt,
        with_value: bool,
        needs_scalar: bool = True,
        compile: Compile = None,
        of: Callable[..., Any] | None = None,  # what the author wrote, where `f` was generated
    ) -> None:
        if isinstance(f, types.MethodType):
            raise ArgumentError(CLASS_METHOD.format(f.__qualname__))
        if compile not in (None, "numba"):
            raise ArgumentError(f'compile is "numba" or None, not {compile!r}')
        self.primal: Callable[P, Any] = f
        self._inner = f if isinstance(f, Derivative) else None
        self._function: Callable[..., Any] = f._function if isinstance(f, Derivative) else written_in_python(f)
        if self._inner is None:
            functools.update_wrapper(self, f)
        self._given = (f, wrt, with_value, needs_scalar, compile)
        self.__module__ = self._function.__module__
        self.__name__ = str(getattr(f, "__name__", "f"))
        self.__qualname__ = self._function.__qualname__
        self._key = self._function.__qualname__ if is_method(self._function) else self.__name__
        self.__signature__ = inspect.signature(self.primal)
        self._names = list(self.__signature__.parameters)
        kinds = {parameter.kind for parameter in self.__signature__.parameters.values()}
        self._by_position = kinds <= {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
        self._wrt = self._positions(wrt)
        self._single = isinstance(wrt, int | str)
        self._with_value = with_value
        self._needs_scalar = needs_scalar
        self._compile = compile
        self._last: Callable[..., Any] | None = None
        self._shortcuts = Shortcuts(self._wrt)
        self._written = _written(self._function)
        self._watched: Watched = Watched(self._function) if self._inner is None else self._inner._watched
        asked = Asked(self._function, self._key, f, of, self._names, self.positions, needs_scalar, compile)
        self._generated = Generated(asked, self._watched)
        self._tops: dict[Any, Derivative[..., Any]] = {}

    def _positions(self, wrt: Wrt) -> tuple[int, ...]:
        if not isinstance(wrt, int | str | Sequence):
            raise ArgumentError(f"wrt is the name or the position of a parameter, or a sequence of these, not {wrt!r}")
        entries = (wrt,) if isinstance(wrt, int | str) else tuple(wrt)
        found = []
        for entry in entries:
            place = place_of(entry, self._names)
            if place is None:
                raise ArgumentError(
                    f"{self.__name__} has no parameter {entry!r}; it has {', '.join(self._names) or 'none'}"
                )
            found.append(place)
        if not found:
            raise ArgumentError(
                f"{self.__name__} is differentiated with respect to nothing: name a parameter, or pass a float"
            )
        return tuple(found)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if not self._watched.is_untouched:
            self._watched.refuse_changed()
        if not kwargs:
            kinds = tuple(map(type, args))
            found = self._shortcuts.numbers.get(kinds)
            if found is None:
                found = self._shortcuts.of(args)
            if found is not None:
                called, self._last = found
                return called(*args)  # type: ignore[no-any-return]
        adjoint, values = self.prepare("adjoint", args, kwargs)
        gradient = None if self._with_value or plain(adjoint) is not adjoint else gradient_of(adjoint)
        if gradient is not None:
            value, bars = None, call(gradient, values)
        else:
            value, bars = self.run(adjoint, values)
        self._shorten(adjoint, gradient, args)
        ordered = self.ordered(self.as_precise(bars, args, kwargs))
        return (value, ordered) if self._with_value else ordered  # type: ignore[return-value]

    def _shorten(self, adjoint: Callable[..., Any], gradient: Callable[..., Any] | None, args: Sequence[Any]) -> None:
        """Let the next call with such arguments go to the generated function, if that does all."""
        in_order = list(self._wrt) == list(self.positions) and self._single == (len(self._wrt) == 1)
        # What is nested is passed what it captures; what writes must be passed no array twice.
        if is_nested(self._function) or self._generated.writes or not in_order or gradient_of(adjoint) is None:
            return  # without a gradient, the value may be no scalar
        if self._inner is not None and not all(map(is_number, args)):
            return  # it is not this derivative that knows what is written into
        if plain(adjoint) is not adjoint and any(parts(value) is not None for value in args):
            return  # Numba may have to compile again, for arrays in them that are laid out otherwise
        left_out = itertools.islice(self.__signature__.parameters.values(), len(args), None)
        if not all(is_number(parameter.default) for parameter in left_out):
            return  # something may be written into a default, and generated code has one of its own
        if gradient is None and not self._with_value:  # compiled: Numba would compile the gradient as well
            self._shortcuts.add(args, (lambda *args: adjoint(*args)[1], adjoint))
        else:
            self._shortcuts.add(args, (gradient or adjoint, adjoint))

    def __repr__(self) -> str:
        made, wrt = "value_and_grad" if self._with_value else "grad", ", ".join(self._names[k] for k in self._wrt)
        return f"<sct.{made} of {self.__module__}.{self.__qualname__} with respect to {wrt}>"

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    @property
    def authored(self) -> Callable[..., Any]:
        """The author's function that it is a derivative of."""
        return self._function

    @property
    def names(self) -> list[str]:
        """The names of the parameters that it is with respect to, in the order of the signature."""
        return [self._names[k] for k in self.positions]

    def chosen(self, args: Sequence[Any], kwargs: dict[str, Any]) -> list[tuple[Any, str]]:
        """The arguments that it is with respect to, as floats, each with its name, in the order of the signature."""
        with arguments_of(self._function):
            bound = self._bound(args, kwargs)
            return [(as_float(bound.arguments[name], name), name) for name in self.names]

    def as_precise(self, bars: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """The adjoints, each in the precision of the argument that it is of."""
        given = [args[k] if k < len(args) else kwargs.get(self._names[k]) for k in self.positions]
        if len(given) == 1:
            return as_precise(bars, given[0])
        return tuple(map(as_precise, bars, given))

    def ordered(self, bars: Any) -> Any:
        """The adjoints as ``wrt`` lists them; the generated function has them in the order of the signature."""
        if len(self._wrt) == 1:
            return bars if self._single else (bars,)
        bars = bars if len(self.positions) > 1 else (bars,)
        by_position = dict(zip(self.positions, bars, strict=True))
        return tuple(by_position[k] for k in self._wrt)

    @functools.cached_property
    def positions(self) -> tuple[int, ...]:
        """The parameters that are differentiated, in the order of the signature."""
        return tuple(sorted(set(self._wrt)))

    @property
    def is_current(self) -> bool:
        """Whether the author's function, and what it uses, is what it was when the derivative was made."""
        is_as_written = all(map(operator.is_, self._written, _written(self._function)))
        return is_as_written and self._watched.is_current and all(top.is_current for top in self._tops.values())

    @property
    def source(self) -> str:
        return Path(self.path).read_text(encoding="utf-8")

    @property
    def path(self) -> str:
        if self._last is not None:
            return str(plain(self._last).__globals__["__file__"])  # type: ignore[attr-defined]
        if self._inner is not None:
            return self._inner.path
        with READING:
            if is_nested(self._function):
                return self._top()._generated.path(self._captured())
            return self._generated.path({})

    def run(self, generated: Callable[..., Any], values: Sequence[Any], **extra: Any) -> tuple[Any, Any]:
        """Call a generated function: the value, which has to be of numbers, and what comes with it."""
        try:
            found: tuple[Any, Any] = call(generated, values, **extra)
        except CompileError as problem:
            about = None if problem.place is None else statement(*problem.place, self._function)
            if about is None:
                raise
            raise problem.about(about) from problem.__cause__
        self.refuse_value(found[0])
        return found

    def refuse_value(self, value: Any) -> None:
        """Refuse a value that is no number; where paths differ, that is not known before."""
        refuse_value(self._function, self._key, value, self._needs_scalar)

    # finding the generated function

    def prepare(self, mode: str, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Callable[..., Any], list[Any]]:
        """The generated function for these arguments, and the arguments in the order of its parameters."""
        try:
            with arguments_of(self._function):
                found = self._prepared(mode, args, kwargs)
        except SctError as problem:  # which says where in the user's code it is: sct's own frames tell nothing
            raise problem.with_traceback(None) from problem.__cause__
        self._last = found[0]
        return found

    def _prepared(self, mode: str, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Callable[..., Any], list[Any]]:
        self._watched.refuse_changed()
        if self._inner is not None:
            of = self._of_gradient(self._inner, args, kwargs)
            return of.prepare(mode, args, {**self._captured(), **kwargs})
        if is_nested(self._function):
            top, args, kwargs = self._lifted(args, kwargs)
            return top.prepare(mode, args, kwargs)
        if kwargs or len(args) != len(self._names) or not self._by_position:
            refuse_variable(self._function, self.__signature__.parameters)
            values = list(self._bound(args, kwargs).arguments.values())
        else:
            values = list(args)
        for value, name in zip(values, self._names, strict=True):
            refuse_other_operators(value, name)
        given = list(values)
        self._generated.look()
        for k in self._wrt:
            values[k] = as_float(values[k], self._names[k])
        writes = self._generated.writes
        if writes:
            refuse_shared(self.__name__, self._names, given, writes)
        zeros = [k for k, value in enumerate(values) if isinstance(value, np.ndarray) and not value.ndim]
        committed = None if zeros else self._generated.committed(mode, values)
        if committed is not None:
            return committed, values
        found = self._generated.at_call(mode, values)
        if self._generated.writes and not writes:  # which is known by now
            refuse_shared(self.__name__, self._names, given, self._generated.writes)
        for k in zeros:  # generated code has numbers: it was refused if more than one name has the array
            values[k] = values[k][()]
        return found, values

    def _lifted(self, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Derivative[..., Any], Any, dict[str, Any]]:
        """The derivative of a nested function as one at the top, and its arguments with what that captures."""
        top = self._top()
        bound = self._bound(args, kwargs)
        return top, bound.args, {**bound.kwargs, **self._captured()}

    def _top(self) -> Derivative[..., Any]:
        """The derivative of a nested function as one at the top, which takes what that captures.

        Functions of one definition share it, if they call the same nested functions.
        """
        f = self._function
        assert isinstance(f, types.FunctionType)
        try:
            cells, helpers = captured(f)
            names = (tuple(cells), *((name, helper.__code__) for name, helper in helpers.items()))
            asked = (self._wrt, self._single, self._needs_scalar, self._compile)
            # Code is equal to what has the same text in the same lines of another file; a module may be loaded twice.
            known = (f.__code__, f.__code__.co_filename, id(f.__globals__), names, *asked)
            if known in self._tops:
                return self._tops[known]
            with READING:
                if known not in _TOPS or not _TOPS[known].is_current:
                    wrt = self._wrt[0] if self._single else self._wrt
                    top = at_top(f)
                    refuse_other_text([f, *helpers.values()], source_of(top)[0])
                    _TOPS[known] = Derivative(top, wrt, self._with_value, self._needs_scalar, self._compile)
        except (UnliftedError, SyntaxError, ValueError):
            raise not_at_top(f) from None
        return self._tops.setdefault(known, _TOPS[known])

    def _captured(self) -> dict[str, Any]:
        """What a nested function captures, as it is now."""
        if self._inner is not None:
            return self._inner._captured()
        f = self._function
        return (
            {k: cell.cell_contents for k, cell in captured(f)[0].items()} if isinstance(f, types.FunctionType) else {}
        )

    def bound(self, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Callable[..., Any], list[Any]]:
        """The function, one at the top, and its arguments in the order of its parameters."""
        top: Derivative[..., Any] = self
        if is_nested(self._function):
            top, args, kwargs = self._lifted(args, kwargs)
        return top._function, list(top._bound(args, kwargs).arguments.values())

    def _bound(self, args: Sequence[Any], kwargs: dict[str, Any]) -> inspect.BoundArguments:
        """The arguments by the names of the parameters, with the defaults of those that are left out."""
        try:
            bound = self.__signature__.bind(*args, **kwargs)
        except TypeError as problem:
            raise ArgumentError(f"{self.__name__}(): {problem}") from None
        bound.apply_defaults()
        return bound

    def _of_gradient(
        self, inner: Derivative[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
    ) -> Derivative[..., Any]:
        """The derivative of the function that was generated for a gradient: generated code is input as any other."""
        adjoint, _ = inner.prepare("adjoint", args, kwargs)
        if inner._wrt != tuple(sorted(set(inner._wrt))) or inner._single != (len(inner._wrt) == 1):
            raise ArgumentError(
                f"the gradient of {inner.__name__} is differentiated itself: name what it is with respect to in the "
                f"order of the signature, and a single parameter without a tuple"
            )
        function = adjoint if inner._with_value else gradient_of(adjoint)
        if function is None:
            raise ArgumentError(
                f"the gradient of {inner.__name__} is differentiated itself: return a number on every path of it"
            )
        return derivative_of(function, self._wrt, self._with_value, self._needs_scalar, self._compile, self._function)


def _written(f: Callable[..., Any]) -> tuple[Any, ...]:
    """What a function was written as; other things are put in their place where its module is loaded again."""
    return tuple(getattr(f, name, None) for name in ("__code__", "__defaults__", "__kwdefaults__"))


def derivative_of(
    f: Callable[..., Any],
    wrt: Wrt,
    with_value: bool,
    needs_scalar: bool = True,
    compile: Compile = None,
    of: Callable[..., Any] | None = None,
) -> Derivative[..., Any]:
    """The derivative of ``f`` that was made before, if all of it is as it was; else a new one."""
    from sct.applied import Applied, held_by

    if held_by(f) is not None:
        return Applied(f, wrt, with_value, needs_scalar, compile)

    def make() -> Derivative[..., Any]:
        return Derivative(f, wrt, with_value, needs_scalar, compile, of)

    entries = (wrt,) if isinstance(wrt, int | str) else wrt
    if not isinstance(entries, tuple | list) or not all(isinstance(entry, int | str) for entry in entries):
        return make()  # and refused
    asked = (isinstance(wrt, int | str), *entries), with_value, needs_scalar, compile, of
    return kept(f, asked, make, lambda found: found.primal is f and found.is_current)


def with_respect_to(f: Callable[..., Any], args: Sequence[Any] | None, wrt: Wrt | None) -> Derivative[..., Any]:
    """The derivative of ``f``, whose value may be of any form.

    It is with respect to ``wrt``; else to what ``f`` was decorated with; else to all floats and arrays of floats.
    """
    if wrt is None and isinstance(f, Derivative):
        wrt = f._wrt
    if wrt is None:
        wrt = tuple(k for k, value in enumerate(args or ()) if type_of(value, "").is_differentiable)
    primal = f.primal if isinstance(f, Derivative) else f
    compile = f._compile if isinstance(f, Derivative) else None
    return derivative_of(primal, wrt, with_value=True, needs_scalar=False, compile=compile)
