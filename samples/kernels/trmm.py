"""Multiplication by a triangular matrix, in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("alpha", "A", "B"))
def trmm(
    alpha: float, A: Float[np.ndarray, "m m"], B: Float[np.ndarray, "m n"]
) -> float:
    for i in range(B.shape[0]):
        for j in range(B.shape[1]):
            B[i, j] += np.dot(A[i + 1 :, i], B[i + 1 :, j])
    B *= alpha
    return np.sum(B**2)
