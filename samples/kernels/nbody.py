"""Bodies that attract each other, integrated by leapfrog."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


def get_acc(pos, mass, G, softening):
    x = pos[:, 0:1]
    y = pos[:, 1:2]
    z = pos[:, 2:3]
    dx = x.T - x
    dy = y.T - y
    dz = z.T - z
    inv_r3 = dx**2 + dy**2 + dz**2 + softening**2
    inv_r3[inv_r3 > 0] = inv_r3[inv_r3 > 0] ** (-1.5)
    ax = G * (dx * inv_r3) @ mass
    ay = G * (dy * inv_r3) @ mass
    az = G * (dz * inv_r3) @ mass
    a = np.concatenate((ax, ay, az), axis=1)
    return a


@grad(wrt=("mass", "pos", "vel"))
def nbody(
    mass: Float[np.ndarray, "n 1"],
    pos: Float[np.ndarray, "n 3"],
    vel: Float[np.ndarray, "n 3"],
    Nt: int,
    dt: float,
    G: float,
    softening: float,
) -> float:
    vel -= np.mean(mass * vel, axis=0) / np.mean(mass)
    acc = get_acc(pos, mass, G, softening)
    for i in range(Nt):
        vel += acc * dt / 2.0
        pos += vel * dt
        acc[:] = get_acc(pos, mass, G, softening)
        vel += acc * dt / 2.0
    return np.sum(pos**2) + np.sum(vel**2)
