"""What is written by another name, once its own is read no more, is a copy to the reverse sweep that needs it."""

from __future__ import annotations

import numpy as np
import pytest

import sct
from tests.programs import hold
from tests.witness import along_differences

SOURCE = """
import numpy as np


def handed(a):
    return a, a[1]


def by_a_tuple(x: Float[np.ndarray, "n"], c: float) -> float:
    a = x * x
    a[0] = 0.1 * x[1]
    y = np.sin(a) * a
    pair = (a, 1.0)
    b = pair[0]
    b[:] = x * c
    return y.sum() + (b * b).sum()


def by_a_call(x: Float[np.ndarray, "n"], c: float) -> float:
    a = x * x
    a[0] = 0.1 * x[1]
    y = np.sin(a) * a
    b, _ = handed(a)
    b[:] = x * c
    return y.sum() + (b * b).sum()


def by_a_choice(x: Float[np.ndarray, "n"], c: float) -> float:
    a = x * x
    a[0] = 0.1 * x[1]
    y = np.sin(a) * a
    pair = (x, a) if c > 0.0 else (x, x * 2.0)
    z, b = pair
    b[...] = z * c
    b[0] = 0.3
    return y.sum() + (b * b).sum()
"""
X = np.array([0.4, -1.2, 0.9])


@pytest.mark.parametrize("name", ["by_a_tuple", "by_a_call", "by_a_choice"])
@pytest.mark.parametrize("c", [0.7, -0.3])
def test_derivatives(name: str, c: float) -> None:
    hold(SOURCE, name, (0, 1), (X, c))


def affinities(x):
    a = np.exp(-x * x)
    np.fill_diagonal(a, 0.0)
    a /= np.sum(a)
    return (a + a.T) / 2


def divergence(x):
    p = affinities(x)
    return np.sum(p * np.log((p + 0.1) / (1 + x * x)))


def test_the_adjoint_of_an_adjoint() -> None:
    x, v = np.random.default_rng(2).normal(size=(2, 3, 3))
    gradient = sct.grad(divergence)
    _, pullback = sct.pullback(gradient, x)
    expected, error = along_differences(lambda x: np.sum(gradient(x) * v), (x,), {0: v})
    assert abs(np.sum(pullback(v)[0] * v) - expected) <= 1e-7 * (1 + abs(expected)) + 10 * error
