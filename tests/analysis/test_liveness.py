"""What asks an array for its shape does not see what is written into it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.programs import hold
from tests.refused import refused

PROGRAMS = """
import numpy as np


def layers(x: Float[np.ndarray, "n"], w: float) -> float:
    h = x
    if w > 0.0:
        h = np.tanh(h * w)
    y = x * x + w
    h -= h.max() * y
    return np.sum(h * y) / len(x)


def in_turns(x: Float[np.ndarray, "n"], w: float) -> float:
    prev = x
    s = 0.0
    for k in range(3):
        cur = prev if k % 2 else prev * w
        s += cur[0] * prev[1]
        cur *= w
        s += np.sum(cur) * len(prev) + prev.ndim
        prev = cur * 1.5
    return s


def like_it(x: Float[np.ndarray, "n"], w: float) -> float:
    a = x.copy()
    b = a if w > 0.0 else a * w
    y = np.sin(a) * b
    b[1:] = y[:-1] * b[1:]
    c = np.zeros_like(a)
    c[:] = b * y
    return c @ c / a.size + np.ones_like(b).sum() * c[-1]


def of_a_view(x: Float[np.ndarray, "n"], w: float) -> float:
    h = x[::-1]
    if w > 0.0:
        h = h + w
    g = h * h * x
    h += g
    return np.sum(h * g) * x.shape[0]
"""


@pytest.mark.parametrize("w", [0.7, -0.7])
@pytest.mark.parametrize("name", ["layers", "in_turns", "like_it", "of_a_view"])
def test_only_a_shape_is_asked_for(name: str, w: float) -> None:
    hold(PROGRAMS, name, (0, 1), (np.array([0.4, -1.2, 0.9, 1.1]), w))


@pytest.mark.parametrize("read", ["x[0]", "np.full_like(h, 2.0) @ x", "len(x) * np.sum(x)"])
def test_where_elements_are_read_as_well(read: str) -> None:
    head = "import numpy as np\n\n\ndef f(x: float[:], w: float) -> float:\n"
    source = f"{head}    h = x\n    if w > 0.0:\n        h = x * w\n"
    first = refused(f"{source}    ‹h -= 1.0›\n    return np.sum(h) * {read}\n")
    assert first.reason == "another name sees this write, through a view or an alias"


def test_the_length_of_a_list_is_read() -> None:
    source = "def f(x: float, n: int) -> float:\n    xs = [x]\n    ys = xs if n > 1 else [x, x]\n"
    first = refused(f"{source}    ‹ys.append(x)›\n    return ys[-1] * len(xs)\n")
    assert "another name sees this write" in first.reason
