"""Central differences with Richardson's extrapolation, and an estimate of their error."""

from __future__ import annotations

import math
from collections.abc import Callable

from sct.witnesses.overload import Inapplicable

_ROWS = 8
_STARTS = (0.05, 2e-3)


def slope(g: Callable[[float], float]) -> tuple[float, float]:
    """The derivative of ``g`` at 0, and an estimate of the error (the best of the table, and its change to there).

    Raises
    ------
    Inapplicable
        At a kink or a jump, where the slopes from the left and from the right differ.
    """
    centre = g(0.0)
    best, error, jumps = math.nan, math.inf, list[float]()
    for start in _STARTS:
        table: list[list[float]] = []
        for row in range(_ROWS):
            step = start / 2**row
            after, before = g(step), g(-step)
            jumps.append(abs((after - centre) / step - (centre - before) / step))
            table.append([(after - before) / (2 * step)])
            for column in range(row):
                factor = 4.0 ** (column + 1)
                table[row].append((factor * table[row][column] - table[row - 1][column]) / (factor - 1))
            if row:
                off = abs(table[row][row] - table[row - 1][row - 1])
                # What two values of g, each exact to its last digits, can tell.
                rounding = 4e-16 * (abs(after) + abs(before) + abs(centre)) / step
                if off + rounding < error:
                    best, error = table[row][row], off + rounding
    if math.isnan(best):
        raise Inapplicable("the function is not finite around this point")
    # The difference of the slopes halves with the step where the function is smooth.
    if jumps[-1] > 1e-3 * (1 + abs(best)) and jumps[-1] > 0.75 * jumps[-2]:
        raise Inapplicable("a kink: the slopes from the left and from the right differ")
    return best, error
