"""GradBench's `kmeans`: the gradient again; its tangent is the Hessian's product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmeans_grad import cost_grad

from sct import value_and_grad

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float


@value_and_grad(wrt="centroids")
def slope(
    points: Float[np.ndarray, "n d"],
    centroids: Float[np.ndarray, "k d"],
) -> Float[np.ndarray, "k d"]:
    return cost_grad(points, centroids)
