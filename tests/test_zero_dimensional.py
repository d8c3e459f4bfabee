"""0-d arrays as arguments: numbers to generated code, and refused where two names see what is written into one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import sct
from sct.errors import RefusedError
from sct.stages import Target
from tests.programs import hold


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


def through_dots(v, x):
    s = 0.0
    w = np.sin(v)
    for _ in range(2):
        y = v[..., 0]
        s += y * y
        v[..., 0] = np.sin(v[..., 1]) * x + s
        v[-1, ...] *= v[..., 0]
    return s + np.sum(v * w)


def read_late(v, x):
    y = v[..., 0]
    v[..., 0] = 2.0 * x
    return y * v[0]


def held(v, x):
    ys = []
    for _ in range(2):
        ys.append(v[..., 0])
        v[0] = 2.0 * x
    return ys[0] * ys[1]


def written_by_a_callee(v, x):
    y = v[..., 0]
    clear(v, x)
    return y * v[0]


def clear(v, x):
    v[0] = x


def test_an_element_that_dots_name_is_a_number(target: Target) -> None:
    """NumPy has a view of rank 0 for ``v[..., 0]``, which is neither kept nor read after it is written into."""
    source = "import numpy as np\n" + inspect.getsource(through_dots)
    hold(source, "through_dots", (0, 1), (np.array([0.3, -0.4, 0.9]), 0.7), annotated=False, target=target)


@pytest.mark.parametrize("f", [read_late, held, written_by_a_callee])
def test_an_element_that_dots_name_is_a_view(f: Callable[..., Any]) -> None:
    for derivative in (sct.grad(f), lambda v, x: sct.jvp(f, (v, x), (np.ones(3), 1.0))):
        with pytest.raises(RefusedError, match=r"another name shows an element: `a\[..., 0\]` is a view"):
            derivative(np.ones(3), 0.7)
