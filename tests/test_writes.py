"""Writes through views and aliases, by callees, into buffers that change places: against differences, in both modes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.programs import hold

PROGRAMS = """
import math
import numpy as np


def row_view(A: Float[np.ndarray, "m n"], x: float) -> float:
    for i in range(1, len(A)):
        row = A[i]
        row[1:] = row[1:] * x + A[i - 1, 1:] ** 2
        row[0] += row.sum()
    return np.sum(A**2)


def rows_of_a_loop(A: Float[np.ndarray, "m n"], x: float) -> float:
    total = 0.0
    for k, row in enumerate(A):
        total += A[0, 0] * x
        row[:] = row * x / np.sum(row * row)
        row += k
    return np.sum(A**2) * total


def new_diagonal(x: Float[np.ndarray, "n"]) -> float:
    D = np.diag(x)
    D[0, 1] = x[1] ** 2
    D -= np.outer(x, D[0])
    return np.sum(D @ D @ x)


def transposed_view(A: Float[np.ndarray, "m n"], x: float) -> float:
    B = A.T
    B[0] *= x
    column = B[1]
    A[0, 1] = x**2
    column[1:] = column[:-1] * column[1:]
    return np.sum(A**3) + B[1, 0]


def view_of_a_view(A: Float[np.ndarray, "m n"], x: float) -> float:
    core = A[1:-1, 1:-1]
    for i in range(len(core)):
        core[i, 0] = core[i, 1] * x
        line = core[i]
        line[1:] += A[0, 0] * line[:1]
    A[0] = A[1] * 2.0
    return np.sum(core * A[1:-1, 2:]) + A[0][1] * core[0][0]


def write_seen_by_a_view(A: Float[np.ndarray, "m n"], x: float) -> float:
    row = A[0]
    before = row.sum()
    A[0, 1] = x * before
    return row[1] * before + row.sum() ** 2


def chained(A: Float[np.ndarray, "m n"], x: float) -> float:
    A[0][1] = x * A[1][0]
    A[1][1:][0] *= A[0][1]
    A[1:][0] += x
    return np.sum(A**2)


def swapped(u: Float[np.ndarray, "n"], steps: int) -> float:
    new = u.copy()
    for t in range(steps):
        new[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2]) - u[1:-1] ** 3
        u, new = new, u
    return np.sum(u**2 * new)


def one_of_several(u: Float[np.ndarray, "n"], x: float) -> float:
    before = u.sum()
    if before > x:
        u = np.sin(u) * x
    for i in range(1, len(u)):
        u[i] *= u[i - 1]
    return np.sum(u) * before


def aliases_in_a_loop(u: Float[np.ndarray, "n"], x: float) -> float:
    v = u
    for i in range(len(u)):
        v[i] = x * u[i] ** 2
        u[0] += v[i]
    return np.sum(u * v)


def relax(u, f, w):
    for i in range(1, len(u) - 1):
        u[i] = (1 - w) * u[i] + w * (0.5 * (u[i - 1] + u[i + 1]) - f[i] * u[i])


def boundary(u, left):
    u[0] = left * u[0]
    u[-1] = 0.0
    return u.sum()


def both(u, f, w):
    total = boundary(u, w)
    relax(u, f, w)
    return total, u


def clear(u, k):
    u[k] = 0.0


def callees(u: Float[np.ndarray, "n"], f: Float[np.ndarray, "n"], w: float, steps: int) -> float:
    total = 0.0
    for step in range(steps):
        total += boundary(u, w) ** 2
        relax(u, f, w)
        if u[1] > 0:
            f = np.sin(u)
    relax(u[1:], f[1:], w * w)
    return np.sum(u**2) * total


def callees_of_callees(A: Float[np.ndarray, "m n"], f: Float[np.ndarray, "n"], w: float) -> float:
    total = 0.0
    for row in A:
        part, same = both(row, f, w)
        total += part * row[1]
        clear(row, 1)
    clear(f, 0)
    _, f = both(f, A[0], w)
    return np.sum(A**2) * total + np.sum(f**3)


def cleared(u: Float[np.ndarray, "n"], k: int) -> float:
    before = u[k] ** 2
    work = np.ones(3)
    scaled = u * work[0]
    clear(work, 0)
    for i in range(2):
        before += np.sum(scaled * u[i] * work[i]) ** 2
        clear(work, i + 1)
        clear(u, i)
    return np.sum(u**2) * before


def advance(u, new):
    for i in range(1, len(u) - 1):
        new[i] = u[i] + 0.1 * (u[i + 1] - u[i - 1]) * u[i]


def swapped_by_a_callee(u: Float[np.ndarray, "n"], steps: int) -> float:
    new = u.copy()
    for t in range(steps):
        advance(u, new)
        u, new = new, u
    return np.sum(u**2 * new)


