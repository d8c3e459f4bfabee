"""Vertical advection in a weather model: a tridiagonal solve in every column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("ustage", "upos", "wcon"))
def vadv(
    utensstage: Float[np.ndarray, "I J K"],
    ustage: Float[np.ndarray, "I J K"],
    wcon: Float[np.ndarray, "I J K"],
    upos: Float[np.ndarray, "I J K"],
    utens: Float[np.ndarray, "I J K"],
    dtr: float,
) -> float:
    K = ustage.shape[2]
    ccol = np.zeros_like(ustage)
    dcol = np.zeros_like(ustage)
    for k in range(1):
        gcv = 0.25 * (wcon[:, :, k + 1] + wcon[:, :, k + 1])
        cs = gcv * 0.2
        ccol[:, :, k] = gcv * 0.3
        bcol = dtr - ccol[:, :, k]
        correction = -cs * (ustage[:, :, k + 1] - ustage[:, :, k])
        dcol[:, :, k] = (
            dtr * upos[:, :, k] + utens[:, :, k] + utensstage[:, :, k] + correction
        )
        divided = 1.0 / bcol
        ccol[:, :, k] = ccol[:, :, k] * divided
        dcol[:, :, k] = dcol[:, :, k] * divided
    for k in range(1, K - 1):
        gav = -0.25 * wcon[:, :, k]
        gcv = 0.25 * wcon[:, :, k + 1]
        acol = gav * 0.3
        ccol[:, :, k] = gcv * 0.3
        bcol = dtr - acol - ccol[:, :, k]
        correction = -gav * (ustage[:, :, k - 1] - ustage[:, :, k]) - gcv * (
            ustage[:, :, k + 1] - ustage[:, :, k]
        )
        dcol[:, :, k] = (
            dtr * upos[:, :, k] + utens[:, :, k] + utensstage[:, :, k] + correction
        )
        divided = 1.0 / (bcol - ccol[:, :, k - 1] * acol)
        ccol[:, :, k] = ccol[:, :, k] * divided
        dcol[:, :, k] = (dcol[:, :, k] - dcol[:, :, k - 1] * acol) * divided
    datacol = dcol[:, :, K - 2]
    for k in range(K - 2, -1, -1):
        datacol = dcol[:, :, k] - ccol[:, :, k] * datacol
        utensstage[:, :, k] = dtr * (datacol - upos[:, :, k])
    return np.sum(utensstage**2)
