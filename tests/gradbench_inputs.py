"""Arguments for the functions of samples/gradbench, small ones."""

from __future__ import annotations

from typing import Any

import numpy as np

RANDOM = np.random.default_rng(12)


def _r(*shape: int) -> np.ndarray:
    return RANDOM.normal(size=shape)


def hand() -> tuple[Any, ...]:
    """A hand model of twenty-two bones in a chain of five fingers, with eleven vertices."""
    bones = 22
    parents = np.array([-1 if b == 0 else 0 if b % 4 == 1 else b - 1 for b in range(bones)])
    base = np.tile(np.eye(4), (bones, 1, 1))
    base[:, :3] += 0.2 * _r(bones, 3, 4)
    inverse = np.tile(np.eye(4), (bones, 1, 1))
    inverse[:, :3] += 0.2 * _r(bones, 3, 4)
    positions = np.hstack([_r(11, 3), np.ones((11, 1))])
    weights = RANDOM.uniform(size=(11, bones))
    return parents, base, inverse, positions, weights


_HAND = hand()
_TRIANGLES = np.array([[0, 1, 2], [3, 4, 5], [6, 7, 8], [8, 9, 10]])
_WHICH = np.array([2, 0, 3, 2])

# By module and function: the positions of the active parameters, and argument tuples.
INPUTS: dict[tuple[str, str], tuple[tuple[int, ...], list[tuple[Any, ...]]]] = {
    ("hello", "square"): ((0,), [(3.0,)]),
    ("det", "det"): ((0,), [(_r(4, 4),), (_r(1, 1),)]),
    ("gmm", "log_posterior"): (
        (0, 1, 2, 3),
        [
            (_r(2), _r(2, 3), _r(2, 3), _r(2, 3), _r(5, 3), 0, 1.0),
            (_r(3), _r(3, 1), _r(3, 1), _r(3, 0), _r(4, 1), 2, 0.7),
        ],
    ),
    ("ba", "reprojection"): (
        tuple(range(15)),
        [(*_r(11), *_r(3), 0.8, *_r(2)), (*np.zeros(3), *_r(8), *_r(3), 0.8, *_r(2))],
    ),
    ("ba", "weight_error"): ((0,), [(0.7,)]),
    ("ht", "residuals"): ((0, 1), [(_r(26), _r(4, 2), *_HAND, _TRIANGLES, _WHICH, _r(4, 3))]),
    ("ht", "residuals_simple"): ((0,), [(_r(26), *_HAND, _WHICH, _r(4, 3))]),
    ("kmeans", "cost"): ((1,), [(_r(12, 2), _r(3, 2))]),
    ("kmeans_newton", "slope"): ((1,), [(_r(12, 2), _r(3, 2))]),
    ("llsq", "objective"): ((0,), [(_r(4), 9)]),
    ("lse", "logsumexp"): ((0,), [(_r(7),), (500.0 + _r(3),)]),
    ("lstm", "loss"): ((0, 1), [(_r(2, 2, 4, 3), _r(3, 3), _r(2, 2, 3), _r(5, 3))]),
    ("ode", "last"): ((0,), [(_r(4), 3), (_r(1), 2)]),
    ("particle", "potential"): ((0, 1), [(0.3, 7.0, 0.4)]),
    ("particle_path", "missed_r"): ((0,), [(0.0,), (0.1,)]),
    ("particle_path", "missed_f"): ((0,), [(0.0,), (0.1,)]),
    ("saddle", "height"): ((2, 3), [(1.0, 0.5, 0.3, -0.2)]),
    ("saddle_max", "highest_r"): ((0, 1), [(1.0, 0.5, 0.01, -0.02)]),
    ("saddle_max", "highest_f"): ((0, 1), [(1.0, 0.5, 0.01, -0.02)]),
}