def fill_down(u, k, x):
    if k > 0:
        u[k] = u[k] * u[k - 1] + x
        fill_down(u, k - 1, x * 0.5)


def recursive(u: Float[np.ndarray, "n"], x: float) -> float:
    fill_down(u, len(u) - 1, x)
    return np.sum(u**2)
"""


def _r(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=shape)


CASES: list[tuple[str, tuple[int, ...], tuple[Any, ...]]] = [
    ("row_view", (0, 1), (_r(4, 3), 0.7)),
    ("rows_of_a_loop", (0, 1), (_r(4, 3), 0.7)),
    ("new_diagonal", (0,), (_r(3),)),
    ("transposed_view", (0, 1), (_r(4, 3), 0.7)),
    ("view_of_a_view", (0, 1), (_r(5, 4), 0.7)),
    ("write_seen_by_a_view", (0, 1), (_r(2, 3), 0.7)),
    ("chained", (0, 1), (_r(3, 3), 0.7)),
    ("swapped", (0,), (_r(6), 5)),
    ("swapped", (0,), (_r(6), 0)),
    ("one_of_several", (0, 1), (_r(5), -9.0)),
    ("one_of_several", (0, 1), (_r(5), 9.0)),
    ("aliases_in_a_loop", (0, 1), (_r(4), 0.7)),
    ("callees", (0, 1, 2), (_r(5), _r(5), 0.7, 3)),
    ("callees", (0, 1, 2), (_r(5), _r(5), 0.7, 0)),
    ("callees_of_callees", (0, 1, 2), (_r(3, 4), _r(4), 0.7)),
    ("cleared", (0,), (_r(3), 2)),
    ("swapped_by_a_callee", (0,), (_r(6), 5)),
    ("recursive", (0, 1), (_r(5), 0.7)),
]


@pytest.mark.parametrize(("name", "wrt", "args"), CASES)
def test_writes(name: str, wrt: tuple[int, ...], args: tuple[Any, ...]) -> None:
    hold(PROGRAMS, name, wrt, args)


CARRIED_VIEW = """
import numpy as np


def a_carried_view(w):
    d = w * w
    t = d[0]
    for k in range(3):
        t = t * t
    s = np.sum(t)
    d[0] = 0.0
    return s + np.sum(d)


def a_carried_view_in_a_list(w):
    d = w * w
    t = d[0]
    ts = []
    for k in range(3):
        ts.append(t)
        t = t * w[0]
    s = np.sum(ts[0] * ts[2])
    ts = [w[0]]
    d[0] = 0.0
    return s + np.sum(d) + np.sum(ts[0])
"""


def test_a_view_that_a_loop_carries_is_copied_where_its_array_is_written_later() -> None:
    hold(CARRIED_VIEW, "a_carried_view", (0,), (np.array([[0.5, 1.2], [0.3, -0.4]]),), annotated=False)


OF_ANY_RANK = """
import numpy as np


def squared(v: np.ndarray, k: int):
    v[::2] *= 0.5 * v[::2]
    v[k] = np.sin(v[k]) * v[k]
    return v.sum()


def chosen(x: float, v: np.ndarray, k: int):
    v[1:] = v[2] if k > 1 else x
    return np.sum(x * v * v)


def spread(v: np.ndarray, k: int):
    v[:] = v[k] - 0.39
    return v.sum()


def through(x: float, v: np.ndarray, k: int):
    p = v[1:]
    v[k] = x * v[0]
    p *= x
    return np.sum(p * v[:-1])
"""


def test_a_number_that_is_written_to_a_whole_array_of_unknown_rank_is_repeated() -> None:
    hold(OF_ANY_RANK, "spread", (0,), (np.array([0.7, -0.4, 1.3]), 1))


@pytest.mark.parametrize("k", [1, 2])
def test_what_may_be_a_number_is_copied(k: int) -> None:
    hold(OF_ANY_RANK, "chosen", (0, 1), (0.7, np.array([0.7, -0.4, 1.3]), k))


VECTOR_OR_MATRIX = [np.array([0.7, -0.4, 1.3, 0.2]), np.array([[0.5, 1.2], [0.3, -0.4], [0.9, 0.1]])]


@pytest.mark.parametrize("v", VECTOR_OR_MATRIX)
def test_a_slice_of_an_array_of_unknown_rank_is_a_view(v: np.ndarray) -> None:
    hold(OF_ANY_RANK, "through", (0, 1), (0.7, v, 2))


@pytest.mark.parametrize("v", VECTOR_OR_MATRIX)
def test_what_is_overwritten_in_an_array_of_unknown_rank_is_copied(v: np.ndarray) -> None:
    hold(OF_ANY_RANK, "squared", (0,), (v, 2))
