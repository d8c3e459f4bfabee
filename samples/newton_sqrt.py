"""A square root by Newton's method."""

from __future__ import annotations

from sct import grad


@grad
def root(a: float, tolerance: float = 1e-12) -> float:
    x = a
    while abs(x * x - a) > tolerance:
        x = 0.5 * (x + a / x)
    return x
