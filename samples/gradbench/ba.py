"""GradBench's `ba`: the reprojection error of one observation in bundle adjustment."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sct import value_and_grad

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float


def rotate(r, x, y, z):
    """Rotate a point by the angle-axis vector `r` (Rodrigues)."""
    square = r[0] * r[0] + r[1] * r[1] + r[2] * r[2]
    if square == 0.0:
        return x + r[1] * z - r[2] * y, y + r[2] * x - r[0] * z, z + r[0] * y - r[1] * x
    theta = math.sqrt(square)
    cosine = math.cos(theta)
    sine = math.sin(theta)
    a = r[0] / theta
    b = r[1] / theta
    c = r[2] / theta
    along = (a * x + b * y + c * z) * (1.0 - cosine)
    return (
        x * cosine + (b * z - c * y) * sine + a * along,
        y * cosine + (c * x - a * z) * sine + b * along,
        z * cosine + (a * y - b * x) * sine + c * along,
    )


@value_and_grad(wrt=("cam", "point", "w"))
def reprojection(
    cam: Float[np.ndarray, "11"],
    point: Float[np.ndarray, "3"],
    w: float,
    feature: Float[np.ndarray, "2"],
) -> tuple[float, float]:
    # cam: rotation (3), centre (3), focal length, principal point (2), distortion (2)
    x, y, z = rotate(cam, point[0] - cam[3], point[1] - cam[4], point[2] - cam[5])
    u = x / z
    v = y / z
    square = u * u + v * v
    distortion = 1.0 + cam[9] * square + cam[10] * square * square
    return (
        w * (u * distortion * cam[6] + cam[7] - feature[0]),
        w * (v * distortion * cam[6] + cam[8] - feature[1]),
    )


@value_and_grad
def weight_error(w: float) -> float:
    return 1.0 - w * w
