"""Shortest paths between all pairs of nodes; a tie shares the slope."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt="path")
def floyd_warshall(path: Float[np.ndarray, "n n"]) -> float:
    for k in range(path.shape[0]):
        path[:] = np.minimum(path[:], path[:, k][:, None] + path[k, :])
    return np.sum(path**2)
