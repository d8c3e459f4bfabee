"""Rows of ints in an array of floats: Numba gets floats."""

from __future__ import annotations

from sct.pipeline import Request, differentiate

SOURCE = """
import numpy as np


def f(x: float, k: int) -> float:
    A = np.array([[1.0, x], [0, 1]])
    B = np.array([[0, 1], [2, k]])
    return np.sum(A @ A) * B[0, 1]
"""


def test_the_ints_of_a_row_are_written_as_floats() -> None:
    (piece,) = differentiate(SOURCE, "model.py", [Request("f", (0,), "adjoint", None, "numba")])
    own = piece.text[piece.text.index("def f_adjoint") :]
    assert "A = np.array([[1.0, x], [0.0, 1.0]])" in own
    assert "B = np.array([[0, 1], [2, k]])" in own


def test_python_gets_what_the_author_wrote() -> None:
    (piece,) = differentiate(SOURCE, "model.py", [Request("f", (0,))])
    assert "A = np.array([[1.0, x], [0, 1]])" in piece.text[piece.text.index("def f_adjoint") :]
