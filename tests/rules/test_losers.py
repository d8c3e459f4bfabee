"""Where one operand of a maximum loses, nothing comes of its slope, be it infinite."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import sct

X = np.array([0.0, 4.0])


def of_a_root(a, b):
    return max(math.sqrt(a), b)


def of_logarithms(a, b):
    return np.sum(np.maximum(np.log(a), b))


def of_these_alone(a, b):
    return np.sum(np.fmax(np.log(a), b))


def of_quotients(a, b):
    return np.sum(np.minimum(1 / a, b))


def of_quotients_alone(a, b):
    return np.sum(np.fmin(1 / a, b))


CASES = [
    (of_a_root, (0.0, 1.0), (0.0, 1.0)),
    (of_logarithms, (X, 1.0), (np.array([0.0, 0.25]), 1.0)),
    (of_these_alone, (X, 1.0), (np.array([0.0, 0.25]), 1.0)),
    (of_quotients, (X, 3.0), (np.array([0.0, -0.0625]), 1.0)),
    (of_quotients_alone, (X, 3.0), (np.array([0.0, -0.0625]), 1.0)),
]


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize(("f", "args", "slopes"), CASES, ids=[f.__name__ for f, _, _ in CASES])
def test_a_loser_adds_nothing(f: Callable[..., Any], args: tuple[Any, ...], slopes: tuple[Any, ...]) -> None:
    bars = sct.grad(f, wrt=(0, 1))(*args)
    assert all(map(np.array_equal, bars, slopes))
    tangents = tuple(np.ones_like(arg) for arg in args)
    if f is not of_a_root:  # forward mode has the quotient 0.5 / 0.0 of Python's numbers
        assert sct.jvp(f, args, tangents)[1] == sum(map(np.sum, slopes))
    assert sct.grad(f)(*args) == pytest.approx(slopes[0])
