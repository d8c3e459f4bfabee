"""Two matrix products."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("alpha", "A", "D"))
def k2mm(
    alpha: float,
    beta: float,
    A: Float[np.ndarray, "i k"],
    B: Float[np.ndarray, "k j"],
    C: Float[np.ndarray, "j l"],
    D: Float[np.ndarray, "i l"],
) -> float:
    D[:] = alpha * A @ B @ C + beta * D
    return np.sum(D**2)
