"""Horizontal diffusion of a weather model, with flux limiters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("in_field", "coeff"))
def hdiff(
    in_field: Float[np.ndarray, "I+4 J+4 K"], coeff: Float[np.ndarray, "I J K"]
) -> float:
    ni, nj, nk = coeff.shape
    out_field = np.empty((ni, nj, nk))
    lap_field = 4.0 * in_field[1 : ni + 3, 1 : nj + 3, :] - (
        in_field[2 : ni + 4, 1 : nj + 3, :]
        + in_field[0 : ni + 2, 1 : nj + 3, :]
        + in_field[1 : ni + 3, 2 : nj + 4, :]
        + in_field[1 : ni + 3, 0 : nj + 2, :]
    )
    res = lap_field[1:, 1 : nj + 1, :] - lap_field[:-1, 1 : nj + 1, :]
    flx_field = np.where(
        (
            res
            * (
                in_field[2 : ni + 3, 2 : nj + 2, :]
                - in_field[1 : ni + 2, 2 : nj + 2, :]
            )
        )
        > 0,
        0,
        res,
    )
    res = lap_field[1 : ni + 1, 1:, :] - lap_field[1 : ni + 1, :-1, :]
    fly_field = np.where(
        (
            res
            * (
                in_field[2 : ni + 2, 2 : nj + 3, :]
                - in_field[2 : ni + 2, 1 : nj + 2, :]
            )
        )
        > 0,
        0,
        res,
    )
    out_field[:, :, :] = in_field[2 : ni + 2, 2 : nj + 2, :] - coeff[:, :, :] * (
        flx_field[1:, :, :]
        - flx_field[:-1, :, :]
        + fly_field[:, 1:, :]
        - fly_field[:, :-1, :]
    )
    return np.sum(out_field**2)
