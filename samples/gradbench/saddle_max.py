"""GradBench's `saddle`: the highest point, by gradient ascent, differentiated."""

from __future__ import annotations

import math

from saddle_grad import height, height_grad, height_tangent

from sct import grad


def slope_r(x1, y1, x2, y2):
    return height_grad(x1, y1, x2, y2)


def slope_f(x1, y1, x2, y2):
    _, dx = height_tangent(x1, y1, x2, y2, 1.0, 0.0)
    _, dy = height_tangent(x1, y1, x2, y2, 0.0, 1.0)
    return dx, dy


def ascend(slope, x1, y1, x, y):
    """The point near `x, y` at which `height(x1, y1, ...)` is highest."""
    best = height(x1, y1, x, y)
    gx, gy = slope(x1, y1, x, y)
    step = 1e-5
    successes = 0
    while math.sqrt(gx * gx + gy * gy) > 1e-5:
        if successes == 10:
            step *= 2.0
            successes = 0
        new_x = x + step * gx
        new_y = y + step * gy
        if math.sqrt((new_x - x) ** 2 + (new_y - y) ** 2) <= 1e-5:
            break
        value = height(x1, y1, new_x, new_y)
        if value > best:
            x, y, best = new_x, new_y, value
            gx, gy = slope(x1, y1, x, y)
            successes += 1
        else:
            step /= 2.0
            successes = 0
    return x, y


@grad(wrt=("x1", "y1"))
def highest_r(x1: float, y1: float, x2: float, y2: float) -> float:
    x, y = ascend(slope_r, x1, y1, x2, y2)
    return height(x1, y1, x, y)


@grad(wrt=("x1", "y1"))
def highest_f(x1: float, y1: float, x2: float, y2: float) -> float:
    x, y = ascend(slope_f, x1, y1, x2, y2)
    return height(x1, y1, x, y)
