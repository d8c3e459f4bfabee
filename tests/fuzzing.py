"""Hold a program to its witnesses: dual numbers through the original function, and both modes against each other."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

import numpy as np

from sct.arguments import type_of
from sct.errors import RefusedError
from sct.ir.types import FLOAT, INT, Type
from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.generator import BARE, is_of_any_rank, program
from tests.witness import along_differences, along_dual

SIZE = 5
VECTOR = Type("array", ("n+",))
TYPES = (FLOAT, FLOAT, VECTOR, VECTOR, INT)
NAMES = ("x", "y", "u", "v", "n")
WRT = (0, 1, 2, 3)
Kind = Literal["correct", "refused", "wrong", "crash", "invalid"]


@dataclass(frozen=True)
class Outcome:
    """What became of a program."""

    kind: Kind
    reason: str = ""


@dataclass(frozen=True)
class Trial:
    """How a program is differentiated.

    Attributes
    ----------
    target, wrt : Target, tuple of int
        What is generated, and what it is with respect to.
    twice : bool
        Whether the gradient is differentiated once more.
    dtype, shapes : type, tuple of tuple of int
        Of the arrays that come in: a program that is annotated loosely may take matrices, too.
    """

    target: Target = "python"
    wrt: tuple[int, ...] = WRT
    twice: bool = False
    dtype: type = np.float64
    shapes: tuple[tuple[int, ...], ...] = ((SIZE,), (SIZE,))


def trial(seed: int, target: Target | None = None) -> Outcome:
    """Judge the program with this number, for a target, parameters and a precision that are drawn as well.

    Numba compiles what is generated for known ranks.
    """
    text, random = program(seed), Random(-seed)
    wrt = tuple(sorted(random.sample(WRT, random.choice([1, 2, 3, 4, 4, 4]))))
    is_loose = ": np.ndarray" in text.rpartition("def f(")[2]
    drawn = random.random() < 0.25 and not is_loose
    dtype = np.float32 if random.random() < 0.1 else np.float64
    target = target or ("numba" if drawn else "python")
    twice = random.random() < 0.2 and target == "python" and dtype is np.float64
    sizes = [(SIZE,), (SIZE,), (SIZE,), (SIZE, SIZE)] if is_loose else [(SIZE,)]
    sizes += [(SIZE, SIZE), (SIZE, 1), (1, SIZE), (1,)] if is_of_any_rank(seed) else []
    shapes = [random.choice(sizes) for _ in range(2)]
    return judge(text, seed, Trial(target, wrt, twice, dtype, tuple(shapes)))


def judge(text: str, seed: int, how: Trial = Trial()) -> Outcome:
    """Differentiate a program in both modes and compare."""
    rng = np.random.default_rng(seed)
    arrays = [rng.normal(size=shape) for shape in (*how.shapes, *how.shapes)]
    args: list[Any] = [*rng.normal(size=2).tolist(), *(array.astype(how.dtype) for array in arrays[:2]), SIZE]
    every: list[Any] = [*rng.normal(size=2).tolist(), *arrays[2:]]
    dots = {k: every[k] for k in how.wrt}
    primal: dict[str, Any] = {}
    exec(compile(text, "<program>", "exec"), primal)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with np.errstate(over="raise", invalid="raise", divide="raise"):
                value = primal["f"](*_copies(args))
            expected = along_dual(primal["f"], _copies(args), dots)
        except (UnboundLocalError, IndexError, ArithmeticError, ValueError, TypeError, AttributeError) as problem:
            return Outcome("invalid", repr(problem))
        if np.ndim(value) or not np.isfinite(value) or not np.isfinite(expected) or abs(expected) > 1e8:
            return Outcome("invalid", "not finite")
        given = _copies(args)
        try:
            types = TYPES if f"def f{BARE}:" in text else None
            generated = _generated(text, Request("f", how.wrt, "both", types, how.target))
            found = _called(_run(generated), given, dots, how.wrt)
            second = _second(generated, _copies(args), dots, how.wrt) if how.twice else None
        except RefusedError as problem:
            return Outcome("refused", problem.diagnostics[0].reason)
        except AssertionError:
            return Outcome("refused" if how.shapes != Trial.shapes else "crash", "the rank is another one")
        except Exception as problem:
            return Outcome("crash", repr(problem))
    if any(not np.array_equal(a, b) for a, b in zip(args, given, strict=True)):
        return Outcome("wrong", "an argument was changed")
    tolerance = (1e-8 if how.dtype is np.float64 else 1e-3) * (1 + abs(expected) + abs(value))
    for name, got in found.items():
        right = value if "value" in name else expected
        if not abs(got - right) <= tolerance:
            if abs(got - right) <= _sensitivity(primal["f"], args, dots, expected):
                return Outcome("invalid", "rounding decides")
            return Outcome("wrong", f"{name}: {got} instead of {right}")
    return Outcome("correct") if second is None else second


def _generated(text: str, request: Request) -> str:
    """The module that is generated from a program."""
    (piece,) = differentiate(text, "program.py", [request])
    return "\n\n".join([text.split("\n\n\n")[0], *piece.needs, piece.text, *piece.helpers.values()])


def _run(generated: str) -> dict[str, Any]:
    module: dict[str, Any] = {}
    exec(compile(generated, "<generated>", "exec"), module)
    return module


def _called(
    module: Mapping[str, Any], args: list[Any], dots: Mapping[int, Any], wrt: Sequence[int]
) -> dict[str, float]:
    """What the generated functions return, along the directions."""
    along = {f"{NAMES[k]}_dot": dot for k, dot in dots.items()}
    value, bars = module["f_adjoint"](*args, f_bar=1.0)
    found = {"value": value, "reverse": _along(bars, dots)}
    if "f_grad" in module or "return" in module["f"].__annotations__:
        found["gradient alone"] = _along(module["f_grad"](*args), dots)
    found["value of the tangent"], found["forward"] = module["f_tangent"](*args, **along)
    return found


def _along(bars: Any, dots: Mapping[int, Any]) -> float:
    each = [bars] if len(dots) == 1 else bars
    return sum(float(np.sum(bar * dot)) for bar, dot in zip(each, dots.values(), strict=True))


def _second(generated: str, args: list[Any], dots: Mapping[int, Any], wrt: Sequence[int]) -> Outcome | None:
    """What is wrong with the derivative of the gradient, which differences of the gradient tell."""
    first = _run(generated)
    if "f_grad" not in first:
        return None
    types = tuple(map(type_of, args, NAMES))
    again = _run(_generated(generated, Request("f_grad", tuple(wrt), "tangent", types)))
    along = {f"{NAMES[k]}_dot": dot for k, dot in dots.items()}
    _, bar_dots = again["f_grad_tangent"](*_copies(args), **along)
    found = _along(bar_dots, dots)
    expected, error = along_differences(lambda *args: _along(first["f_grad"](*args), dots), args, dict(dots))
    if abs(found - expected) <= 1e-5 * (1 + abs(expected)) + 100 * error:
        return None
    return Outcome("wrong", f"twice: {found} instead of {expected}, to {error}")


def _sensitivity(function: Any, args: list[Any], dots: Mapping[int, Any], expected: float) -> float:
    """How far the derivative moves where the arguments are rounded differently, with a margin."""
    moved = [
        np.nextafter(arg, np.inf, dtype=getattr(arg, "dtype", float)) if not isinstance(arg, int) else arg
        for arg in args
    ]
    return 100 * abs(along_dual(function, moved, dict(dots)) - expected)


def _copies(args: list[Any]) -> list[Any]:
    return [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]
