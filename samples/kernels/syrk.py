"""Symmetric rank-k update."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("alpha", "beta", "C", "A"))
def syrk(
    alpha: float, beta: float, C: Float[np.ndarray, "n n"], A: Float[np.ndarray, "n m"]
) -> float:
    for i in range(A.shape[0]):
        C[i, : i + 1] *= beta
        for k in range(A.shape[1]):
            C[i, : i + 1] += alpha * A[i, k] * A[: i + 1, k]
    return np.sum(C**2)
