"""GradBench's `saddle`: the function whose saddle point is sought."""

from __future__ import annotations

from sct import grad


@grad(wrt=("x2", "y2"))
def height(x1: float, y1: float, x2: float, y2: float) -> float:
    return (x1 * x1 + y1 * y1) - (x2 * x2 + y2 * y2)
