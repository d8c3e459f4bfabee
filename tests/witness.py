"""Independent witnesses of a derivative: dual numbers through the original function, and Richardson's differences.

Nothing here uses sct's transformation.  The dual numbers are those of ``sct verify``, which know nothing of it: they
are pushed through the function by operator overloading, the other way of doing automatic differentiation.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sct.witnesses.duals import DUALS, Dual, lift
from sct.witnesses.overload import Overloading, wrap
from tests.trees import along, copied


def along_dual(f: Callable[..., Any], args: Sequence[Any], directions: dict[int, Any]) -> float:
    """The derivative of ``f`` at ``args`` along ``directions`` (by position), by dual numbers."""
    return float(dual_tangent(f, args, directions))


def dual_tangent(f: Callable[..., Any], args: Sequence[Any], directions: dict[int, Any]) -> Any:
    """The same, for a value that is a number, an array or a tuple of these: the derivative has its form."""

    def dots(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(dots, value))
        found = np.frompyfunc(lambda number: lift(number).dot, 1, 1)(np.asarray(value, object))
        return np.asarray(found, float)[()]

    values = []
    for position, value in enumerate(args):
        if position not in directions:
            values.append(wrap(value, DUALS))
        else:
            values.append(wrap(np.frompyfunc(Dual, 2, 1)(value, directions[position]), DUALS))
    with np.errstate(all="ignore"):
        return dots(Overloading(DUALS).function(f)(*values))


def along_differences(f: Callable[..., Any], args: Sequence[Any], directions: dict[int, Any]) -> tuple[float, float]:
    """The derivative by central differences with Richardson's extrapolation, and an estimate of its error."""

    def at(step: float) -> float:
        moved = copied(list(args))
        for position, direction in directions.items():
            moved[position] = along(moved[position], direction, step)
        return float(f(*moved))

    table: list[list[float]] = []
    step = 0.02
    best, error = math.nan, math.inf
    for row in range(7):
        table.append([(at(step) - at(-step)) / (2 * step)])
        for column in range(row):
            factor = 4.0 ** (column + 1)
            table[row].append((factor * table[row][column] - table[row - 1][column]) / (factor - 1))
        if row:
            off = abs(table[row][row] - table[row - 1][row - 1])
            if off < error:
                best, error = table[row][row], off
        step /= 2
    return best, error


def load_original(path: Path) -> dict[str, Any]:
    """The module at ``path`` with decorators that do nothing, so that its functions are the author's."""
    import sys

    def decorator(f=None, **_):
        return f if f is not None else (lambda g: g)

    fake = types.ModuleType("sct")
    fake.rule = lambda f: decorator  # type: ignore[attr-defined]
    fake.grad = fake.value_and_grad = decorator  # type: ignore[attr-defined]
    known = sys.modules.get("sct")
    sys.modules["sct"] = fake
    namespace: dict[str, Any] = {"__name__": f"original_{path.stem}"}
    try:
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), namespace)
    finally:
        if known is None:
            del sys.modules["sct"]
        else:
            sys.modules["sct"] = known
    return namespace
