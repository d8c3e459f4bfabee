"""Azimuthal integration: means of the data in rings of radius, by masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt="data")
def azimint(
    data: Float[np.ndarray, "n"], radius: Float[np.ndarray, "n"], npt: int
) -> float:
    rmax = radius.max()
    res = np.zeros(npt, dtype=np.float64)
    for i in range(npt):
        r1 = rmax * i / npt
        r2 = rmax * (i + 1) / npt
        inside = np.logical_and(r1 <= radius, radius < r2)
        values = data[inside]
        if values.size > 0:
            res[i] = values.mean()
    return np.sum(res**2)
