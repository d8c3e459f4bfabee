"""A recursion."""

from __future__ import annotations

from sct import grad


def chebyshev(n: int, x: float) -> float:
    if n == 0:
        return 1.0
    if n == 1:
        return x
    return 2.0 * x * chebyshev(n - 1, x) - chebyshev(n - 2, x)


@grad
def energy(x: float) -> float:
    return chebyshev(4, x) ** 2
