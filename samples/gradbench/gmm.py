"""GradBench's `gmm`: the log-posterior of a Gaussian mixture with a Wishart prior."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


def logsumexp(v):
    highest = np.max(v)
    return highest + np.log(np.sum(np.exp(v - highest)))


def log_gamma(a, d):
    """The logarithm of the multivariate gamma function."""
    total = 0.25 * d * (d - 1) * math.log(math.pi)
    for j in range(d):
        total += math.lgamma(a - 0.5 * j)
    return total


@grad(wrt=("alpha", "mu", "q", "lower"))
def log_posterior(
    alpha: Float[np.ndarray, "k"],
    mu: Float[np.ndarray, "k d"],
    q: Float[np.ndarray, "k d"],
    lower: Float[np.ndarray, "k t"],
    x: Float[np.ndarray, "n d"],
    m: int,
    gamma: float,
) -> float:
    n, d = x.shape
    k = mu.shape[0]
    beta = np.empty((k, n))
    prior = 0.0
    for c in range(k):
        # The Cholesky factor of the precision, filled column by column.
        Q = np.diag(np.exp(q[c]))
        start = 0
        for j in range(d - 1):
            stop = start + d - 1 - j
            Q[j + 1 :, j] = lower[c, start:stop]
            start = stop
        weighted = (x - mu[c]) @ Q.T
        beta[c] = alpha[c] + np.sum(q[c]) - 0.5 * np.sum(weighted**2, axis=1)
        prior += m * np.sum(q[c]) - 0.5 * gamma**2 * np.sum(Q**2)
    highest = np.max(beta, axis=0)
    likelihood = np.sum(highest + np.log(np.sum(np.exp(beta - highest), axis=0)))
    likelihood -= n * (0.5 * d * math.log(2.0 * math.pi) + logsumexp(alpha))
    dof = d + m + 1
    scale = dof * d * (math.log(gamma) - 0.5 * math.log(2.0)) - log_gamma(0.5 * dof, d)
    return likelihood + prior + k * scale
