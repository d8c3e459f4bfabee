"""Softmax cross-entropy of a linear layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("W", "b"))
def cross_entropy(
    W: Float[np.ndarray, "d k"],
    b: Float[np.ndarray, "k"],
    X: Float[np.ndarray, "n d"],
    Y: Float[np.ndarray, "n k"],
) -> float:
    s = X @ W + b
    e = np.exp(s)
    total = e.sum(axis=1)
    picked = (s * Y).sum(axis=1)
    return np.mean(np.log(total) - picked)
