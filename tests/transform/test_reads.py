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
