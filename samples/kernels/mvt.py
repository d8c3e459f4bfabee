"""Two matrix-vector products that are added in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("x1", "A"))
def mvt(
    x1: Float[np.ndarray, "n"],
    x2: Float[np.ndarray, "n"],
    y1: Float[np.ndarray, "n"],
    y2: Float[np.ndarray, "n"],
    A: Float[np.ndarray, "n n"],
) -> float:
    x1 += A @ y1
    x2 += y2 @ A
    return np.sum(x1**2 * x2)
