"""A loop with a branch: one value a turn is saved."""

from __future__ import annotations

import math

from sct import grad


@grad
def wander(x: float, n: int) -> float:
    y = x
    for i in range(n):
        if y > 0:
            y = y * math.sin(x)
        else:
            y = y + x
    return y
