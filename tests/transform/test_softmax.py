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


def by_other_rows(X: Float[np.ndarray, "n n"], V: Float[np.ndarray, "n n"]) -> float:
    e = np.exp(X)
    p = e / e.sum(axis=1)
    return np.sum(p**2 * V)


def by_other_columns(X: Float[np.ndarray, "n n"], V: Float[np.ndarray, "n n"]) -> float:
    e = np.exp(X)
    p = e / e.sum(axis=0)[:, None]
    return np.sum(p**2 * V)


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


@pytest.mark.parametrize(
    "name", [*NAMES, "softened", "by_columns", "by_other_rows", "by_other_columns", "of_a_row", "used_again"]
)
def test_derivative(name: str, target: Target) -> None:
    args = (X[:, :2], V[:, :2]) if "other" in name else (X, V)
    hold(SOURCE, name, (0, 1), args, target=target)


SUMS = [
    *("e.sum()", "e.sum(axis=0)", "e.sum(axis=1)", "e.sum(axis=0, keepdims=True)", "e.sum(axis=1, keepdims=True)"),
    *("e.sum(axis=1)[:, None]", "e.sum(axis=0)[:, None]", "e.sum(axis=0)[None, :]", "e.sum(axis=-1)[None, :]"),
]


@pytest.mark.parametrize("added", ["0.5", "V", "V[0]", "V[:, :1]"])
@pytest.mark.parametrize("total", SUMS)
def test_whatever_is_divided_by(total: str, added: str) -> None:
    source = f"""
import numpy as np


def f(X: Float[np.ndarray, "n n"], V: Float[np.ndarray, "n n"]) -> float:
    e = np.exp(X)
    p = e / ({total} + {added})
    return np.sum(p**2 * V)
"""
    hold(source, "f", (0, 1), (X[:, :2], V[:, :2] ** 2))
