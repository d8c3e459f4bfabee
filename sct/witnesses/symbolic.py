"""sympy's derivative of what a function computes from symbols, and what its generated adjoint computes from them."""

from __future__ import annotations

import ctypes
import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import sympy  # type: ignore[import-untyped]

from sct.witnesses.elimination import FUNCTIONS
from sct.witnesses.overload import Algebra, Inapplicable, Overloading, wrap
from sct.witnesses.trees import numbers, rebuilt

_NAMES = {
    **{name: name for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log", "sqrt", "cbrt", "sign")},
    **{name: name for name in ("gamma", "erf", "erfc", "digamma", "floor")},
    **{f"arc{name}": f"a{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "arctan2": "atan2",
    "absolute": "Abs",
    "fabs": "Abs",
    "gammaln": "loggamma",
}


def _named(name: str) -> Callable[..., Any]:
    return lambda *args: getattr(sympy, name)(*map(exact, args))


def exact(value: Any) -> Any:
    """A number or an expression without rounded constants: 0.1 is a tenth, and math.pi is π."""
    return sympy.nsimplify(sympy.sympify(value), rational=True, full=False) if not _is_pi(value) else sympy.pi


def _is_pi(value: Any) -> bool:
    return isinstance(value, float) and value == math.pi


def symbols(args: Sequence[Any], names: Sequence[str]) -> tuple[list[Any], list[list[sympy.Symbol]]]:
    """The arguments with symbols for their floats, and these symbols."""
    made, all_symbols = [], []
    for value, name in zip(args, names, strict=True):
        count = len(numbers(value))
        found = [sympy.Symbol(f"{name}{k}" if count > 1 else name, real=True) for k in range(count)]
        made.append(rebuilt(value, found, lambda array: wrap(array, SYMBOLS)))
        all_symbols.append(found)
    return made, all_symbols


def _stopped(value: Any) -> Any:
    raise Inapplicable("sct.stop_gradient hides a dependence")


SYMBOLS = Algebra(
    kind=sympy.Expr,
    elementwise={
        **{ours: _named(name) for ours, name in _NAMES.items()},
        "exp2": lambda x: sympy.Integer(2) ** exact(x),
        "expm1": lambda x: sympy.exp(exact(x)) - 1,
        "log1p": lambda x: sympy.log(1 + exact(x)),
        "log2": lambda x: sympy.log(exact(x)) / sympy.log(2),
        "log10": lambda x: sympy.log(exact(x)) / sympy.log(10),
        "square": lambda x: exact(x) ** 2,
        "reciprocal": lambda x: 1 / exact(x),
        "power": lambda x, y: exact(x) ** exact(y),
        "float_power": lambda x, y: exact(x) ** exact(y),
        "hypot": lambda *x: sympy.sqrt(sum(exact(part) ** 2 for part in x)),
        "logaddexp": lambda a, b: sympy.log(sympy.exp(exact(a)) + sympy.exp(exact(b))),
        "expit": lambda x: 1 / (1 + sympy.exp(-exact(x))),
    },
    arrays={k: v for k, v in FUNCTIONS.items() if not k.startswith("linalg.") or k == "linalg.norm"},
    stopped=_stopped,
)


def expressions(f: Callable[..., Any], args: Sequence[Any], like: Any, **seeds: Any) -> list[Any]:
    """What a function computes from symbols, as expressions: one for each float of ``like``.

    Raises
    ------
    Inapplicable
        Where the function has no closed form.
    """
    world = Overloading(SYMBOLS)
    try:
        found = numbers(world.function(f)(*map(world.argument, args), **seeds), like)  # type: ignore[arg-type]
    except TypeError as problem:
        asks = "truth value" in str(problem)
        raise Inapplicable("it asks for the value of an argument" if asks else str(problem)) from None
    if world.is_hooked:
        raise Inapplicable("sct.adjoint_of may change the adjoint")
    return [exact(value) for value in found]


class _Late(BaseException):
    """The time is up; sympy catches Exception in places."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give sympy so much time: it may want hours.

    Raises
    ------
    Inapplicable
        When the time is up.
    """
    throw, thread = ctypes.pythonapi.PyThreadState_SetAsyncExc, ctypes.c_ulong(threading.get_ident())
    done = threading.Event()

    def watch() -> None:
        done.wait(seconds)
        while not done.wait(0.1):  # again and again, since C code that asks for an attribute swallows it
            throw(thread, ctypes.py_object(_Late))

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    late = False
    try:
        yield
    except _Late:
        late = True
    finally:
        while True:
            try:
                done.set()
                watching.join()
                throw(thread, None)
                break
            except _Late:
                late = True
    if late:
        raise Inapplicable(f"sympy comes to no conclusion in {seconds:.0f} s")


def is_zero(difference: Any) -> bool:
    """Whether sympy proves an expression to be 0."""
    if difference == 0 or sympy.expand(difference) == 0:
        return True
    return bool(sympy.simplify(difference) == 0)


def at(expression: Any, values: Mapping[sympy.Symbol, float]) -> float:
    """The value of an expression, nan where it has no real one."""
    try:
        return float(np.real_if_close(complex(expression.evalf(30, subs=values))))
    except (TypeError, ValueError):
        return math.nan
