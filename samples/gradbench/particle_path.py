"""GradBench's `particle`: how far the particle misses the origin, by Euler's method.

The force is a derivative of `potential`, by reverse or by forward mode, so the
derivative in the control `w` is nested.
"""

from __future__ import annotations

from particle_grad import potential_grad, potential_tangent

from sct import grad


@grad
def missed_r(w: float) -> float:
    """The square of the miss; the force by reverse mode."""
    x, y = 0.0, 8.0
    vx, vy = 0.75, 0.0
    dt = 0.1
    while True:
        dx, dy = potential_grad(x, y, w)
        x += dt * vx
        y += dt * vy
        if y <= 0.0:
            break
        vx -= dt * dx
        vy -= dt * dy
    x -= y / vy * vx
    return x * x


@grad
def missed_f(w: float) -> float:
    """The square of the miss; the force by forward mode."""
    x, y = 0.0, 8.0
    vx, vy = 0.75, 0.0
    dt = 0.1
    while True:
        _, dx = potential_tangent(x, y, w, 1.0, 0.0)
        _, dy = potential_tangent(x, y, w, 0.0, 1.0)
        x += dt * vx
        y += dt * vy
        if y <= 0.0:
            break
        vx -= dt * dx
        vy -= dt * dy
    x -= y / vy * vx
    return x * x
