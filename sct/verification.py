"""``sct.verify``: a generated derivative, held to witnesses that share nothing with how it was made."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from sct.compiling import plain
from sct.contents import copy, found_in
from sct.derivatives import Derivative, Wrt, with_respect_to
from sct.errors import SctError
from sct.generated import call, gradient_of
from sct.imported import of_the_user
from sct.origin import SourceError, is_method, source_of

if TYPE_CHECKING:
    import numpy as np

    from sct.witnesses.examine import Subject
    from sct.witnesses.report import Report

Mode = Literal["adjoint", "tangent", "both"]
_TRIES = 40


class MismatchError(SctError, AssertionError):
    """A generated derivative with which a witness disagrees, or that none could check.

    Attributes
    ----------
    report : Report
        What the witnesses say.
    """

    def __init__(self, report: Report) -> None:
        self.report = report
        super().__init__(f"{report.name}: the generated derivative is not confirmed\n{report}")


class ContractError(SctError):
    """A function with a rule that does what sct takes for granted that it does not."""


class PointError(SctError, ValueError):
    """There are no arguments to check a function at."""


def verify(
    f: Callable[..., Any], *args: Any, wrt: Wrt | None = None, mode: Mode = "both", points: int = 3, seed: int = 0
) -> Report:
    """Check the generated derivative of ``f`` against three witnesses.  This runs ``f``.

    The witnesses are differences of its values with an estimate of their error, dual numbers that are pushed through
    ``f`` itself by operator overloading, and sympy, which proves that the adjoint is the derivative where ``f`` is a
    closed form.  None of them shares anything with the transformation.

    Parameters
    ----------
    f : callable
        A function, or what one of sct's decorators made of it; of a rule that ``sct.rule`` states, the arguments are
        those of its function.
    *args
        The arguments to check it at.  Without any they are random, of the types that the annotations tell.
    wrt : int, str, or sequence of either, optional
        The parameters; those of the decorator, or else all that are floats or arrays of floats.
    mode : {"both", "adjoint", "tangent"}
        Which generated functions to check.
    points : int
        How many random points.
    seed : int
        The seed of the random numbers.

    Returns
    -------
    Report
        Its text is a table: each witness's worst error, and where it is.

    Raises
    ------
    MismatchError
        If a witness disagrees, or if none has anything to say.
    ContractError
        If a function with a rule, which is what is checked, writes into an argument or returns its memory.
    PointError
        If there are no arguments to check it at, or ``f`` raises there.
    RefusedError
        If ``f`` cannot be differentiated.

    Examples
    --------
    >>> import sct
    >>> report = sct.verify(loss, 2.0, -1.0)                    # doctest: +SKIP
    """
    report = examined(f, [args] if args else None, wrt, mode, points, seed)
    if not report.agrees:
        raise MismatchError(report)
    return report


def examined(
    f: Callable[..., Any],
    given: Sequence[Sequence[Any]] | None,
    wrt: Wrt | None = None,
    mode: Mode = "both",
    points: int = 3,
    seed: int = 0,
) -> Report:
    """What the witnesses say, at the arguments that are given or at random ones."""
    import numpy as np

    from sct.applied import held_by
    from sct.witnesses.examine import Subject, examine
    from sct.witnesses.overload import undecorated
    from sct.witnesses.report import Report

    if (held := held_by(f)) is not None:
        if given is None:
            raise PointError(f"{with_respect_to(f, (), 0).__name__} holds arguments; give the others")
        chosen = [with_respect_to(f, args, wrt).names for args in given]
        inside = [_bound(held.function, *held.completed(args, {})) for args in given]
        return examined(held.function, inside, chosen[0], mode, points, seed)
    rng = np.random.default_rng(seed)
    stated = getattr(f, "differentiates", None)
    primal = undecorated(f if stated is None else stated)
    at = [_bound(primal, args, {}) for args in given] if given is not None else _random(f, primal, wrt, points, rng)
    report = Report(primal.__name__, len(at))
    for k, args in enumerate(at):
        if stated is not None:
            report.paths[f.__code__.co_filename] = None
            for finding in examine(_of_rule(f, primal, args), rng, proves=k == 0):
                report.add(finding)
            continue
        derivative = with_respect_to(f, args, wrt)
        derivative.refuse_value(_value(primal, args))
        made: dict[str, Callable[..., Any] | None] = {}
        values = args
        for wanted in ("adjoint", "tangent") if mode == "both" else (mode,):
            made[wanted], values = derivative.prepare(wanted, *_as_passed(primal, args))
            report.paths[derivative.path] = None
        names = list(inspect.signature(primal).parameters)
        made["gradient"] = _own_gradient(made.get("adjoint"))
        subject = Subject(_by_position(primal), primal.__name__, values, names, derivative.positions, **made)
        for finding in examine(subject, rng, proves=k == 0):
            report.add(finding)
    return report


def _value(primal: Callable[..., Any], args: Sequence[Any]) -> Any:
    try:
        return call(primal, [copy(arg) for arg in args])
    except SctError:
        raise
    except Exception as problem:  # of the user's code
        raise PointError(f"{primal.__name__} raises at these arguments\n{of_the_user(problem)}") from problem


def _as_passed(primal: Callable[..., Any], args: Sequence[Any]) -> tuple[Sequence[Any], dict[str, Any]]:
    """The arguments that are passed by position, and those that are passed by keyword alone."""
    count = _keyword_only(primal)
    names = list(inspect.signature(primal).parameters)[len(args) - count :] if count else []
    return args[: len(args) - count], dict(zip(names, args[len(args) - count :], strict=True))


def _by_position(primal: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with the parameters that go by keyword alone taken by position, as generated functions do."""
    count = _keyword_only(primal)
    if not count:
        return primal
    code = primal.__code__.replace(co_argcount=primal.__code__.co_argcount + count, co_kwonlyargcount=0)
    return types.FunctionType(code, primal.__globals__, primal.__name__, None, primal.__closure__)


