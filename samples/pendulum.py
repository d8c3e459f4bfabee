"""A damped pendulum by explicit Euler steps."""

from __future__ import annotations

import math

from sct import grad

GRAVITY = 9.81


@grad(wrt=("angle", "length", "damping"))
def final_angle(
    angle: float, length: float, damping: float, steps: int, dt: float = 0.01
) -> float:
    speed = 0.0
    for step in range(steps):
        acceleration = -GRAVITY / length * math.sin(angle) - damping * speed
        angle += dt * speed
        speed += dt * acceleration
    return angle
