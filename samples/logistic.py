"""Logistic regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("w", "b"))
def logistic_loss(
    w: Float[np.ndarray, "d"],
    b: float,
    X: Float[np.ndarray, "n d"],
    y: Float[np.ndarray, "n"],
) -> float:
    z = X @ w + b
    # log(1 + exp(z)) without overflow
    return np.mean(np.logaddexp(0.0, z) - y * z)
