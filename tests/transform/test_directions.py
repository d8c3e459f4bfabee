"""Many directions at once, where the tangents of a callee come in a structure."""

from __future__ import annotations

import numpy as np

import sct


def shares(y):
    total = np.zeros(len(y) + 1)
    total[1:] = np.cumsum(np.sort(y))
    share = np.zeros(len(y) + 1)
    for i in range(len(y) + 1):
        share[i] = total[i] / total[-1]
    return total, share


def area(y):
    total, share = shares(y)
    return np.sum(total * share)


def test_directions_are_counted_in_a_structure() -> None:
    gradient = sct.grad(area)
    for n in (1, 4):
        y = np.random.default_rng(3).uniform(0.2, 1.0, n)
        step = 1e-5 * np.eye(n)
        expected = [(gradient(y + e) - gradient(y - e)) / 2e-5 for e in step]
        assert np.allclose(sct.hessian(area)(y), expected, rtol=1e-7, atol=1e-7)
