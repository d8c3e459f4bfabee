"""A polynomial by Horner's scheme."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("x", "a"))
def polynomial(x: float, a: Float[np.ndarray, "n"]) -> float:
    y = 0.0
    for i in range(len(a) - 1, -1, -1):
        y = y * x + a[i]
    return y
