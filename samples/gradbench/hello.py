"""GradBench's `hello`: a square."""

from __future__ import annotations

from sct import grad


@grad
def square(x: float) -> float:
    return x * x
