"""Rank-two update of a matrix and two products with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("alpha", "A", "u1", "v1", "y"))
def gemver(
    alpha: float,
    beta: float,
    A: Float[np.ndarray, "n n"],
    u1: Float[np.ndarray, "n"],
    v1: Float[np.ndarray, "n"],
    u2: Float[np.ndarray, "n"],
    v2: Float[np.ndarray, "n"],
    w: Float[np.ndarray, "n"],
    x: Float[np.ndarray, "n"],
    y: Float[np.ndarray, "n"],
    z: Float[np.ndarray, "n"],
) -> float:
    A += np.outer(u1, v1) + np.outer(u2, v2)
    x += beta * y @ A + z
    w += alpha * A @ x
    return np.sum(w**2)
