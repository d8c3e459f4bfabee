"""GradBench's `ht`: a hand with bones and skin, posed by 26 parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import value_and_grad

if TYPE_CHECKING:
    from jaxtyping import Float, Int


def turned(angles):
    """The rotation by Euler angles, in the order x, z, y, as a transform."""
    cx, cz, cy = np.cos(angles)
    sx, sz, sy = np.sin(angles)
    R = np.eye(4)
    R[0, 0] = cy * cz
    R[0, 1] = sx * sy * cz - cx * sz
    R[0, 2] = cx * sy * cz + sx * sz
    R[1, 0] = cy * sz
    R[1, 1] = sx * sy * sz + cx * cz
    R[1, 2] = cx * sy * sz - sx * cz
    R[2, 0] = -sy
    R[2, 1] = sx * cy
    R[2, 2] = cx * cy
    return R


def rotation(r):
    """The rotation matrix of the angle-axis vector `r`."""
    theta = np.sqrt(np.sum(r**2))
    R = np.eye(3)
    if theta < 1e-4:
        return R
    x, y, z = r / theta
    s = np.sin(theta)
    c = np.cos(theta)
    R[0, 0] = x * x + (1.0 - x * x) * c
    R[0, 1] = x * y * (1.0 - c) - z * s
    R[0, 2] = x * z * (1.0 - c) + y * s
    R[1, 0] = x * y * (1.0 - c) + z * s
    R[1, 1] = y * y + (1.0 - y * y) * c
    R[1, 2] = y * z * (1.0 - c) - x * s
    R[2, 0] = x * z * (1.0 - c) - y * s
    R[2, 1] = y * z * (1.0 - c) + x * s
    R[2, 2] = z * z + (1.0 - z * z) * c
    return R


def vertices(
    theta: Float[np.ndarray, "26"],
    parents: Int[np.ndarray, "b"],
    base: Float[np.ndarray, "b 4 4"],
    inverse: Float[np.ndarray, "b 4 4"],
    positions: Float[np.ndarray, "v 4"],
    weights: Float[np.ndarray, "v b"],
) -> Float[np.ndarray, "v 3"]:
    """The positions of the skin's vertices, a row each."""
    bones = len(parents)
    angles = np.zeros((bones, 3))
    i = 6
    for finger in range(5):
        for joint in range(3):
            bone = 4 * finger + joint + 2
            angles[bone, 0] = theta[i]
            i += 1
            if joint == 0:
                angles[bone, 1] = theta[i]
                i += 1
    absolute = np.empty((bones, 4, 4))
    transforms = np.empty((bones, 4, 3))
    for b in range(bones):
        relative = base[b] @ turned(angles[b])
        if parents[b] == -1:
            absolute[b] = relative
        else:
            absolute[b] = absolute[parents[b]] @ relative
        transforms[b] = inverse[b].T @ absolute[b, :3].T
    # of a vertex, the coordinates in the share of each bone: all bones in one product
    shares = weights[:, :, None] * positions[:, None, :]
    skin = shares.reshape(len(positions), -1) @ transforms.reshape(-1, 3)
    return skin @ rotation(theta[:3]).T + theta[3:6]


@value_and_grad(wrt=("theta", "us"))
def residuals(
    theta: Float[np.ndarray, "26"],
    us: Float[np.ndarray, "c 2"],
    parents: Int[np.ndarray, "b"],
    base: Float[np.ndarray, "b 4 4"],
    inverse: Float[np.ndarray, "b 4 4"],
    positions: Float[np.ndarray, "v 4"],
    weights: Float[np.ndarray, "v b"],
    triangles: Int[np.ndarray, "t 3"],
    correspondences: Int[np.ndarray, "c"],
    points: Float[np.ndarray, "c 3"],
) -> Float[np.ndarray, "c 3"]:
    skin = vertices(theta, parents, base, inverse, positions, weights)
    errors = np.empty_like(points)
    for i in range(len(points)):
        a, b, c = triangles[correspondences[i]]
        for k in range(3):
            errors[i, k] = points[i, k] - (
                us[i, 0] * skin[a, k]
                + us[i, 1] * skin[b, k]
                + (1.0 - us[i, 0] - us[i, 1]) * skin[c, k]
            )
    return errors


@value_and_grad
def residuals_simple(
    theta: Float[np.ndarray, "26"],
    parents: Int[np.ndarray, "b"],
    base: Float[np.ndarray, "b 4 4"],
    inverse: Float[np.ndarray, "b 4 4"],
    positions: Float[np.ndarray, "v 4"],
    weights: Float[np.ndarray, "v b"],
    correspondences: Int[np.ndarray, "c"],
    points: Float[np.ndarray, "c 3"],
) -> Float[np.ndarray, "c 3"]:
    skin = vertices(theta, parents, base, inverse, positions, weights)
    return points - skin[correspondences]
