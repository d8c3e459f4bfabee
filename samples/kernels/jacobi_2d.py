"""Jacobi sweeps over a grid; the two arrays change places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt="A")
def jacobi_2d(
    tsteps: int, A: Float[np.ndarray, "n n"], B: Float[np.ndarray, "n n"]
) -> float:
    for t in range(tsteps):
        B[1:-1, 1:-1] = 0.2 * (
            A[1:-1, 1:-1] + A[1:-1, :-2] + A[1:-1, 2:] + A[2:, 1:-1] + A[:-2, 1:-1]
        )
        A, B = B, A
    return np.sum(A**2)
