"""A number that is None at first is a number where something is computed with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import sct
from sct.pipeline import Request, differentiate
from sct.results import NoNumberError
from sct.stages import Target
from tests.programs import hold

SOURCE = """
import math

import numpy as np


def begun(a: float, w: "float[:]", m: int) -> float:
    n = None
    for i in range(m):
        if n is None:
            n = w[3]
        else:
            n = math.sin(n) * a
    w[1] = w[0] * n
    return np.sum(w)
"""
W = np.array([0.7, 1.2, -0.4, 0.9])


@pytest.mark.parametrize("m", [1, 4])
def test_it_is_right(m: int, target: Target) -> None:
    hold(SOURCE, "begun", (0, 1), (0.5, W, m), target=target)


@pytest.mark.parametrize("target", ["python", "numba"])
def test_a_number_needs_no_helper(target: Target) -> None:
    (piece,) = differentiate(SOURCE, "model.py", [Request("begun", (0, 1), "both", target=target)])
    assert not piece.helpers
    assert "            n_bar = 0.0\n" in piece.text


def _product(w):
    n = None
    for e in w:
        n = e if n is None else n * e
    return n**2


def test_the_second_derivative() -> None:
    w = np.array([1.0, 2.0, 3.0])
    own = _product(w) / np.outer(w, w)  # of a product of squares
    np.testing.assert_allclose(sct.hessian(_product)(w), 4 * own - 2 * np.diag(np.diag(own)))


def _scaled(x, c=None):
    return x * c


@pytest.mark.parametrize("derivative", [lambda: sct.grad(_scaled)(1.0), lambda: sct.jvp(_scaled, (1.0,), (1.0,))])
def test_what_computes_with_none_is_named(derivative: Any) -> None:
    with pytest.raises(NoNumberError, match=r"_scaled returns nothing: on every path .* or computes with None"):
        derivative()
