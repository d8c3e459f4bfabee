"""Symmetric rank-2k update."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("alpha", "C", "A", "B"))
def syr2k(
    alpha: float,
    beta: float,
    C: Float[np.ndarray, "n n"],
    A: Float[np.ndarray, "n m"],
    B: Float[np.ndarray, "n m"],
) -> float:
    for i in range(A.shape[0]):
        C[i, : i + 1] *= beta
        for k in range(A.shape[1]):
            C[i, : i + 1] += (
                A[: i + 1, k] * alpha * B[i, k] + B[: i + 1, k] * alpha * A[i, k]
            )
    return np.sum(C**2)
