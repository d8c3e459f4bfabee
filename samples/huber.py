"""Early returns."""

from __future__ import annotations

from sct import grad


@grad(wrt=("r", "delta"))
def huber(r: float, delta: float) -> float:
    a = abs(r)
    if a <= delta:
        return 0.5 * r**2
    return delta * (a - 0.5 * delta)
