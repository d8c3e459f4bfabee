"""A robust loss without branches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("w", "scale"))
def robust(
    w: Float[np.ndarray, "d"],
    scale: float,
    X: Float[np.ndarray, "n d"],
    y: Float[np.ndarray, "n"],
) -> float:
    r = (X @ w - y) / scale
    return np.sum(np.where(np.abs(r) < 1.0, 0.5 * r**2, np.abs(r) - 0.5)) * scale