def _keyword_only(primal: Callable[..., Any]) -> int:
    return primal.__code__.co_kwonlyargcount if isinstance(primal, types.FunctionType) else 0


def _own_gradient(adjoint: Callable[..., Any] | None) -> Callable[..., Any] | None:
    """``NAME_grad`` beside ``NAME_adjoint``, if it has sweeps of its own."""
    found = None if adjoint is None else gradient_of(adjoint)
    if adjoint is None or found is None or plain(adjoint).__name__ in plain(found).__code__.co_names:
        return None
    return found


def _of_rule(rule: Callable[..., Any], f: Callable[..., Any], args: Sequence[Any]) -> Subject:
    """A rule of the user's as a generated function would be."""
    from sct.witnesses.examine import Subject
    from sct.witnesses.trees import numbers, rebuilt

    first, *rest = inspect.signature(rule).parameters
    _hold_to_contract(f, args)
    is_adjoint = rest[:1] == [f"{first}_bar"]
    names = rest[1 : 1 + len(args)] if is_adjoint else rest[: len(args)]

    def adjoints(value: Any, bar: Any, values: Sequence[Any]) -> list[Any]:
        found = rule(value, bar, *values)
        return [found] if len(names) == 1 else list(found)

    def adjoint(*values: Any, **seed: Any) -> Any:
        value = f(*values)
        found = adjoints(value, seed[f"{f.__name__}_bar"], values)
        bars = [found[k] for k in wrt]
        return value, bars[0] if len(wrt) == 1 else tuple(bars)

    def tangent(*values: Any, **dots: Any) -> Any:
        value = f(*values)
        return value, rule(value, *values, *(dots[f"{names[k]}_dot"] for k in wrt))

    if is_adjoint:
        value = f(*args)
        bars = adjoints(value, rebuilt(value, [1.0] * len(numbers(value))), args)
        wrt = tuple(k for k, bar in enumerate(bars) if bar is not None and numbers(args[k]))
        return Subject(f, f.__name__, args, names, wrt, adjoint=adjoint)
    wrt = tuple(k for k, name in enumerate(names) if f"{name}_dot" in rest)
    return Subject(f, f.__name__, args, names, wrt, tangent=tangent)


