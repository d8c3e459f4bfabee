"""Finite differences in the time domain: Maxwell's equations in two dimensions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("ex", "ey", "hz"))
def fdtd_2d(
    tmax: int,
    ex: Float[np.ndarray, "m n"],
    ey: Float[np.ndarray, "m n"],
    hz: Float[np.ndarray, "m n"],
    fict: Float[np.ndarray, "t"],
) -> float:
    for t in range(tmax):
        ey[0, :] = fict[t]
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    return np.sum(hz**2)
