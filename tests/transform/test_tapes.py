"""Tapes as arrays, as the target Numba has them: right at every trip count, and as large as the loops are long."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

numba = pytest.importorskip("numba")

PROGRAMS = """
import math
import numpy as np


def upwards(x: float, n: int) -> float:
    for i in range(2, n, 3):
        x = math.sin(x) * i
    return x


def downwards(x: float, n: int) -> float:
    for i in range(n - 1, 0, -1):
        x = math.sin(x) * i
    return x


def triangle(x: float, n: int) -> float:
    for i in range(n):
        for j in range(i, -1, -1):
            x = math.sin(x) + i * j
    return x


def some_turns(x: float, n: int) -> float:
    for i in range(n):
        if i % 2 == 0:
            x = math.sin(x) * 1.5
    return x


def until(x: float, n: int) -> float:
    while x < n:
        x = x * x + 0.5
    return x


def until_full(u: Float[np.ndarray, "n"], k: int) -> float:
    t = 0
    while t < k and u[0] < 100.0:
        u = u * u + 0.5
        t += 1
    return np.sum(u)


def leaves(x: float, n: int) -> float:
    for i in range(n):
        x = math.sin(x) * 2.0
        if x > 1.5:
            break
    return x


def rows(A: Float[np.ndarray, "m n"], k: int) -> float:
    for i in range(1, A.shape[0]):
        for t in range(k):
            A[i] = np.sin(A[i]) * A[i - 1]
    return np.sum(A)


def grows(u: Float[np.ndarray, "n"], k: int) -> float:
    for t in range(k):
        u[: t + 1] = np.sin(u[: t + 1])
    return np.sum(u * u)


def bound_on_one_path(u: Float[np.ndarray, "n"], k: int) -> float:
    if k > 1:
        w = u * 2.0
    for t in range(k):
        u -= np.sin(0.3 * u)
    if k > 1:
        u += w
    return np.sum(u * u)


def products(A: Float[np.ndarray, "n n"], k: int) -> float:
    Y = np.eye(A.shape[0])
    for t in range(k):
        P = A @ Y
        Y = np.sin(P) * P
    return np.sum(Y)


def inside(u: Float[np.ndarray, "n"], k: int) -> float:
    for t in range(k):
        u[1:-1] = u[1:-1] * u[2:] * u[:-2]
    return np.sum(u * u)
"""
NUMBERS = ["upwards", "downwards", "triangle", "some_turns", "until", "leaves"]
A = np.array([[0.3, 0.9], [1.2, -0.4], [0.5, 0.8]])
CASES: list[tuple[str, tuple[Any, ...]]] = [
    *((name, (0.8, n)) for name in NUMBERS for n in (-3, 0, 1, 2, 7)),
    ("some_turns", (0.8, 5000)),
    *(("until_full", (A[0], k)) for k in (0, 1, 5)),
    *(("rows", (A, k)) for k in (-1, 0, 3)),
    *(("grows", (A[:, 0], k)) for k in (0, 1, 3)),
    ("bound_on_one_path", (A[:, 0], 3)),
    *(("products", (A[1:], k)) for k in (-1, 0, 3)),
    *(("inside", (np.arange(0.5, n), 2)) for n in (0, 1, 2, 4)),
]


@pytest.mark.parametrize(("name", "args"), CASES)
def test_a_tape_is_right(name: str, args: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    hold(PROGRAMS, name, (0,), args, target="numba")


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("upwards", ["x_saved = np.empty(max(n, 0))", "x_saved[i] = x", "x = x_saved[i]"]),
        ("downwards", ["x_saved = np.empty(max(n, 0))"]),
        ("triangle", ["x_saved = np.empty((max(n, 0), max(n, 0)))", "x_saved[i, j] = x"]),
        ("until", ["x_saved = []", "x_saved.append(x)", "x = x_saved.pop()"]),
        (
            "until_full",
            ["u_saved = np.empty((1024, u.shape[0]))", "if u_saved_count == len(u_saved):", "u_saved_count -= 1"],
        ),
        ("rows", ["A_saved = np.empty((A_shape_0, max(k, 0), A.shape[1]))", "A_saved[i, t] = A[i]"]),
        ("inside", ["u_saved = np.empty((max(k, 0), max(u.shape[0] - 2, 0)))"]),
        ("products", ["Y_saved = np.empty((max(k, 0), Y.shape[0], Y.shape[0]))", "P_saved = []"]),
        ("grows", ["u_saved.append(u[: t + 1].copy())"]),
    ],
)
def test_a_tape_is_as_large_as_the_loops_are_long(name: str, lines: list[str]) -> None:
    (piece,) = differentiate(PROGRAMS, "tapes.py", [Request(name, target="numba")])
    found = [line.strip() for line in piece.text.splitlines()]
    assert [line for line in lines if line not in found] == []


def test_an_array_that_is_written_into_once_it_is_saved_is_on_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reverse sweep begins with what the array was in the end."""
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    source = (
        'import numpy as np\n\n\ndef f(u: Float[np.ndarray, "n"], x: float) -> float:\n    for t in range(3):\n'
        "        un = u.copy()\n        if t > 1:\n            break\n        un[0] = x * 0.2\n"
        "        u[1:-1] = 0.3 * un[2:] * un[:-2] + 0.1 * x\n    return np.sum(u**2)\n"
    )
    hold(source, "f", (0, 1), (np.array([0.4, -1.2, 0.9, 1.1]), 0.7), target="numba")
