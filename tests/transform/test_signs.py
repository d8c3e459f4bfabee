"""A sign is said where a product is added, not in front of a factor; held to differences."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

PROGRAMS = """
import numpy as np


def solved(A: Float[np.ndarray, "n n"], b: Float[np.ndarray, "n"]) -> float:
    L = np.tril(A) + 3.0 * np.eye(len(b))
    return b @ np.linalg.solve(L.T, np.linalg.solve(L, b)) + np.sum(L**2)


def residual(A: Float[np.ndarray, "n n"], b: Float[np.ndarray, "n"]) -> float:
    r = b - A @ b
    return np.sum((A @ r) ** 2)


def diagonal(A: Float[np.ndarray, "n n"], b: Float[np.ndarray, "n"]) -> float:
    J = A * b
    J = J - np.diag(np.diag(J))
    return np.sum(np.sin(J))


def rolled(A: Float[np.ndarray, "n n"], b: Float[np.ndarray, "n"]) -> float:
    d = np.roll(b, 1) - np.roll(b, -1)
    return np.sum(b**3) + np.sum(np.sin(d)) + np.sum(A @ d)


def authored(A: Float[np.ndarray, "n n"], b: Float[np.ndarray, "n"]) -> float:
    s = b[0]
    f = -s * b
    return np.sum(np.sin(b)) + np.sum(np.exp(A @ f))


def negated(A: Float[np.ndarray, "n n"], b: Float[np.ndarray, "n"]) -> float:
    return np.sum(np.tanh(-A @ b)) + np.sum(b**2)


def decaying(A: Float[np.ndarray, "n n"], b: Float[np.ndarray, "n"]) -> float:
    p = 1.0 / (2.0 + np.exp(-A @ b))
    return np.sum(p * p)


def of_a_vector(A: Float[np.ndarray, "n n"], b: Float[np.ndarray, "n"]) -> float:
    return np.sum(np.exp(A - b[:, None])) - np.sum(np.cos(np.diag(A)))
"""
ARGS = (np.sin(np.arange(1.0, 10.0)).reshape(3, 3), np.cos(np.arange(1.0, 4.0)))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("solved", "L_bar -= np.outer(b_bar_2, L_solve)\n"),
        ("solved", "L_bar -= np.outer(solved_solve, L_solve_bar)\n"),
        ("residual", "A_bar -= np.outer(r_bar, b)\n"),
        ("residual", "b_bar -= A.T @ r_bar\n"),
        ("diagonal", "J_bar -= np.diag(np.diag(J_bar))\n"),
        ("rolled", "b_bar -= np.roll(d_bar, 1)\n"),
        ("authored", "b_bar -= s * f_bar\n"),
        ("negated", "b_bar -= A.T @ negated_product_bar\n"),
        ("of_a_vector", "A_bar += "),  # the matrix with a vector on its diagonal is a new one
    ],
)
def test_sign(name: str, wanted: str) -> None:
    (piece,) = differentiate(PROGRAMS, "p.py", [Request(name, (0, 1), "adjoint")])
    assert wanted in piece.text.split("# reverse")[1], piece.text
    hold(PROGRAMS, name, (0, 1), ARGS)


def test_two_signs_are_none() -> None:
    (piece,) = differentiate(PROGRAMS, "f.py", [Request("decaying", (1,), "adjoint")])
    assert "b_bar = A.T @ (p_exp * p / p_sum * p_bar)\n" in piece.text, piece.text
    hold(PROGRAMS, "decaying", (1,), ARGS)
