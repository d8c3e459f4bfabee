"""GradBench's `ba`: the reprojection error of one observation in bundle adjustment."""

from __future__ import annotations

import math

from sct import value_and_grad


def rotate(p, q, r, x, y, z):
    """Rotate a point by the angle-axis vector `p, q, r` (Rodrigues)."""
    square = p * p + q * q + r * r
    if square == 0.0:
        return x + q * z - r * y, y + r * x - p * z, z + p * y - q * x
    theta = math.sqrt(square)
    cosine = math.cos(theta)
    sine = math.sin(theta)
    a = p / theta
    b = q / theta
    c = r / theta
    along = (a * x + b * y + c * z) * (1.0 - cosine)
    return (
        x * cosine + (b * z - c * y) * sine + a * along,
        y * cosine + (c * x - a * z) * sine + b * along,
        z * cosine + (a * y - b * x) * sine + c * along,
    )


# numbers, not arrays: their adjoints need no memory of their own
@value_and_grad(wrt=(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14))
def reprojection(
    p: float,  # the camera: rotation, centre, focal length, principal point, distortion
    q: float,
    r: float,
    centre_x: float,
    centre_y: float,
    centre_z: float,
    focal: float,
    principal_u: float,
    principal_v: float,
    k1: float,
    k2: float,
    point_x: float,
    point_y: float,
    point_z: float,
    w: float,
    feature_u: float,
    feature_v: float,
) -> tuple[float, float]:
    x, y, z = rotate(
        p, q, r, point_x - centre_x, point_y - centre_y, point_z - centre_z
    )
    u = x / z
    v = y / z
    square = u * u + v * v
    distortion = 1.0 + k1 * square + k2 * square * square
    return (
        w * (u * distortion * focal + principal_u - feature_u),
        w * (v * distortion * focal + principal_v - feature_v),
    )


@value_and_grad
def weight_error(w: float) -> float:
    return 1.0 - w * w
