"""Several places that one statement writes: what a view shows, and an array holds, is read when its turn comes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.programs import hold, hold_directions

PROGRAMS = """
import numpy as np


def margins(u, c):
    u[0], u[-1], u[:, 0], u[:, -1] = u[1], u[-2], u[:, 1], u[:, -2]
    return np.sum(u**2 * np.arange(1.0, u.size + 1).reshape(u.shape)) * c


def wholes(a, b):
    a[:], b[:] = b, a
    a[0], b[1:] = b[1] * a[2], a[:-1] * 3
    return a @ np.arange(3.0) + b @ b


def rows(A, i, j):
    A[i], A[j] = A[j], A[i]
    return np.sum(A**2 * np.arange(1.0, A.size + 1).reshape(A.shape))


def numbers(x, i, j):
    x[i], x[j] = x[j], x[i]
    x[0], x[1], x[2] = x[1], x[2], x[0]
    return x**2 @ np.arange(1.0, 1 + len(x))


def overlapping(u, n):
    for k in range(n):
        u[1:], u[0] = u[:-1], u[-1]
        u[:2], u[2:] = u[1:3], u[:-2] * u[0]
    return u @ u


def named(A, v):
    r0 = A[0]
    A[0], A[1], v[:] = A[1], r0, A[0]
    (A[2], s), t = (v, v[0]), A[2, 0]
    return np.sum(A * v) + s * t + r0[0]


def in_turns(u, v, n):
    for _ in range(n):
        for Z in (u, v):
            Z[0, :] = Z[1, :]
            Z[:, -1], Z[-1] = Z[:, -2], Z[-2]
        u, v = v, u * v
    return np.sum(u) + np.sum(v**2)
"""


def _r(*shape: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(3).normal(size=shape)


CASES: list[tuple[str, tuple[int, ...], tuple[Any, ...]]] = [
    ("margins", (0, 1), (_r(3, 4), 0.4)),
    ("wholes", (0, 1), (_r(3), _r(4)[1:])),
    ("rows", (0,), (_r(3, 2), 0, 2)),
    ("rows", (0,), (_r(3, 2), 1, 1)),
    ("numbers", (0,), (_r(4), 1, 3)),
    ("overlapping", (0,), (_r(5), 2)),
    ("named", (0, 1), (_r(3, 3), _r(3))),
    ("in_turns", (0, 1), (_r(3, 3), _r(4, 3)[1:], 2)),
]


@pytest.mark.parametrize(("name", "wrt", "args"), CASES)
def test_in_both_modes(name: str, wrt: tuple[int, ...], args: tuple[Any, ...]) -> None:
    hold(PROGRAMS, name, wrt, args, annotated=False)


def test_along_several_directions() -> None:
    source = PROGRAMS.replace("def margins(u, c)", 'def margins(u: Float[np.ndarray, "m n"], c: float)')
    hold_directions(source, "margins", (0, 1), (_r(3, 4), 0.4))
