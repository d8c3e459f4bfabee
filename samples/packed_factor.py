"""The energy |L x|^2 of a lower triangle that is packed row by row into a vector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("packed", "x"))
def energy(packed: Float[np.ndarray, "t"], x: Float[np.ndarray, "n"]) -> float:
    total = 0.0
    at = 0
    for i in range(len(x)):
        row = 0.0
        for j in range(i + 1):
            row += packed[at] * x[j]
            at += 1
        total += row * row
    return total
