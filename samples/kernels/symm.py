"""Multiplication by a symmetric matrix of which one triangle is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("alpha", "C", "A", "B"))
def symm(
    alpha: float,
    beta: float,
    C: Float[np.ndarray, "m n"],
    A: Float[np.ndarray, "m m"],
    B: Float[np.ndarray, "m n"],
) -> float:
    temp2 = np.empty((C.shape[1],), dtype=C.dtype)
    C *= beta
    for i in range(C.shape[0]):
        for j in range(C.shape[1]):
            C[:i, j] += alpha * B[i, j] * A[i, :i]
            temp2[j] = B[:i, j] @ A[i, :i]
        C[i, :] += alpha * B[i, :] * A[i, i] + alpha * temp2
    return np.sum(C**2)
