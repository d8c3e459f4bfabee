"""GradBench's `particle`: the potential in which a charged particle moves."""

from __future__ import annotations

import math

from sct import grad


@grad(wrt=("x", "y"))
def potential(x: float, y: float, w: float) -> float:
    near = math.sqrt((x - 10.0) ** 2 + (y - 10.0 + w) ** 2)
    far = math.sqrt((x - 10.0) ** 2 + y**2)
    return 1.0 / near + 1.0 / far
