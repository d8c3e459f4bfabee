"""Writes through masks and integer arrays, and of whole arrays: against differences, in both modes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.programs import hold

PROGRAMS = """
import math
import numpy as np


def mask_scalar(a: Float[np.ndarray, "n"], x: float) -> float:
    b = a.sum()
    a[a > 0.0] = x * b
    return np.sum(a * a) * b


def mask_scalar_named(a: Float[np.ndarray, "n"], x: float) -> float:
    mask = a > 0.0
    a[mask] = x
    a[mask] *= a[0] * x
    return np.sum(a * a)


def mask_array(a: Float[np.ndarray, "n"], x: float) -> float:
    b = a * x
    mask = a > 0.0
    a[mask] = b[mask] ** 2
    a[~mask] = b[~mask] * 3.0
    return np.sum(a * b)


def mask_op(a: Float[np.ndarray, "n"], x: float) -> float:
    a[a > 0.0] *= x
    a[a < 0.0] += x
    a[a < 0.1] -= a[a < 0.1] ** 2
    a[a > 0.1] /= x
    return np.sum(a * a * a)


def mask_2d(a: Float[np.ndarray, "m n"], x: float) -> float:
    a[a > 0.0] *= x
    a[a[:, 0] < 0.0] += x
    a[a[:, 0] < 0.0, 1] *= a[0, 0]
    return np.sum(a * a * a) + np.sum(a[a > 0.5] * x)


def mask_loop(a: Float[np.ndarray, "n"], x: float, n: int) -> float:
    for t in range(n):
        mask = a < x
        a[mask] = a[mask] * a[0] + t
        a[a > 3.0] = 0.5
    return np.sum(a * a)


def dup_store(a: Float[np.ndarray, "n"], x: float) -> float:
    idx = np.array([0, 2, 0, 1])
    v = a[idx] * x
    a[idx] = v * a[1]
    return np.sum(a * a * v[0])


def dup_add(a: Float[np.ndarray, "n"], x: float) -> float:
    idx = np.array([0, 2, 0, 1])
    v = a[idx] * x
    a[idx] += v * v
    a[idx] *= v
    return np.sum(a * a * a)


def dup_scalar(a: Float[np.ndarray, "n"], x: float) -> float:
    idx = np.array([0, 2, 0, 1])
    a[idx] += x * a[0]
    a[idx] -= x
    a[idx] = x
    return np.sum(a * a * a)


def dup_param(a: Float[np.ndarray, "n"], idx: Int[np.ndarray, "k"], v: Float[np.ndarray, "k"]) -> float:
    a[idx] += v * a[idx]
    for k in range(2):
        a[idx] *= v
        a[idx] = a[idx] + v * a[0]
    return np.sum(a * a * a)


def dup_2d(a: Float[np.ndarray, "m n"], idx: Int[np.ndarray, "k"], v: Float[np.ndarray, "k"]) -> float:
    a[idx, 1] += v * a[idx, 0]
    a[idx] *= 2.0
    a[0, idx] = v
    a[idx, idx] += v
    return np.sum(a * a * a)


def add_at(a: Float[np.ndarray, "n"], idx: Int[np.ndarray, "k"], v: Float[np.ndarray, "k"]) -> float:
    b = a.sum()
    np.add.at(a, idx, v * b)
    np.add.at(a, idx, 0.5 * b)
    for k in range(2):
        np.add.at(a, idx, v * a[0])
    return np.sum(a * a * a)


def multi(a: Float[np.ndarray, "n"], x: float) -> float:
    b = np.zeros(3)
    a[0] = b[1] = c = x * a[1]
    a[1:] = b[0] = c * a[2]
    return np.sum(a * a) * np.sum(b) * c


def smaller(a: Float[np.ndarray, "m n"], x: Float[np.ndarray, "n"]) -> float:
    s = a[0].sum()
    a[:] = x * s
    t = a.sum()
    a[1:] = x * t
    a[:, 0] = x[0] * t
    a[...] = a * x
    a[:, :] = x[1] * a[0, 0]
    return np.sum(a * a) * s + t


def filled(a: Float[np.ndarray, "m n"], x: float) -> float:
    s = a.sum()
    a.fill(x * s)
    a[0].fill(s)
    b = np.empty((2, 2))
    b.fill(a[1, 1])
    return np.sum(a * a) * s * b.sum()


def copyto(a: Float[np.ndarray, "n"], b: Float[np.ndarray, "n"], x: float) -> float:
    s = a.sum()
    np.copyto(a, b * s)
    c = a * a
    np.copyto(c, x)
    np.copyto(c[1:], b[1:])
    return np.sum(a * b * c)


def outs(a: Float[np.ndarray, "n"], b: Float[np.ndarray, "n"], x: float) -> float:
    c = np.empty_like(a)
    np.add(a, b, out=c)
    np.exp(c * x, out=c)
    np.multiply(c, a, out=a)
    np.sin(a[1:], out=c[1:])
    d = np.subtract(a, c, out=b)
    return np.sum(a * b * c * d)


def outs_loop(a: Float[np.ndarray, "n"], b: Float[np.ndarray, "n"], n: int) -> float:
    c = np.zeros_like(a)
    for k in range(n):
        np.multiply(a, b, out=c)
        np.add(c, a, out=a)
        np.maximum(a, 0.1, out=a)
        np.dot(a, b)
    return np.sum(a * c)


