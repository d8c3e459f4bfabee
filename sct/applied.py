"""Derivatives of bound methods and partial functions: those of the function inside, which is given what these hold.

Before: ``sct.grad(model.loss)(x)``, ``sct.grad(partial(power, n=3))(x)``.
After: ``sct.grad(Model.loss, wrt="x")(model, x)``, ``sct.grad(power)(x, n=3)``.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sct.derivatives import Compile, Derivative, P, R, Wrt, derivative_of


class Held(NamedTuple):
    """A function, and the arguments that it is given before those of a call."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def completed(self, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """All arguments of a call."""
        return (*self.args, *args), {**self.kwargs, **kwargs}


def held_by(f: Callable[..., Any]) -> Held | None:
    """What a bound method, a partial function or the derivative of one holds; None for what is none."""
    if isinstance(f, Applied):
        return Held(f.derivative, f.held.args, f.held.kwargs)
    if isinstance(f, functools.partial):
        return Held(f.func, f.args, f.keywords)
    # A class method gets its class, which is no argument, and is refused as that.
    if isinstance(f, types.MethodType) and not isinstance(f.__self__, type):
        return Held(f.__func__, (f.__self__,), {})
    return None


class Applied(Derivative[P, R]):
    """The derivative of what holds arguments.

    Attributes
    ----------
    held : Held
        What that is.
    derivative : Derivative
        That of the function inside, with respect to the same parameters.
    """

    def __init__(
        self,
        f: Callable[P, Any],
        wrt: Wrt,
        with_value: bool,
        needs_scalar: bool = True,
        compile: Compile = None,
    ) -> None:
        held = held_by(f)
        assert held is not None
        self.held = held
        functools.update_wrapper(self, held.function)
        self.__name__ = str(getattr(held.function, "__name__", "f"))
        self.primal = f
        self.__signature__ = inspect.signature(f)
        self._names = list(self.__signature__.parameters)
        self._given = (f, wrt, with_value, needs_scalar, compile)
        self._wrt, self._compile, self._with_value = self._positions(wrt), compile, with_value
        names = [self._names[k] for k in self._wrt]
        inner: Wrt = names[0] if isinstance(wrt, int | str) else names
        self.derivative = derivative_of(held.function, inner, with_value, needs_scalar, compile)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        args_, kwargs_ = self.held.completed(args, kwargs)
        return self.derivative(*args_, **kwargs_)  # type: ignore[no-any-return]

    @property
    def authored(self) -> Callable[..., Any]:
        return self.derivative.authored

    @property
    def names(self) -> list[str]:
        return self.derivative.names

    @functools.cached_property
    def positions(self) -> tuple[int, ...]:
        return self.derivative.positions

    @property
    def is_current(self) -> bool:
        return self.derivative.is_current

    @property
    def path(self) -> str:
        return self.derivative.path

    def chosen(self, args: Sequence[Any], kwargs: dict[str, Any]) -> list[tuple[Any, str]]:
        return self.derivative.chosen(*self.held.completed(args, kwargs))

    def as_precise(self, bars: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        return self.derivative.as_precise(bars, *self.held.completed(args, kwargs))

    def ordered(self, bars: Any) -> Any:
        return self.derivative.ordered(bars)

    def run(self, generated: Callable[..., Any], values: Sequence[Any], **extra: Any) -> tuple[Any, Any]:
        return self.derivative.run(generated, values, **extra)

    def refuse_value(self, value: Any) -> None:
        self.derivative.refuse_value(value)

    def prepare(self, mode: str, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Callable[..., Any], list[Any]]:
        return self.derivative.prepare(mode, *self.held.completed(args, kwargs))

    def bound(self, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Callable[..., Any], list[Any]]:
        return self.derivative.bound(*self.held.completed(args, kwargs))
