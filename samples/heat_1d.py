"""A linear time loop saves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("u", "k"))
def heat(u: Float[np.ndarray, "n"], k: float, steps: int) -> float:
    """Total heat above the mean after some explicit steps."""
    for t in range(steps):
        u[1:-1] = u[1:-1] + k * (u[2:] - 2 * u[1:-1] + u[:-2])
    return (u**2).sum()
