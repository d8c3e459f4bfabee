"""A mixture of two normal densities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("mu", "log_sigma"))
def log_likelihood(mu: float, log_sigma: float, x: Float[np.ndarray, "n"]) -> float:
    sigma = np.exp(log_sigma)
    left = -0.5 * ((x - mu) / sigma) ** 2
    right = -0.5 * ((x + mu) / sigma) ** 2
    return np.sum(np.logaddexp(left, right)) - x.size * log_sigma
