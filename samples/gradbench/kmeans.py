"""GradBench's `kmeans`: the squared distances to the nearest centroid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt="centroids")
def cost(
    points: Float[np.ndarray, "n d"], centroids: Float[np.ndarray, "k d"]
) -> float:
    # |p - c|**2 less |p|**2, which is the same for all centroids
    distances = np.sum(centroids**2, axis=1) - 2.0 * points @ centroids.T
    nearest = np.argmin(distances, axis=1)
    return np.sum((points - centroids[nearest]) ** 2)
