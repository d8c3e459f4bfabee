"""Multi-resolution analysis kernel: a small product in every row, in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("A", "C4"))
def doitgen(
    NR: int,
    NQ: int,
    NP: int,
    A: Float[np.ndarray, "r q p"],
    C4: Float[np.ndarray, "p p"],
) -> float:
    for r in range(NR):
        for q in range(NQ):
            A[r, q, :] = A[r, q, :] @ C4
    return np.sum(A**2)
