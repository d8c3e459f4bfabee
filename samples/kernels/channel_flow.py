"""Flow in a channel with periodic ends, to a fixed number of steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


def build_up_b(
    rho: float,
    dt: float,
    dx: float,
    dy: float,
    u: Float[np.ndarray, "y x"],
    v: Float[np.ndarray, "y x"],
) -> Float[np.ndarray, "y x"]:
    b = np.zeros_like(u)
    b[1:-1, 1:-1] = rho * (
        1
        / dt
        * (
            (u[1:-1, 2:] - u[1:-1, :-2]) / (2 * dx)
            + (v[2:, 1:-1] - v[:-2, 1:-1]) / (2 * dy)
        )
        - ((u[1:-1, 2:] - u[1:-1, :-2]) / (2 * dx)) ** 2
    )
    b[1:-1, -1] = rho / dt * (u[1:-1, 0] - u[1:-1, -2]) / (2 * dx)
    b[1:-1, 0] = rho / dt * (u[1:-1, 1] - u[1:-1, -1]) / (2 * dx)
    return b


def pressure_poisson_periodic(
    nit: int,
    p: Float[np.ndarray, "y x"],
    dx: float,
    dy: float,
    b: Float[np.ndarray, "y x"],
) -> None:
    for q in range(nit):
        pn = p.copy()
        p[1:-1, 1:-1] = (
            (pn[1:-1, 2:] + pn[1:-1, :-2]) * dy**2
            + (pn[2:, 1:-1] + pn[:-2, 1:-1]) * dx**2
        ) / (2 * (dx**2 + dy**2)) - dx**2 * dy**2 / (2 * (dx**2 + dy**2)) * b[
            1:-1, 1:-1
        ]
        p[1:-1, -1] = (
            (pn[1:-1, 0] + pn[1:-1, -2]) * dy**2 + (pn[2:, -1] + pn[:-2, -1]) * dx**2
        ) / (2 * (dx**2 + dy**2))
        p[-1, :] = p[-2, :]
        p[0, :] = p[1, :]


@grad(wrt=("u", "nu", "F"))
def channel_flow(
    nt: int,
    nit: int,
    u: Float[np.ndarray, "y x"],
    v: Float[np.ndarray, "y x"],
    dt: float,
    dx: float,
    dy: float,
    p: Float[np.ndarray, "y x"],
    rho: float,
    nu: float,
    F: float,
) -> float:
    for step in range(nt):
        un = u.copy()
        vn = v.copy()
        b = build_up_b(rho, dt, dx, dy, u, v)
        pressure_poisson_periodic(nit, p, dx, dy, b)
        u[1:-1, 1:-1] = (
            un[1:-1, 1:-1]
            - un[1:-1, 1:-1] * dt / dx * (un[1:-1, 1:-1] - un[1:-1, :-2])
            - dt / (2 * rho * dx) * (p[1:-1, 2:] - p[1:-1, :-2])
            + nu * (dt / dy**2 * (un[2:, 1:-1] - 2 * un[1:-1, 1:-1] + un[:-2, 1:-1]))
            + F * dt
        )
        v[1:-1, 1:-1] = vn[1:-1, 1:-1] - un[1:-1, 1:-1] * dt / dx * (
            vn[1:-1, 1:-1] - vn[1:-1, :-2]
        )
        u[0, :] = 0
        u[-1, :] = 0
        v[0, :] = 0
        v[-1, :] = 0
    return np.sum(u**2)
