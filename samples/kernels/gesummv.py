"""Sum of two matrix-vector products."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("alpha", "A", "B", "x"))
def gesummv(
    alpha: float,
    beta: float,
    A: Float[np.ndarray, "n n"],
    B: Float[np.ndarray, "n n"],
    x: Float[np.ndarray, "n"],
) -> float:
    return np.sum((alpha * A @ x + beta * B @ x) ** 2)
