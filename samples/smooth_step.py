"""A conditional expression."""

from __future__ import annotations

from sct import grad


@grad
def smooth_step(x: float) -> float:
    t = 0.0 if x < 0.0 else 1.0 if x > 1.0 else x
    return t * t * (3.0 - 2.0 * t)
