"""A scalar Kalman filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("q", "r"))
def negative_log_likelihood(q: float, r: float, y: Float[np.ndarray, "n"]) -> float:
    mean, variance = 0.0, 1.0
    total = 0.0
    for t in range(len(y)):
        variance += q
        s = variance + r
        innovation = y[t] - mean
        total += 0.5 * (np.log(s) + innovation**2 / s)
        gain = variance / s
        mean += gain * innovation
        variance = (1.0 - gain) * variance
    return total
