"""Whether an operand is beyond a bound is asked of what was bounded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

SOURCE = """
import numpy as np


def layer(W: Float[np.ndarray, "m n"], x: Float[np.ndarray, "n"]) -> float:
    z = np.maximum(W @ x, 0.0)
    return z @ z


def clipped(W: Float[np.ndarray, "m n"], x: Float[np.ndarray, "n"]) -> float:
    z = np.clip(W @ x, -0.5, 0.5)
    return np.sum(z * x)


def recurrent(W: Float[np.ndarray, "n n"], x: Float[np.ndarray, "n"]) -> float:
    h = x
    for t in range(4):
        h = np.maximum(W @ h + x, 0.1)
    return np.sum(h**2)


def least(W: Float[np.ndarray, "n n"], x: Float[np.ndarray, "n"]) -> float:
    total = 0.0
    for t in range(3):
        p = min(W[t, 0] * total + x[t], 0.3)
        total += p * p
    return total


def saturated(W: Float[np.ndarray, "n n"], x: Float[np.ndarray, "n"]) -> float:
    total = 0.3
    for t in range(3):
        u = max(-0.6, min(0.6, W[t, 0] * total + 2.0 * x[t]))
        total += u * u
    return total


def written(W: Float[np.ndarray, "n n"], x: Float[np.ndarray, "n"]) -> float:
    z = np.maximum(W @ x, 0.0)
    total = z @ z
    z[:] = 1.0
    return total + np.sum(z) * total


def named(W: Float[np.ndarray, "n n"], x: Float[np.ndarray, "n"]) -> float:
    y = W @ x
    z = np.maximum(y, 0.0)
    return z @ z


def used(W: Float[np.ndarray, "n n"], x: Float[np.ndarray, "n"]) -> float:
    return np.sum(np.maximum(W @ x, x[0]) ** 2) + np.sum(np.maximum(x * x, 0.2))
"""
W, X = np.array([[0.3, -0.7, 1.1], [0.9, 0.2, -0.4], [-0.8, 0.1, 0.5]]), np.array([0.6, -0.5, 0.8])
NAMES = ["layer", "clipped", "recurrent", "least", "saturated", "written", "named", "used"]


def _text(name: str) -> str:
    (piece,) = differentiate(SOURCE, "f.py", [Request(name, (0, 1))])
    return piece.text.split("# forward\n")[1].split("\ndef ")[0]


@pytest.mark.parametrize(
    ("name", "condition"),
    [("layer", "z > 0.0"), ("clipped", "-0.5 < z"), ("recurrent", "h > 0.1"), ("named", "y > 0.0")],
)
def test_what_is_asked(name: str, condition: str) -> None:
    assert f"np.where({condition}, " in _text(name)


def test_a_recurrence_saves_its_state_alone() -> None:
    assert _text("recurrent").count("_saved = []") == 1


def test_between_two_bounds() -> None:
    assert "if u < 0.6 and u > -0.6:" in _text("saturated")


def test_what_is_written_into_is_not_asked() -> None:
    assert "z > 0.0" not in _text("written")


@pytest.mark.parametrize("name", NAMES)
def test_derivative(name: str, target: Target) -> None:
    args: tuple[Any, ...] = (W, X)
    hold(SOURCE, name, (0, 1), args, target=target)
