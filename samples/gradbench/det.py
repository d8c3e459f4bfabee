"""GradBench's `det`: a determinant by expansion of minors, each minor once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad
def det(A: Float[np.ndarray, "n n"]) -> float:
    n = A.shape[0]
    subsets = 2**n  # the bits of a number say which columns
    counts = np.zeros(subsets, dtype=np.int64)
    for columns in range(1, subsets):
        counts[columns] = counts[columns >> 1] + columns % 2
    # The minor of these columns and as many of the first rows, expanded along the last.
    minors = np.ones(subsets)
    for columns in range(1, subsets):
        row = counts[columns] - 1
        minor = 0.0
        for j in range(n):
            if columns >> j & 1:
                sign = 1 - 2 * (counts[columns >> j + 1] % 2)
                minor += sign * A[row, j] * minors[columns ^ 1 << j]
        minors[columns] = minor
    return minors[-1]
