"""A recurrence by tuple assignment."""

from __future__ import annotations

from sct import grad


@grad(wrt=("a", "b"))
def recurrence(a: float, b: float, n: int) -> float:
    for i in range(n):
        a, b = b, a * b + 0.5
    return b
