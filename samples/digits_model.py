"""A two-layer ReLU network with softmax cross-entropy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("W1", "b1", "W2", "b2"))
def loss(
    W1: Float[np.ndarray, "pixels hidden"],
    b1: Float[np.ndarray, "hidden"],
    W2: Float[np.ndarray, "hidden classes"],
    b2: Float[np.ndarray, "classes"],
    X: Float[np.ndarray, "n pixels"],
    Y: Float[np.ndarray, "n classes"],
    decay: float,
) -> float:
    """The mean cross-entropy of the labels ``Y`` (one-hot), plus weight decay."""
    hidden = np.maximum(X @ W1 + b1, 0.0)
    scores = hidden @ W2 + b2
    # the largest score is subtracted, so that exp cannot overflow
    top = scores.max(axis=1, keepdims=True)
    shifted = scores - top
    log_total = np.log(np.exp(shifted).sum(axis=1))
    picked = (shifted * Y).sum(axis=1)
    return np.mean(log_total - picked) + decay * (np.sum(W1**2) + np.sum(W2**2))
