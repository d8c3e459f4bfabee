"""An element that is read twice is one number only where nothing is written into it in between."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
import math
import numpy as np


def twice(u: Float[np.ndarray, "n"], n: int) -> float:
    total = 0.0
    for k in range(n):
        total += u[0] * math.sin(u[0]) * u[1]
        u[0] = u[0] * u[1]
    return total


def through_a_view(u: Float[np.ndarray, "m n"], x: float) -> float:
    row = u[1]
    y = u[1, 0] * x
    row[0] = y * x
    return y * u[1, 0] * u[1, 0]


def in_a_branch(u: Float[np.ndarray, "n"], x: float) -> float:
    y = u[0] * x
    if x > 0.0:
        u[0] = y * y
    return y * u[0]


def in_later_turns(u: Float[np.ndarray, "n"], x: float, n: int) -> float:
    y = u[0] * x
    for k in range(n):
        y = y * math.sin(u[0]) + u[0]
        u[0] = 0.5 * y
    return y


def by_a_call(u: Float[np.ndarray, "n"], x: float) -> float:
    y = u[0] * x
    double(u)
    return y * u[0]


def double(u):
    u[0] = u[0] * 2.0 * u[1]


def two_names(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"], x: float) -> float:
    for k in range(3):
        y = u[k] * x
        v[k] = y * u[k] * v[k]
        u, v = v, u
    return u[0] * v[1] * u[0]
"""
U, V = np.random.default_rng(5).uniform(0.5, 1.5, size=(2, 4))
CASES: dict[str, tuple[tuple[int, ...], tuple[Any, ...]]] = {
    "twice": ((0,), (U, 3)),
    "through_a_view": ((0, 1), (np.stack([U, V]), 0.7)),
    "in_a_branch": ((0, 1), (U, 0.7)),
    "in_later_turns": ((0, 1), (U, 0.7, 3)),
    "by_a_call": ((0, 1), (U, 0.7)),
    "two_names": ((0, 1, 2), (U, V, 0.7)),
}


def test_it_is_saved_once() -> None:
    (piece,) = differentiate(SOURCE, "f.py", [Request("twice", (0,))])
    assert piece.text.count(".append(u_0)") + piece.text.count(".append(u[0])") == 1, piece.text


@pytest.mark.parametrize("name", CASES)
def test_what_is_read_has_its_own_time(name: str) -> None:
    wrt, args = CASES[name]
    hold(SOURCE, name, wrt, args)


VIEWS = """
import numpy as np


def columns(A: Float[np.ndarray, "n m"], k: int) -> float:
    t = np.dot(A[:, k], A[:, k])
    A[:, 0] = A[:, 1] * t
    return np.dot(A[:, 0], A[:, 0]) + t


def ends(A: Float[np.ndarray, "n m"], x: float) -> float:
    y = np.zeros(len(A))
    y[:] = x * A[:, 0] * A[:, 1]
    if x > 0.5:
        y *= A[:, 0]
    return np.sum(y**2) * np.sum(np.sin(A[:, 0]))
"""
A = np.random.default_rng(7).uniform(0.5, 1.5, size=(3, 2))


@pytest.mark.parametrize(("name", "wrt", "args"), [("columns", (0,), (A, 0)), ("ends", (0, 1), (A, 0.7))])
def test_views_hold(name: str, wrt: tuple[int, ...], args: tuple[Any, ...]) -> None:
    hold(VIEWS, name, wrt, args)


def test_equal_views_of_a_statement_are_one_in_its_tangent() -> None:
    (piece,) = differentiate(VIEWS, "f.py", [Request("columns", (0,), "tangent")])
    assert "t_dot = 2.0 * (A_k @ A_dot[:, k])\n    t = np.dot(A_k, A_k)" in piece.text, piece.text


def test_the_reverse_sweep_reads_views_itself() -> None:
    (piece,) = differentiate(VIEWS, "f.py", [Request("ends", (0, 1), "adjoint")])
    forward, reverse = piece.text.split("# forward")[1].split("# reverse")
    assert "x_product = x * A[:, 0]\n    y[:] = x_product * A[:, 1]\n" in forward, piece.text
    assert "np.cos(A[:, 0])" in reverse and "x_bar = A[:, 0] @ x_product_bar" in reverse, piece.text
