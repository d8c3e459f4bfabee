"""A loop that breaks."""

from __future__ import annotations

from sct import grad


@grad(wrt=("x", "growth"))
def until(x: float, growth: float, limit: float, n: int) -> float:
    total = 0.0
    for i in range(n):
        x = x * growth
        if x > limit:
            break
        total += x
    return total
