"""Rows and columns that get a name in the reverse sweep, where they may; held to differences."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

PROGRAMS = """
import numpy as np


def columns(A: Float[np.ndarray, "n n"], x: float) -> float:
    y = 0.0
    for i in range(A.shape[0]):
        for j in range(A.shape[1]):
            y += np.dot(A[:, i], A[:, j]) * x
    return y


def beyond_where_nothing_turns(A: Float[np.ndarray, "n n"], x: float) -> float:
    n = len(A)
    y = 0.0
    for i in range(n):
        for j in range(i + 1, n):
            y += np.dot(A[i + 1], A[:, j]) * x
    return y


def of_another_size(A: Float[np.ndarray, "n n"], x: float) -> float:
    y = 0.0
    for i in range(8):
        for j in range(min(i, 1) * 0 + (1 if i < len(A) else 0)):
            y += np.dot(A[i], A[j]) * x
    return y


def remade(A: Float[np.ndarray, "n n"], x: float) -> float:
    for i in range(len(A)):
        for j in range(2):
            A = A * A[:, i] * x
    return np.sum(A)


def written_in_between(A: Float[np.ndarray, "n n"], x: float) -> float:
    for i in range(len(A)):
        for j in range(1, len(A)):
            A[i] = A[i] * A[i - 1] * x
            A[j, i] = A[i, j] ** 2
        A[i] *= A[i] + x
    return np.sum(A)


def by_a_number_that_changes(A: Float[np.ndarray, "n n"], x: float) -> float:
    k = 0
    y = 0.0
    for i in range(len(A)):
        for j in range(len(A)):
            y += np.dot(A[k], A[:, j]) * x
            k = (k + i) % 2
    return y


def on_a_branch(A: Float[np.ndarray, "n n"], x: float) -> float:
    y = 0.0
    for i in range(len(A) + 2):
        if i < len(A):
            for j in range(2):
                y += np.dot(A[i], A[:, j]) * x
                A[i] *= y
    return y


def changing_places(A: Float[np.ndarray, "n n"], x: float) -> float:
    B = A * x
    for t in range(2):
        for j in range(len(A)):
            A[0] += B[0] * B[j] * x
        A, B = B, A
    return np.sum(A * A) + np.sum(B)


def from_the_end(A: Float[np.ndarray, "n n"], x: float) -> float:
    for j in range(len(A) - 1):
        A[-1] += A[-1] * A[j] * x
    return np.sum(A**2)
"""
NAMES = [line[4 : line.index("(")] for line in PROGRAMS.splitlines() if line.startswith("def ")]


@pytest.mark.parametrize("name", NAMES)
def test_derivatives(name: str) -> None:
    hold(PROGRAMS, name, (0, 1), (np.sin(np.arange(9.0)).reshape(3, 3), 0.6))


@pytest.mark.parametrize(
    ("name", "views"),
    [
        ("columns", ["A_i_bar = A_bar[:, i]"]),
        ("beyond_where_nothing_turns", []),
        ("of_another_size", []),
        ("by_a_number_that_changes", []),
    ],
)
def test_names(name: str, views: list[str]) -> None:
    (piece,) = differentiate(PROGRAMS, "p.py", [Request(name, (0, 1), "adjoint")])
    reverse = piece.text[piece.text.index("_bar = ") : piece.text.index(f"def {name}_grad")]
    lines = [line.strip() for line in reverse.splitlines() if line.startswith("        ") and " = A" in line]
    outer = [line for line in lines if line.endswith("]") and "            " + line not in reverse]
    assert outer == views, reverse
