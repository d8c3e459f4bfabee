"""Product of a sparse matrix in CSR form with a vector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float, Int


@grad(wrt=("A_val", "x"))
def spmv(
    A_row: Int[np.ndarray, "r"],
    A_col: Int[np.ndarray, "nnz"],
    A_val: Float[np.ndarray, "nnz"],
    x: Float[np.ndarray, "n"],
) -> float:
    y = np.empty(A_row.size - 1, A_val.dtype)
    for i in range(A_row.size - 1):
        cols = A_col[A_row[i] : A_row[i + 1]]
        vals = A_val[A_row[i] : A_row[i + 1]]
        y[i] = vals @ x[cols]
    return np.sum(y**2)
