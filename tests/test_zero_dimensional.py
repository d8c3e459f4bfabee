"""0-d arrays as arguments: numbers to generated code, and refused where two names see what is written into one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import sct
from sct.errors import RefusedError


def alone(x):
    x *= 3.0
    return x * x


def summed(x):
    s = 0.0
    for i in range(3):
        s += x * i
    return s + np.maximum(x, 1.0)


def branched(x):
    s = x
    if x > 0:
        s += x * x
    return s * x


def looped(x):
    s = x
    for _ in range(2):
        s += x * x
    return s


def increased(y):
    y += 1.0
    return y


def through_a_callee(x):
    return increased(x) * x


def in_a_dict(d):
    s = d["a"]
    s += 1.0
    return s * d["a"]


@pytest.mark.parametrize(("f", "slope"), [(alone, 36.0), (summed, 4.0)])
def test_a_0d_array_is_a_number(f: Callable[..., Any], slope: float) -> None:
    x = np.array(2.0)
    value, gradient = sct.value_and_grad(f)(x)
    assert (value, gradient) == (f(2.0), slope)
    assert sct.jvp(f, (x,), (1.0,)) == (value, slope)
    assert x == 2.0


@pytest.mark.parametrize("f", [branched, looped, through_a_callee, in_a_dict])
def test_a_write_that_two_names_see_is_refused(f: Callable[..., Any]) -> None:
    given = np.array(2.0)
    x: Any = {"a": given} if f is in_a_dict else given
    direction = {"a": 1.0} if f is in_a_dict else 1.0
    for derivative in (sct.grad(f), lambda x: sct.jvp(f, (x,), (direction,))):
        with pytest.raises(RefusedError, match="another name sees this write into a 0-d array"):
            derivative(x)
    if f is not in_a_dict:  # the same derivative takes numbers before and afterwards
        gradient = sct.grad(f)
        expected = gradient(2.0)
        with pytest.raises(RefusedError):
            gradient(x)
        assert gradient(np.float64(2.0)) == expected == pytest.approx((f(2.0 + 1e-6) - f(2.0 - 1e-6)) / 2e-6)
    assert given == 2.0
