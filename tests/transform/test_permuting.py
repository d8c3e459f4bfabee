"""Axes that are turned twice are not turned, and a product of turned matrices is turned once; held to differences."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

PROGRAMS = """
import numpy as np


def scores(q: Float[np.ndarray, "b m d"], k: Float[np.ndarray, "b n d"]) -> float:
    return np.sum(np.tanh(q @ k.transpose(0, 2, 1)))


def swapped(q: Float[np.ndarray, "b m d"], k: Float[np.ndarray, "b n d"]) -> float:
    return np.sum(np.tanh(np.swapaxes(q @ np.swapaxes(k, 2, 1), -1, -2)))


def moved(q: Float[np.ndarray, "b m d"], k: Float[np.ndarray, "b n d"]) -> float:
    return np.sum(np.sin(q.transpose(1, 2, 0))) + np.sum(q @ k.transpose(0, -1, 1))


def shifted(q: Float[np.ndarray, "b m d"], k: Float[np.ndarray, "b n d"]) -> float:
    s = k[0, 0, 0]
    return np.sum(np.exp(q * s)) + np.sum(q + s)
"""
RNG = np.random.default_rng(3)
ARGS = (RNG.normal(size=(2, 3, 4)), RNG.normal(size=(2, 5, 4)))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("scores", "q_bar = q_product_bar @ k\n"),
        ("scores", "k_bar = np.swapaxes(q_product_bar, -1, -2) @ q\n"),
        ("swapped", "k_bar = swapped_swapaxes_bar @ q\n"),
        ("moved", "np.transpose("),  # three axes that go round are not where they were
        ("shifted", "q.size * shifted_bar"),  # the sum of an array of one number
    ],
)
def test_what_is_turned_back_is_not_turned(name: str, wanted: str) -> None:
    (piece,) = differentiate(PROGRAMS, "f.py", [Request(name, (0, 1), "adjoint")])
    assert wanted in piece.text, piece.text
    hold(PROGRAMS, name, (0, 1), ARGS)


STEP = """
import numpy as np
def step(w: Float[np.ndarray, "n"], X: Float[np.ndarray, "m n"], y: Float[np.ndarray, "m"], rate: float) -> float:
    e = X @ w - y
    w = w - rate * X.T @ e
    return np.sum(w**2)


def squares(A: Float[np.ndarray, "n m"], B: Float[np.ndarray, "n m"], u: Float[np.ndarray, "m"], s: float) -> float:
    return np.sum((s * A.T) * (s * A.T)) + np.sum((2.0 * s * B) @ u) + np.sum((s * B.T).T * A)
"""


def test_what_scales_a_turned_matrix_is_taken_out() -> None:
    (piece,) = differentiate(STEP, "f.py", [Request("step", (0, 3))])
    reverse = piece.text.split("# reverse")[1]
    assert "e_bar = rate * (X @ w_product_bar)\n" in reverse, reverse
    assert "rate_bar = w_product_bar @ (X.T @ e)\n" in reverse, reverse


@pytest.mark.parametrize("target", ["python", "numba"])
def test_derivatives_of_scaled_matrices(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    monkeypatch.setattr("numba.config.DISABLE_JIT", True)
    rng = np.random.default_rng(8)
    data = rng.normal(size=3), rng.normal(size=(4, 3)), rng.normal(size=4)
    for wrt in ((0, 3), (0, 1, 2, 3)):
        hold(STEP, "step", wrt, (*data, 0.3), target=target)
    arrays = rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), rng.normal(size=2)
    hold(STEP, "squares", (0, 1, 2, 3), (*arrays, 0.7), target=target)
