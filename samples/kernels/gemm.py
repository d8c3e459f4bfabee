"""General matrix product, as published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("alpha", "beta", "C", "A", "B"))
def gemm(
    alpha: float,
    beta: float,
    C: Float[np.ndarray, "n m"],
    A: Float[np.ndarray, "n k"],
    B: Float[np.ndarray, "k m"],
) -> float:
    C[:] = alpha * A @ B + beta * C
    return np.sum(C**2)
