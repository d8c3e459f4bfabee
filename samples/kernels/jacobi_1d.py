"""Jacobi sweeps over a line, with two arrays in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("A", "B"))
def jacobi_1d(
    tsteps: int, A: Float[np.ndarray, "n"], B: Float[np.ndarray, "n"]
) -> float:
    for t in range(1, tsteps):
        B[1:-1] = 0.33333 * (A[:-2] + A[1:-1] + A[2:])
        A[1:-1] = 0.33333 * (B[:-2] + B[1:-1] + B[2:])
    return np.sum(A**2)
