"""The Jacobian of what is normalised by its sum is written with the normalised values."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

SOURCE = """
import numpy as np


def rows(X: Float[np.ndarray, "n k"], V: Float[np.ndarray, "n k"]) -> float:
    e = np.exp(X - np.max(X, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    return np.sum(p**2 * V)


def columns(X: Float[np.ndarray, "n k"], V: Float[np.ndarray, "n k"]) -> float:
    e = np.exp(X)
    p = e / e.sum(axis=0)
    return np.sum(p * V)


def spread(X: Float[np.ndarray, "n k"], V: Float[np.ndarray, "n k"]) -> float:
    e = np.exp(X)
    p = e / e.sum(axis=1)[:, None]
    return np.sum(p * V)


def in_turns(X: Float[np.ndarray, "n k"], V: Float[np.ndarray, "n k"]) -> float:
    total = 0.0
    for i in range(len(X)):
        p = np.exp(X[i] * total)
        p /= p.sum()
        total += p @ V[i] - p[0] ** 2
    return total


def softened(X: Float[np.ndarray, "n k"], V: Float[np.ndarray, "n k"]) -> float:
    e = np.exp(X)
    p = e / (np.sum(e, axis=1)[:, None] + V**2)
    return np.sum(p * V)


def by_columns(X: Float[np.ndarray, "n k"], V: Float[np.ndarray, "n k"]) -> float:
    e = np.exp(X)
    p = e / (np.sum(e) + np.sum(V**2, axis=0))
    return np.sum(p * V)


def of_a_row(X: Float[np.ndarray, "n k"], V: Float[np.ndarray, "n k"]) -> float:
    e = np.exp(X[0])
    p = e / (np.sum(e) + V[0] ** 2)
    return p @ V[1]


def used_again(X: Float[np.ndarray, "n k"], V: Float[np.ndarray, "n k"]) -> float:
    e = np.exp(X)
    p = e / np.sum(e)
    return np.sum(p * V * e)
"""
NAMES = ["rows", "columns", "spread", "in_turns"]
X = np.array([[0.3, -0.7, 1.1], [0.9, 0.2, -0.4]])
V = np.array([[1.3, 0.4, -0.6], [0.5, -1.2, 0.8]])


def _reverse(name: str, target: Target = "python") -> str:
    (piece,) = differentiate(SOURCE, "f.py", [Request(name, (0, 1), target=target)])
    return piece.text.split("# reverse\n")[1].split("\ndef ")[0]


@pytest.mark.parametrize("name", NAMES)
def test_the_reverse_needs_neither_the_exponentials_nor_their_sum(name: str) -> None:
    assert "e_sum" not in _reverse(name)


def test_the_text() -> None:
    assert "    X_bar = p * (p_bar - np.sum(p * p_bar, axis=1)[:, None])\n" in _reverse("rows")


@pytest.mark.parametrize("name", [*NAMES, "softened", "by_columns", "of_a_row", "used_again"])
def test_derivative(name: str, target: Target) -> None:
    hold(SOURCE, name, (0, 1), (X, V), target=target)
