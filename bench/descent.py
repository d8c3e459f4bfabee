"""Gradient descent with a step that grows after ten successes and shrinks after a failure, as GradBench prescribes."""

from __future__ import annotations

import math


def argmin(objective, gradient, args, x, y):
    """The point at which ``objective(*args, x, y)`` is least, near ``x, y``."""
    value = objective(args, x, y)
    gx, gy = gradient(args, x, y)
    step = 1e-5
    successes = 0
    while math.sqrt(gx * gx + gy * gy) > 1e-5:
        if successes == 10:
            step *= 2.0
            successes = 0
            continue
        new_x = x - step * gx
        new_y = y - step * gy
        if math.sqrt((new_x - x) ** 2 + (new_y - y) ** 2) <= 1e-5:
            break
        new_value = objective(args, new_x, new_y)
        if new_value < value:
            x, y, value = new_x, new_y, new_value
            gx, gy = gradient(args, x, y)
            successes += 1
        else:
            step /= 2.0
            successes = 0
    return x, y
