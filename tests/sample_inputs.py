"""Arguments for the samples' functions, by module and function: several sets each, away from kinks."""

from __future__ import annotations

from typing import Any

import numpy as np


def _random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed + 17 * len(shape)).normal(size=shape)


def _spd(n: int, seed: int) -> np.ndarray:
    root = _random(n, n, seed=seed)
    return root @ root.T + n * np.eye(n)


_NET = (np.array([[1.0, 0.0], [-2.0, 1.0]]), np.array([1.0, 0.0]), np.array([1.0, 1.0]), np.array([2.0, -1.0]), 1.0)
_LABELS = np.eye(4)[[0, 2, 1, 3, 2]]

INPUTS: dict[tuple[str, str], list[tuple[Any, ...]]] = {
    ("seed_notes", "F"): [(2.0, -1.0), (0.3, 0.7)],
    ("seed_notes", "loss"): [_NET, (_random(4, 3), _random(4), _random(4, seed=1), _random(3), 0.5)],
    ("loop_branch", "wander"): [(0.7, 6), (-1.2, 5), (0.4, 0), (2.5, 1)],
    ("gauss_seidel", "relax"): [(_random(7), 3), (_random(2), 3), (_random(5), 0)],
    ("heat_1d", "heat"): [(_random(8), 0.2, 4), (_random(3), 0.1, 1)],
    ("heat_linear", "diffuse"): [(_random(8), _random(8, seed=3), 5)],
    ("horner", "polynomial"): [(0.8, _random(5)), (1.3, _random(1))],
    ("newton_sqrt", "root"): [(2.0,), (0.3, 1e-10)],
    ("huber", "huber"): [(0.4, 1.0), (2.5, 1.0), (-3.0, 0.5)],
    ("logistic", "logistic_loss"): [(_random(3), 0.2, _random(6, 3), np.array([0.0, 1, 1, 0, 1, 0]))],
    ("softmax", "cross_entropy"): [(_random(3, 4), _random(4), _random(5, 3), _LABELS)],
    ("rosenbrock", "rosenbrock"): [(_random(6),), (_random(1),)],
    ("mixture", "log_likelihood"): [(1.5, 0.1, _random(9))],
    ("black_scholes", "call"): [(100.0, 95.0, 0.2, 0.03, 0.5)],
    ("bond", "price"): [(0.04, 5.0, 10), (0.02, 3.0, 3, 1000.0)],
    ("pendulum", "final_angle"): [(0.9, 1.2, 0.3, 25), (0.1, 2.0, 0.0, 3, 0.1)],
    ("barrier", "until"): [(1.0, 1.5, 10.0, 20), (1.0, 1.1, 100.0, 4), (11.0, 1.5, 10.0, 3)],
    ("skip", "positive_logs"): [(np.array([0.5, -1.0, 2.0, -0.2]),)],
    ("matmul_loops", "product"): [(_random(2, 3), _random(3, 2, seed=2))],
    ("cholesky", "log_det"): [(_spd(4, 1),), (_spd(1, 2),)],
    ("implicit_newton", "distance"): [(0.3, 11.0, 6), (0.6, 4.3, 3)],
    ("jacobi", "sweep"): [(_random(5, 6), _random(5, 6, seed=5), 3)],
    ("recurrence", "recurrence"): [(0.4, 0.9, 6), (0.4, 0.9, 0)],
    ("smooth_step", "smooth_step"): [(0.3,), (-1.0,), (2.0,)],
    ("chebyshev", "energy"): [(0.6,), (1.4,)],
    ("spring", "springs"): [(0.7, 1.9, 3.0)],
    ("running_maximum", "drawdown"): [(np.array([1.0, 3.0, 2.2, 0.4, 4.0, 2.5]),)],
    ("least_squares", "ridge"): [(_random(3), 0.4, _random(6, 3), _random(6))],
    ("normalise", "kurtosis"): [(_random(8),)],
    ("where_huber", "robust"): [(_random(2), 0.7, _random(5, 2), _random(5, seed=4))],
    ("joined", "joined"): [(_random(3), _random(2, seed=6))],
    ("kalman", "negative_log_likelihood"): [(0.3, 0.5, _random(7))],
    ("lotka_volterra", "prey"): [(np.array([1.0, 0.5]), np.array([1.1, 0.4, 0.1, 0.4]), 20)],
    ("trapezoid", "integral"): [(0.1, 1.3, 0.8, 7)],
    ("american_put", "american_put"): [(96.0, 100.0, 0.3, 0.06, 0.7, 12), (130.0, 100.0, 0.2, 0.04, 0.5, 3)],
    ("packed_factor", "energy"): [(_random(15), _random(5)), (_random(1), _random(1)), (_random(0), _random(0))],
    ("digits_model", "loss"): [
        (_random(6, 5), _random(5), _random(5, 4), _random(4), _random(5, 6, seed=9), _LABELS, 1e-3)
    ],
}
