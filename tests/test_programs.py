"""Programs that mix what the language has, each held to dual numbers or differences in both modes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.programs import hold

PROGRAMS = """
import math
import numpy as np
from math import sin as s, pi

K = 3.5
TWO_PI = 2 * math.pi


def constants(x: float) -> float:
    a = K * x + s(pi * x) + TWO_PI
    b = a
    b += x
    return a * b


def aliases(A: Float[np.ndarray, "n n"], x: Float[np.ndarray, "n"]) -> float:
    B = A
    B[0, 0] = x[0] * A[1, 1]
    y = A @ x
    B[1, :] = y * y
    A[:, 0] += x
    return (A * A).sum() + y[0]


def branches_that_store(u: Float[np.ndarray, "n"], n: int) -> float:
    for i in range(n):
        if u[i] > 0:
            u[i] = u[i] * u[i]
        else:
            u[i] = math.exp(u[i])
            if i > 1:
                u[i] += u[i - 1] * u[0]
    return u.sum() * u[0]


def a_small_adjoint_first(u: Float[np.ndarray, "n m"], v: Float[np.ndarray, "n m"]) -> float:
    d = np.sin(u)
    v += d
    m = np.sum(-d, axis=0)
    return np.sum(m * m) + np.sum(v * v)


def steps(x: float, n: int) -> float:
    t = 0.0
    for i in range(n, 0, -2):
        t = t * x + i * math.sin(t)
        for j in range(0, i, 3):
            t += x * j * t * 0.01
    return t


def endless(x: float) -> float:
    i = 0
    y = 1.0
    while True:
        y = y * x
        i += 1
        if y > 20 or i > 30:
            break
        if i % 2 == 0:
            continue
        y += 0.5
    return y * i


def return_from_inside(x: float, n: int) -> float:
    acc = 0.0
    for i in range(n):
        y = x
        for j in range(i):
            y = y * x + j
            if y > 50:
                return acc + y
            acc += math.log(y + 1)
    return acc


def broadcasting(x: Float[np.ndarray, "m n"], b: Float[np.ndarray, "n"]) -> float:
    c = x * b + b[None, :] / (1 + x[:, :1] ** 2)
    m = c.mean(axis=0)
    v = ((c - m) ** 2).sum(axis=1, keepdims=True)
    return np.max(v) + np.prod(m) + np.sum(np.sqrt(v)) + c.T[1, 0]


def shapes(x: Float[np.ndarray, "m n"]) -> float:
    m, n = x.shape
    y = x.reshape(m * n)
    z = y.reshape((n, m)).T.ravel()
    w = np.stack([z, 2 * z], axis=1)
    out = np.zeros(n)
    for j in range(n):
        out[j] = w[j, 0] * w[j, 1] + x[0, j]
    return out @ out + np.outer(out, z).sum() + np.minimum(z, 0.3).sum() + np.clip(z, -0.5, 0.5).sum()


def unknown_shapes(x: np.ndarray, b: np.ndarray) -> float:
    return np.sum(np.sin(x * b) + b)


def zero_product(x: Float[np.ndarray, "n"]) -> float:
    return np.prod(x)


def buffer_a_turn(x: Float[np.ndarray, "n"], steps: int) -> float:
    t = 0.0
    for k in range(steps):
        buf = np.zeros(3)
        for i in range(3):
            buf[i] = x[i] * (k + 1)
            buf[i] = buf[i] * math.sin(buf[i])
        t += buf[0] * buf[1] + buf[2] * t
    return t


def overlapping(x: float, n: int) -> float:
    a = np.zeros(4)
    a[0] = x
    for i in range(n):
        a[1:] = a[:-1] * a[0] + 0.1
        a[0] = a[3] + x
    return a[0] * a[2]


def many_branches(x: float, y: float) -> float:
    a, (b, c) = x, (y, x * y)
    if a > 0 and b > 0 or c < -1:
        d = a * b
    elif a > -2:
        d = a - b
        c = d * c
    else:
        d = c
    assert d == d, f"bad {d}"
    if d != d:
        raise np.linalg.LinAlgError("nan")
    return d * c


