"""An element that is written where it is read, and one that is read so often, or is so long, that it has a variable."""

from __future__ import annotations

import re

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

ELIMINATED = """
import re

import numpy as np
import pytest
def f(a: Float[np.ndarray, "n"], c: Float[np.ndarray, "n"]) -> float:
    s = 1.0
    for i in range(1, len(a)):
        m = c[i] - a[i] * c[i - 1]
        s = (s - a[i] * s * s) / m - a[i] * s
    return s
"""
PRODUCT = """
import re

import numpy as np
import pytest
def f(A: Float[np.ndarray, "n n"], x: Float[np.ndarray, "n"]) -> float:
    y = np.zeros(len(x))
    C = np.zeros((len(x), len(x)))
    for i in range(len(x)):
        for k in range(len(x)):
            C[i, k] = A[k, i] * x[k]
            y[i] += A[i, k] * x[k]
    return np.sum(y * y) + np.sum(C * C * C)
"""


def _sweeps(source: str) -> tuple[str, str]:
    (piece,) = differentiate(source, "f.py", [Request("f", (0, 1))])
    forward, reverse = piece.text.split("# forward\n")[1].split("# reverse\n")
    return forward, reverse.split("\ndef ")[0]


def test_what_a_reverse_sweep_reads_three_times_has_a_variable_there() -> None:
    forward, reverse = _sweeps(ELIMINATED)
    assert "m = c[i] - a[i] * c[i - 1]" in forward
    code = "\n".join(line for line in reverse.splitlines() if not line.lstrip().startswith("#"))
    assert "a_i = float(a[i])" in code and code.count("a[i]") == 1, reverse
    hold(ELIMINATED, "f", (0, 1), (np.array([0.1, 0.2, 0.4, 0.3]), np.array([2.0, 1.5, 1.7, 2.2])))


def test_an_element_of_a_matrix_that_is_read_twice_has_a_variable() -> None:
    _, reverse = _sweeps(PRODUCT)
    assert reverse.count("C_bar[i, k]") == 1 and reverse.count("y_bar[i]") == 2, reverse
    rng = np.random.default_rng(3)
    hold(PRODUCT, "f", (0, 1), (rng.normal(size=(3, 3)), rng.normal(size=3)))


_IN_A_BRANCH = """
import re

import numpy as np
import pytest


def f(p: Float[np.ndarray, "3"], best: float) -> float:
    d = p[0] * p[1]
    if d > best:
        best = d * p[2]
{behind}
    return best * d + p[2]
"""


def test_an_element_that_a_branch_reads_once_is_read_again() -> None:
    source = _IN_A_BRANCH.format(behind="")
    (piece,) = differentiate(source, "model.py", [Request("f")])
    assert "        best = d * p[2]\n    f_value" in piece.text
    assert "        d_bar += p[2] * best_bar\n" in piece.text
    hold(source, "f", (0, 1), (np.array([1.0, 2.0, 3.0]), 0.5))


def test_an_element_that_has_changed_is_kept_before_it_is_used() -> None:
    source = _IN_A_BRANCH.format(behind="    p[2] = 2.0 * best")
    (piece,) = differentiate(source, "model.py", [Request("f")])
    assert "        p_2 = p[2]\n        best = d * p_2\n" in piece.text
    assert "        d_bar += p_2 * best_bar\n" in piece.text
    hold(source, "f", (0, 1), (np.array([1.0, 2.0, 3.0]), 0.5))


_PLACES = """
import math


def f(xs: list[float], at: float, n: int) -> float:
    j = 0
    while j < len(xs) - 2 and xs[j + 1] < at:
        j += 1
    w = (at - xs[j]) / (xs[j + 1] - xs[j])
    return math.sin(w) * xs[j + 1]


def g(xs: list[float], at: float, n: int) -> float:
    total = at
    j = n
    for i in range(n):
        j -= 1
        total += xs[j + 1] * math.sin(xs[j] * total)
    return total


def h(xs: list[float], at: float, n: int) -> float:
    z = xs[3 * n - 4] * xs[2 * n] * xs[n]
    return z * xs[3 * n - 4] * math.sin(xs[2 * n])
"""


@pytest.mark.parametrize(
    ("name", "index"), [("f", "xs_bar[j + 1] += "), ("g", "xs_bar[j + 1] += "), ("h", "xs_bar[2 * n] += ")]
)
def test_an_index_beside_a_variable_needs_none(name: str, index: str) -> None:
    (piece,) = differentiate(_PLACES, "model.py", [Request(name, (0, 1))])
    reverse = piece.text.split("# reverse\n")[1]
    assert index in reverse and not re.search(r"[a-z]_(sum|diff|product) = [0-9jn+*-]* [0-9jn]+$", reverse), reverse
    hold(_PLACES, name, (0, 1), ([0.3, 0.7, 1.1, 1.6, 2.2, 2.4], 1.3, 2))