def _hold_to_contract(f: Callable[..., Any], args: Sequence[Any]) -> None:
    """A function with a rule is taken to write into no argument, and to return what is new."""
    import numpy as np

    from sct.witnesses.trees import numbers

    given = [copy(arg) for arg in args]
    value = f(*given)
    if not np.array_equal(numbers(list(given)), numbers(list(args)), equal_nan=True):
        raise ContractError(f"{f.__name__} writes into an argument, and a function with a rule may not")
    held = list(found_in(given, np.ndarray))
    if any(np.may_share_memory(a, b) for a in found_in(value, np.ndarray) for b in held):
        raise ContractError(f"{f.__name__} returns memory of an argument, and a function with a rule may not: copy it")


def _bound(primal: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
    try:
        bound = inspect.signature(primal).bind(*args, **kwargs)
    except ValueError:  # a function that tells nothing of its parameters
        return list(args)
    bound.apply_defaults()
    return list(bound.arguments.values())


def _random(
    f: Callable[..., Any], primal: Callable[..., Any], wrt: Wrt | None, points: int, rng: np.random.Generator
) -> list[list[Any]]:
    """Random arguments at which the function's value is finite."""
    import numpy as np

    from sct.ir.types import map_arrays
    from sct.pipeline import parameter_types
    from sct.witnesses.inputs import UnknownError, random_value
    from sct.witnesses.trees import numbers, rebuilt

    if not isinstance(primal, types.FunctionType):
        raise PointError(f"{getattr(primal, '__name__', primal)} is not written in Python; give the arguments")
    try:
        text, file = source_of(primal)
    except SourceError as problem:
        raise PointError(f"{problem}; give the arguments") from None
    name = primal.__qualname__ if is_method(primal) else primal.__name__
    kinds = parameter_types(text, file, name)
    # Sizes without names of their own, as `x.0`, may have to be equal.
    alike = [map_arrays(type_, lambda dim, _: "n" if isinstance(dim, str) and "." in dim else dim) for type_ in kinds]
    parameters = list(inspect.signature(primal).parameters.values())
    wanted = with_respect_to(f, None, wrt).positions if wrt is not None or isinstance(f, Derivative) else ()
    found: list[list[Any]] = []
    raised = ""
    for attempt in range(_TRIES):
        sizes: dict[Any, int] = {}
        args = []
        for k, (parameter, type_) in enumerate(zip(parameters, alike if attempt % 4 > 1 else kinds, strict=True)):
            if parameter.default is not parameter.empty and k not in wanted:
                args.append(parameter.default)
                continue
            try:
                args.append(random_value(type_, rng, attempt % 2 == 1, sizes, primal.__globals__))  # type: ignore[attr-defined]
            except UnknownError:
                reason = f"there is no random value for `{parameter.name}`: its annotation does not say enough"
                raise PointError(f"{primal.__name__}: {reason}; give the arguments") from None
        try:
            with np.errstate(all="ignore"):
                value = _by_position(primal)(*(rebuilt(arg, numbers(arg)) for arg in args))
        except Exception as problem:  # of the user's code: these arguments are none for it
            raised = f"; it raised {type(problem).__name__}: {problem}"
            continue
        if np.all(np.isfinite(np.array(numbers(value), dtype=float))):
            found.append(args)
            if len(found) == points:
                return found
    if not found:
        raise PointError(f"{primal.__name__}: its value is finite at no random point{raised}; give the arguments")
    return found


def called(f: Callable[..., Any], text: str) -> list[Any]:
    """The arguments of the call ``f(text)``, written in the names of the module of ``f``."""
    import numpy as np

    from sct.witnesses.overload import undecorated

    primal = undecorated(getattr(f, "differentiates", f))
    names = {"np": np, **getattr(primal, "__globals__", {}), "_arguments": lambda *args, **kwargs: (args, kwargs)}
    try:
        args, kwargs = eval(f"_arguments({text})", names)
        bound = inspect.signature(primal).bind(*args, **kwargs)
    except Exception as problem:  # of what was typed
        raise PointError(f"{primal.__name__}({text}): {problem}") from None
    bound.apply_defaults()
    return list(bound.arguments.values())
