"""A covariance matrix; the data are centred in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt="data")
def covariance(data: Float[np.ndarray, "n m"], float_n: float) -> float:
    mean = np.mean(data, axis=0)
    data -= mean
    m = data.shape[1]
    cov = np.zeros((m, m), dtype=data.dtype)
    for i in range(m):
        cov[i:, i] = data[:, i] @ data[:, i:] / (float_n - 1.0)
        cov[i, i:] = cov[i:, i]
    return np.sum(cov**2)
