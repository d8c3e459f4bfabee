"""What a statement writes stands before the tangents that read it there, unless they read what it overwrites."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
import math
import numpy as np


def quotients(A: Float[np.ndarray, "n n"]) -> float:
    for i in range(len(A)):
        for j in range(i):
            A[i, j] /= A[j, j]
    return np.sum(A * A)


def rows(A: Float[np.ndarray, "n n"]) -> float:
    for i in range(1, len(A)):
        A[i] = A[i - 1] / A[i, 0]
    return np.sum(A * A)


def solved(L: Float[np.ndarray, "n n"], x: Float[np.ndarray, "n"]) -> float:
    for i in range(len(x)):
        x[i] = (x[i] - L[i, :i] @ x[:i]) / L[i, i]
    return np.sum(x * x)


def overlapping(x: Float[np.ndarray, "n"]) -> float:
    x[1:] = x[:-1] / x[0]
    x[:2] = x[1:3] / x[1]
    return np.sum(x * x)


def of_itself(x: Float[np.ndarray, "n"]) -> float:
    for i in range(1, len(x)):
        x[i] = x[i - 1] / x[i]
    return np.sum(x * x)


def whole(x: Float[np.ndarray, "n"], y: Float[np.ndarray, "n"]) -> float:
    row = x[1:]
    x[:] = np.sqrt(y) / y[0]
    return np.sum(x * x) + row[0] * y[1]


def filled(A: Float[np.ndarray, "n n"], y: Float[np.ndarray, "n"]) -> float:
    B = np.sin(A)
    B[:] = np.min(y)
    B[1:] = np.sqrt(y) * y[0]
    A[...] = np.exp(y)
    return np.sum(A * B)


def at_a_name(x: Float[np.ndarray, "n"], i: int) -> float:
    first = x[0]
    x[i] = math.exp(x[i] / first) / x[0]
    return np.sum(x * x)
"""
A = np.random.default_rng(3).uniform(1.0, 2.0, (4, 4))
CASES: dict[str, tuple[object, ...]] = {
    "quotients": (A,),
    "rows": (A,),
    "solved": (A, A[0]),
    "overlapping": (A[0],),
    "of_itself": (A[1],),
    "whole": (A[2], A[3]),
    "filled": (A, A[3]),
    "at_a_name": (A[2], 0),
}


@pytest.mark.parametrize("name", CASES)
def test_tangents_hold(name: str) -> None:
    wrt = tuple(k for k, value in enumerate(CASES[name]) if isinstance(value, np.ndarray))
    hold(SOURCE, name, wrt, CASES[name])


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "quotients",
            [
                "            A[i, j] /= A[j, j]",
                "            A_dot[i, j] = (A_dot[i, j] - A[i, j] * A_dot[j, j]) / A[j, j]",
            ],
        ),
        ("of_itself", ["        x_dot[i] = (x_dot[i - 1] - x_ratio * x_dot[i]) / x[i]", "        x[i] = x_ratio"]),
    ],
)
def test_text(name: str, lines: list[str]) -> None:
    (piece,) = differentiate(SOURCE, "f.py", [Request(name, (0,), "tangent")])
    assert "\n".join(lines) in piece.text, piece.text
