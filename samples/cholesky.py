"""The log-determinant by a Cholesky factorisation in place."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad
def log_det(A: Float[np.ndarray, "n n"]) -> float:
    n = A.shape[0]
    total = 0.0
    for i in range(n):
        for j in range(i):
            for k in range(j):
                A[i, j] -= A[i, k] * A[j, k]
            A[i, j] /= A[j, j]
        for k in range(i):
            A[i, i] -= A[i, k] * A[i, k]
        A[i, i] = math.sqrt(A[i, i])
        total += 2.0 * math.log(A[i, i])
    return total