def after_the_loop(x: float, n: int) -> float:
    y = x
    for i in range(n):
        y = x * i
    return y * i + max(x, y) * min(x, 2.0)


def ends(a: float, b: float, n: int) -> float:
    x = np.linspace(a, b, n)
    return np.sum(x**3) + np.full((2, 2), a).sum()


def view_of_a_view(z: Float[np.ndarray, "n"]) -> float:
    for i in range(1):
        z = z * 1.0
    z[1] -= np.max(z[1:][None])
    return np.sum(z)


def window(u: Float[np.ndarray, "n"]) -> float:
    s = 0.0
    for i in range(3):
        w = u[i : i + 2]
        for e in w:
            s += e * e * w[len(w) - 1]
    return s


def bound_to_itself(A: Float[np.ndarray, "n"], n: int) -> float:
    for i in range(2):
        A = A
    for k in range(n):
        A[k] = 0.5 * A[k] * A[k]
    return np.sum(A)


def else_of_a_loop(v: Float[np.ndarray, "n"]) -> float:
    def shrunk():
        v[0] = v[0] * v[1]
        return v[0]

    for k in range(3):
        if k > 1 and shrunk() > 0.9:
            break
    else:
        v[0] *= 2
    return np.sum(v**2)


def masks_of_many_sizes(x: Float[np.ndarray, "n"], radius: Float[np.ndarray, "n"]) -> float:
    total = np.zeros_like(x)
    for i in range(4):
        inside = radius < i
        w = np.sin(x[inside])
        if w.size > 0:
            v = np.full_like(w, x[i] / w.size) * w
        else:
            v = np.zeros_like(w)
        total[inside] += v
    return np.sum(total**2)


def minus_a_bool(u: Float[np.ndarray, "n"], y: float) -> float:
    b = u[0] > 0.5
    return np.sum(u - b * y) + np.sum(-((u > 0.5) * y) * u)
"""


def _r(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=shape)


CASES: list[tuple[str, tuple[int, ...], tuple[Any, ...]]] = [
    ("constants", (0,), (0.3,)),
    ("aliases", (0, 1), (_r(3, 3), _r(3))),
    ("branches_that_store", (0,), (_r(6), 6)),
    ("a_small_adjoint_first", (0, 1), (_r(3, 2), _r(3, 2))),
    ("steps", (0,), (0.4, 7)),
    ("steps", (0,), (0.4, 0)),
    ("endless", (0,), (1.7,)),
    ("return_from_inside", (0,), (1.9, 6)),
    ("return_from_inside", (0,), (0.5, 3)),
    ("broadcasting", (0, 1), (_r(4, 3), _r(3))),
    ("shapes", (0,), (_r(3, 4),)),
    ("unknown_shapes", (0, 1), (_r(4, 3), _r(3))),
    ("unknown_shapes", (0, 1), (_r(4, 1), _r(4, 3))),
    ("zero_product", (0,), (np.array([2.0, 0.0, 3.0]),)),
    ("buffer_a_turn", (0,), (_r(3), 3)),
    ("overlapping", (0,), (0.7, 3)),
    ("many_branches", (0, 1), (-1.5, 2.0)),
    ("many_branches", (0, 1), (1.5, 2.0)),
    ("many_branches", (0, 1), (-3.0, -2.0)),
    ("after_the_loop", (0,), (1.3, 4)),
    ("ends", (0, 1), (0.2, 1.1, 5)),
    ("ends", (0, 1), (0.2, 1.1, 1)),
    ("view_of_a_view", (0,), (np.array([0.7, 1.25, 0.9]),)),
    ("window", (0,), (_r(5),)),
    ("bound_to_itself", (0,), (_r(4), 3)),
    ("else_of_a_loop", (0,), (np.array([0.9, 0.5, 0.4]),)),
    ("masks_of_many_sizes", (0,), (_r(5), np.array([0.5, 2.5, 1.5, 0.2, 5.0]))),
    ("minus_a_bool", (0, 1), (np.array([0.7, 0.2]), 0.5)),
]


@pytest.mark.parametrize(("name", "wrt", "args"), CASES)
def test_program(name: str, wrt: tuple[int, ...], args: tuple[Any, ...]) -> None:
    hold(PROGRAMS, name, wrt, args)
