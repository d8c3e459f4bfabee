"""A gradient has the precision of what it is of, whatever else there is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import sct

W = np.array([0.5, 1.5, -2.0, 1.0], np.float32)


def _added(w):
    return np.sum((np.zeros((3, 4)) + w) ** 2)


def _written(w):
    A = np.ones((3, 4))
    A[:] = w
    return np.sum(A**2)


def _of_parts(p):
    return np.sum(np.ones((3, 4)) * p["w"]) * p["c"]


@pytest.mark.parametrize("f", [_added, _written])
def test_singles_stay_beside_doubles(f: Any) -> None:
    value, pullback = sct.vjp(f, W)
    for found in (sct.grad(f)(W), sct.value_and_grad(f)(w=W)[1], pullback(1.0)):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, 6 * W)
    assert value.dtype == np.float64


def test_each_part_has_its_own() -> None:
    found = sct.grad(_of_parts)({"w": W, "c": 2.0})
    assert found["w"].dtype == np.float32
    np.testing.assert_allclose(found["w"], 6.0)
    assert found["c"] == pytest.approx(3.0)
    assert sct.grad(_of_parts)({"w": W.astype(float), "c": 2.0})["w"].dtype == np.float64


def test_of_captured_values_only_the_arguments_count() -> None:
    A = np.ones((3, 4))
    found = sct.grad(lambda w: np.sum(A * w))(W)
    assert found.dtype == np.float32
