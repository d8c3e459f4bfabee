"""Hold a program to its witnesses: dual numbers through the original function, and both modes against each other."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sct.errors import RefusedError
from sct.ir.types import FLOAT, INT, Type
from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.generator import BARE
from tests.witness import along_dual

SIZE = 5
VECTOR = Type("array", ("n+",))
TYPES = (FLOAT, FLOAT, VECTOR, VECTOR, INT)
WRT = (0, 1, 2, 3)
Kind = Literal["correct", "refused", "wrong", "crash", "invalid"]


@dataclass(frozen=True)
class Outcome:
    """What became of a program."""

    kind: Kind
    reason: str = ""


def judge(text: str, seed: int, target: Target = "python") -> Outcome:
    """Differentiate a program in both modes and compare."""
    rng = np.random.default_rng(seed)
    args: list[Any] = [*rng.normal(size=2).tolist(), rng.normal(size=SIZE), rng.normal(size=SIZE), SIZE]
    dots: list[Any] = [*rng.normal(size=2).tolist(), rng.normal(size=SIZE), rng.normal(size=SIZE)]
    primal: dict[str, Any] = {}
    exec(compile(text, "<program>", "exec"), primal)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with np.errstate(over="raise", invalid="raise", divide="raise"):
                value = primal["f"](*_copies(args))
            expected = along_dual(primal["f"], _copies(args), dict(enumerate(dots)))
        except (UnboundLocalError, IndexError, ArithmeticError, ValueError) as problem:
            return Outcome("invalid", repr(problem))
        if not np.isfinite(value) or not np.isfinite(expected) or abs(expected) > 1e8:
            return Outcome("invalid", "not finite")
        try:
            types = TYPES if f"def f{BARE}:" in text else None
            (piece,) = differentiate(text, "program.py", [Request("f", WRT, "both", types, target)])
        except RefusedError as problem:
            return Outcome("refused", problem.diagnostics[0].reason)
        except Exception as problem:
            return Outcome("crash", repr(problem))
        module: dict[str, Any] = {}
        head = text.split("\n\n\n")[0]
        generated = "\n\n".join([head, *piece.needs, piece.text, *piece.helpers.values()])
        try:
            exec(compile(generated, "<generated>", "exec"), module)
            given = _copies(args)
            again, bars = module["f_adjoint"](*given, f_bar=1.0)
            alone = module["f_grad"](*given) if "f_grad" in module else bars
            names = ("x_dot", "y_dot", "u_dot", "v_dot")
            forward_value, forward = module["f_tangent"](*given, **dict(zip(names, dots, strict=True)))
        except Exception as problem:
            return Outcome("crash", f"generated code: {problem!r}")
    if any(not np.array_equal(a, b) for a, b in zip(args, given, strict=True)):
        return Outcome("wrong", "an argument was changed")
    reverse, gradient = (
        sum(float(np.sum(b * dot)) for b, dot in zip(found, dots, strict=True)) for found in (bars, alone)
    )
    tolerance = 1e-8 * (1 + abs(expected) + abs(value))
    for name, found, right in (
        ("value", again, value),
        ("value of the tangent", forward_value, value),
        ("reverse", reverse, expected),
        ("gradient alone", gradient, expected),
        ("forward", forward, expected),
    ):
        if not abs(found - right) <= tolerance:
            if abs(found - right) <= _sensitivity(primal["f"], args, dots, expected):
                return Outcome("invalid", "rounding decides")
            return Outcome("wrong", f"{name}: {found} instead of {right}")
    return Outcome("correct")


def _sensitivity(function: Any, args: list[Any], dots: list[Any], expected: float) -> float:
    """How far the derivative moves where the arguments are rounded differently, with a margin."""
    moved = [np.nextafter(arg, np.inf) if not isinstance(arg, int) else arg for arg in args]
    return 100 * abs(along_dual(function, moved, dict(enumerate(dots))) - expected)


def _copies(args: list[Any]) -> list[Any]:
    return [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]
