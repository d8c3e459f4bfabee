"""What two masks of one condition share out is one choice."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
import numpy as np


def huber(r: Float[np.ndarray, "n"], c: float) -> float:
    return np.sum(np.where(np.abs(r) < 1.0, 0.5 * r**2, np.abs(r) - 0.5) * c)


def negative(x: Float[np.ndarray, "n"], c: float) -> float:
    r = c - x
    h = np.where(r > 0.2, r**3, np.exp(r))
    return np.sum(h * h)


def three(x: Float[np.ndarray, "n"], c: float) -> float:
    y = np.sin(x) * c
    h = np.where(x > 0.2, y**3, np.exp(y) * x)
    return np.sum(h * y)


def rows(x: Float[np.ndarray, "n"], c: float) -> float:
    s = c * x[0]
    A = np.outer(x, x)
    h = np.where(x > 0.2, A * A, s * A)
    return np.sum(h)


def written(x: Float[np.ndarray, "n"], c: float) -> float:
    y = c * x
    z = np.where(x > 0.2, y**2, np.cos(y))
    y[0] = z[1] * y[1]
    y[1:] = np.where(x[1:] > 0.2, y[:-1] * z[1:], y[1:] + c)
    return np.sum(y * z)
"""
X = np.array([0.9, -0.4, 0.3, -1.7, 1.6])


@pytest.mark.parametrize("name", ["huber", "negative", "three", "rows", "written"])
@pytest.mark.parametrize("is_numba", [False, True])
def test_it_is_right(name: str, is_numba: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if is_numba:
        monkeypatch.setattr("numba.config.DISABLE_JIT", True)
    hold(SOURCE, name, (0, 1), (X, 0.7), target="numba" if is_numba else "python")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("huber", "r_bar = np.where(huber_mask, r * g, g * np.sign(r))"),
        ("negative", "r_bar = np.where(r_mask, 3 * r**2 * h_bar, r_exp * h_bar)"),
        ("three", "y_bar += np.where(x_mask, 3 * y**2 * h_bar, y_exp * x * h_bar)"),
    ],
)
def test_it_is_one_choice(name: str, line: str) -> None:
    (piece,) = differentiate(SOURCE, "f.py", [Request(name, (0, 1))])
    reverse = piece.text.split("# reverse\n")[1].split("\ndef ")[0]
    assert line in reverse, reverse


def test_so_is_a_tangent() -> None:
    (piece,) = differentiate(SOURCE, "f.py", [Request("huber", (0,), "tangent")])
    assert piece.text.split("huber_tangent")[1].count("np.where(") == 2  # the value's, and its derivative's


def test_what_is_not_masked_any_more_is_left_out_of_compiled_code() -> None:
    (piece,) = differentiate(SOURCE, "f.py", [Request("three", (0,), target="numba")])
    reverse = piece.text.split("# reverse\n")[1].split("\ndef ")[0]
    assert "h_product_bar" not in reverse, reverse
