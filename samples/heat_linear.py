"""A linear stencil with a constant coefficient: the adjoint saves nothing at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad
def diffuse(u: Float[np.ndarray, "n"], w: Float[np.ndarray, "n"], steps: int) -> float:
    for t in range(steps):
        for i in range(1, len(u) - 1):
            u[i] = 0.25 * u[i - 1] + 0.5 * u[i] + 0.25 * u[i + 1]
    return w @ u
