"""Default and keyword arguments."""

from __future__ import annotations

import math

from sct import grad


def stretch(x: float, y: float, rest: float = 1.0, stiffness: float = 2.0) -> float:
    length = math.hypot(x, y)
    return 0.5 * stiffness * (length - rest) ** 2


@grad(wrt=("x", "y", "k"))
def springs(x: float, y: float, k: float) -> float:
    return (
        stretch(x, y)
        + stretch(x - 3.0, y, stiffness=k)
        + stretch(x, y - 2.0, rest=0.5, stiffness=k)
    )
