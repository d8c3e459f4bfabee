"""What the author scales for a matrix product is multiplied as it is by derivatives, and the result is scaled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
import numpy as np


def applied(s: float, A: Float[np.ndarray, "m n"], x: Float[np.ndarray, "n"]) -> float:
    return np.sum(np.sin(s * A @ x))


def from_the_left(s: float, A: Float[np.ndarray, "m n"], x: Float[np.ndarray, "n"]) -> float:
    return np.sum(np.sin(x @ (A.T * s)) ** 2)


def of_matrices(s: float, A: Float[np.ndarray, "m n"], x: Float[np.ndarray, "n"]) -> float:
    return np.sum(np.sin(s * A @ A.T)) * x[0]


def named(s: float, A: Float[np.ndarray, "m n"], x: Float[np.ndarray, "n"]) -> float:
    B = s * A
    return np.sum(np.sin(B @ x)) + np.sum(B**3)


def overwritten(s: float, A: Float[np.ndarray, "m n"], x: Float[np.ndarray, "n"]) -> float:
    y = np.sin(s * A @ x)
    A[0] = y[0] * x
    return np.sum(np.sin(s * A @ x)) + np.sum(y**2)


def in_turns(s: float, A: Float[np.ndarray, "m n"], x: Float[np.ndarray, "n"]) -> float:
    for k in range(3):
        s = np.sum(np.sin(s * (A * A) @ x))
    return s
"""
R = np.random.default_rng(7)
ARGS: tuple[Any, ...] = (0.7, R.normal(size=(3, 2)), R.normal(size=2))


@pytest.mark.parametrize("name", ["applied", "from_the_left", "of_matrices", "named", "overwritten", "in_turns"])
def test_derivatives(name: str) -> None:
    hold(SOURCE, name, (0, 1, 2), ARGS)


def test_the_authors_statement_stays_what_it_is() -> None:
    (piece,) = differentiate(SOURCE, "f.py", [Request("applied", (1, 2), "both")])
    assert "applied_product = s * A @ x" in piece.text
    assert "x_bar = s * (A.T @ applied_product_bar)" in piece.text
    assert "s * (A @ x_dot)" in piece.text


def test_what_is_as_large_as_the_result_is_multiplied_scaled() -> None:
    (piece,) = differentiate(SOURCE, "f.py", [Request("of_matrices", (1,))])
    assert "s * (A" not in piece.text.split("# reverse")[1]


def test_what_has_a_name_is_multiplied_by_it() -> None:
    (piece,) = differentiate(SOURCE, "f.py", [Request("named", (2,))])
    assert "x_bar = B.T @ " in piece.text