def picked(a: Float[np.ndarray, "n"], x: float) -> float:
    b = a[np.array([1, 1, 0])]
    b *= x
    c = a[a > 0]
    c[0] *= x
    a = a[[1, 0]]
    a += 1.0
    return np.sum(b * b) + np.sum(c**3) * a[0] * a[1]


def add_at_repeated(a: Float[np.ndarray, "n"], idx: Int[np.ndarray, "k"], v: Float[np.ndarray, "m"]) -> float:
    np.add.at(a, idx, v)
    return np.sum(a**3)


def add_at_columns(a: Float[np.ndarray, "n"], x: float, idx: Int[np.ndarray, "k"]) -> float:
    A = np.outer(a, a)
    np.add.at(A, np.s_[:, idx], x * a[:, None])
    return np.sum(A[:, np.array([1, 0, 1])] ** 3)


def sorted_again(P: Float[np.ndarray, "n d"], x: float, n: int) -> float:
    order = np.argsort(P[:, 0])
    for _ in range(n):
        P = P[order]
        P[0] = P[0] * x + P[1] * P[2, 0]
        order = np.argsort(P[:, 0])
    return np.sum(P**2)


def list_among_arrays(a: Float[np.ndarray, "n"], x: float) -> float:
    p = np.concatenate(([x, 2.0 * x], a, (x,)))
    q = np.stack(([x, 1.0], a[:2]), axis=1)
    first, second = np.concatenate(([0.5 * x], a[:1]))
    return np.sum(p**2 * np.arange(len(p))) + np.sum(q[0] * q[1]) + first * second


def buffer(b: Float[np.ndarray, "n"], x: float, n: int) -> Float[np.ndarray, "n"]:
    y = np.zeros_like(b)
    while True:
        y += x * b
        b -= 0.1 * np.sin(b)
        if y @ y > 2.0:
            return y
        if n > 5:
            return 2.0 * y
        n += 1


def bounds_written(a: Float[np.ndarray, "n"], ks: Int[np.ndarray, "k"]) -> float:
    b = a[: ks[0]]
    ks[0] = 4
    c = a[: ks[0]]
    return np.sum(b) * np.sum(c)


def indices_written(a: Float[np.ndarray, "n"], ks: Int[np.ndarray, "k"]) -> float:
    b = a[ks[ks[0]]] * a[ks[0]]
    ks[1] = 3
    ks[0] = 1
    return b * a[ks[ks[0]]]


def returned_early(b: Float[np.ndarray, "n"], x: float, n: int) -> float:
    return np.sum(buffer(b.copy(), x, n) ** 3)
"""


def _r(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=shape)


INDEX = np.array([0, 2, 0, 1])
V = _r(2, 4)[1]
CASES: list[tuple[str, tuple[int, ...], tuple[Any, ...]]] = [
    ("mask_scalar", (0, 1), (_r(5), 0.7)),
    ("mask_scalar_named", (0, 1), (_r(5), 0.7)),
    ("mask_array", (0, 1), (_r(5), 0.7)),
    ("mask_op", (0, 1), (_r(5), 0.7)),
    ("mask_2d", (0, 1), (_r(5, 3), 0.7)),
    ("mask_loop", (0, 1), (_r(5), 0.7, 3)),
    ("dup_store", (0, 1), (_r(5), 0.7)),
    ("dup_add", (0, 1), (_r(5), 0.7)),
    ("dup_scalar", (0, 1), (_r(5), 0.7)),
    ("dup_param", (0, 2), (_r(5), INDEX, V)),
    ("dup_2d", (0, 2), (_r(5, 3), INDEX, V)),
    ("add_at", (0, 2), (_r(5), INDEX, V)),
    ("multi", (0, 1), (_r(5), 0.7)),
    ("smaller", (0, 1), (_r(4, 3), _r(3))),
    ("filled", (0, 1), (_r(4, 3), 0.7)),
    ("copyto", (0, 1, 2), (_r(4), _r(4) * 0.3, 0.7)),
    ("outs", (0, 1, 2), (_r(4), _r(4) * 0.3, 0.7)),
    ("outs_loop", (0, 1), (_r(4), _r(4) * 0.3, 3)),
    ("picked", (0, 1), (_r(5)[:2], 0.7)),
    ("add_at_repeated", (0, 2), (_r(5), INDEX, V)),
    ("add_at_repeated", (0, 2), (_r(5), INDEX, _r(1))),
    ("add_at_columns", (0, 1), (_r(3), 0.7, INDEX)),
    ("sorted_again", (0, 1), (_r(4, 2), 0.7, 3)),
    ("list_among_arrays", (0, 1), (_r(4), 0.7)),
    ("bounds_written", (0,), (_r(5), INDEX[1:])),
    ("indices_written", (0,), (_r(5), INDEX[3:0:-1])),
    ("returned_early", (0, 1), (_r(4), 0.7, 0)),
    ("returned_early", (0, 1), (_r(4) * 0.1, 0.7, 3)),
]


@pytest.mark.parametrize(("name", "wrt", "args"), CASES)
def test_index_writes(name: str, wrt: tuple[int, ...], args: tuple[Any, ...]) -> None:
    hold(PROGRAMS, name, wrt, args)
