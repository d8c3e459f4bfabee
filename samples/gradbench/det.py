"""GradBench's `det`: a determinant by expansion of minors, recursively."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


def minor(A, row, used):
    n = A.shape[0]
    if row == n:
        return 1.0
    total = 0.0
    sign = 1.0
    for j in range(n):
        if not used[j]:
            used[j] = True
            total += sign * A[row, j] * minor(A, row + 1, used)
            used[j] = False
            sign = -sign
    return total


@grad
def det(A: Float[np.ndarray, "n n"]) -> float:
    used = np.zeros(A.shape[0], dtype=np.bool_)
    return minor(A, 0, used)
