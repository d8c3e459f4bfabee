"""Writes through views of another shape: followed where the array is known to be C-contiguous, refused elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.programs import hold, hold_directions
from tests.refused import refused

PROGRAMS = """
import numpy as np


def flat(u: Float[np.ndarray, "n"], x: float) -> float:
    a = np.zeros((2, 3))
    v = a.reshape(-1)
    for i in range(6):
        v[i] = u[i % len(u)] * x * i
    a[1] *= v[1]
    v[2:] = v[:4] * a[0, 1]
    return np.sum(a**2) + np.sum(v[::2] * a[0, 2])


def unnamed(u: Float[np.ndarray, "n"], x: float) -> float:
    a = np.ones((2, 3))
    for k in range(4):
        a.ravel()[k] = a[0, 1] * x + u[0]
        a.reshape(3, 2)[k % 3] += u[:2] * a[1, k % 3]
        np.ravel(a)[5] = x * a[0, 0]
    return np.sum(np.sin(a) * a)


def rows(u: Float[np.ndarray, "n"], x: float) -> float:
    a = np.sin(u)
    m = a.reshape(2, -1)
    for row in m:
        row[0] = row[1] * x
        row *= a[0]
    m[0] = m[1] * m[0]
    return np.sum(m * x) + a[3]


def of_a_row(A: Float[np.ndarray, "m n"], x: float) -> float:
    B = A.copy()
    for i in range(len(B)):
        w = B[i].reshape(2, 2)
        w[0, 1] = w[1, 0] * x
        w[1] += B[i, :2] * x
    return np.sum(B * A)


def transposed_adjoint(A: Float[np.ndarray, "m n"], x: float) -> float:
    B = np.zeros((4, 3))
    B.reshape(-1)[5] = x
    v = B.ravel()
    v[2:7] = x * v[5] + A[0, 0]
    C = np.exp(B).T @ A
    w = np.exp(B) * x
    w += A
    w.reshape(6, 2)[1, 1] = np.sum(C) * B[0, 2]
    return np.sum(w.T * w.T) + np.sum(B.T @ B)


def parameter(u: Float[np.ndarray, "n"], x: float) -> float:
    m = u.reshape(2, 2)
    m[1, 0] = x * m[0, 1]
    m[0] = m[1] * u[3]
    return np.sum(u * u)


def fill(v, x):
    v[0] = x * v[1]
    v[1:] *= v[0]
    return x * v[2]


def in_a_callee(u: Float[np.ndarray, "n"], x: float) -> float:
    a = np.ones((2, 2))
    a[0, 1] = u[0]
    y = fill(a.reshape(-1), x)
    fill(a.ravel()[1:], y)
    return np.sum(a**2) * y


def masks(u: Float[np.ndarray, "n"], x: float) -> float:
    a = np.zeros((2, 2))
    a[:] = u[:2]
    v = a.reshape(4)
    v[u > 0] = x
    v[np.array([1, 1, 2])] = u[1:4] * x
    v += a[1, 1]
    np.add.at(v, np.array([0, 0]), x)
    return np.sum(a * a) * v[3]


def of_any_layout(A: Float[np.ndarray, "m n"], x: float) -> float:
    z = np.tanh(A).ravel()
    z -= z.max() * x
    z[z < -1.0] = x
    return np.sum(z * z) * z[0]


def parameter_of_any_layout(A: Float[np.ndarray, "m n"], x: float) -> float:
    z = A.reshape(-1)
    z[1:] += z[:-1] * x
    return np.sum(z * z)


def in_turns(A: Float[np.ndarray, "m n"], x: float) -> float:
    s = 0.0
    for k in range(3):
        w = (A * k + doubled(A, x)).reshape(-1)
        w *= x
        w[0] = w[1] * s
        s += w[0] + w[-1]
    return s


def doubled(A, x):
    w = (A + A.T).ravel()
    w[1:] *= x
    return w[2]
"""


def _r(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=shape)


A = _r(4, 3).T
CASES: list[tuple[str, Any]] = [
    ("flat", _r(4)),
    ("unnamed", _r(4)),
    ("rows", _r(4)),
    ("rows", _r(8)[::-2]),
    ("of_a_row", _r(3, 4)),
    ("of_a_row", _r(4, 3).T),
    ("transposed_adjoint", _r(4, 3)),
    ("transposed_adjoint", _r(3, 4).T),
    ("parameter", _r(4)),
    ("parameter", _r(8)[::2]),
    ("in_a_callee", _r(4)),
    ("masks", _r(4)),
    ("of_any_layout", _r(3, 3)),
    ("of_any_layout", _r(3, 3).T),
    ("parameter_of_any_layout", _r(3, 3)),
    ("parameter_of_any_layout", _r(3, 3).T),
    ("in_turns", _r(3, 3)),
    ("in_turns", _r(3, 6)[:, ::2]),
]


@pytest.mark.parametrize(("name", "array"), CASES)
def test_reshaped(name: str, array: Any) -> None:
    hold(PROGRAMS, name, (0, 1), (array, 0.7))


@pytest.mark.parametrize(("name", "array"), CASES)
def test_reshaped_along_several_directions(name: str, array: Any) -> None:
    hold_directions(PROGRAMS, name, (0, 1), (array, 0.7))


HEAD = "import numpy as np\n\n"
REFUSED = [
    ("A: float[:, :]", "    v = A.reshape(-1)\n    ‹v[1]› = 2.0\n    return np.sum(A)"),
    ("A: float[:, :]", "    ‹A.ravel()[1]› = 2.0\n    return np.sum(A)"),
    ("A: float[:, :]", "    B = A.copy().T\n    ‹B.ravel()[1]› = 2.0\n    return np.sum(B)"),
    ("A: float[:, :]", "    B = A * 2.0\n    ‹B.ravel()[1]› = 2.0\n    return np.sum(B)"),
    ("A: float[:, :]", "    B = A.copy()\n    ‹B[:, 1:].reshape(-1)[1]› = 2.0\n    return np.sum(B)"),
    ("A: float[:, :]", "    for k in range(2):\n        v = A.reshape(-1)\n        ‹v[1]› *= 2.0\n    return v[0]"),
    ("A: float[:]", "    v = A.ravel()\n    ‹v[1]› = 2.0\n    return np.sum(A)"),
    (
        "A: float[:, :]",
        "    B = A.copy() if A[0, 0] > 0 else A\n    v = B.reshape(-1)\n    ‹B[0, 1]› = 2.0\n    return np.sum(v)",
    ),
]


@pytest.mark.parametrize(("params", "body"), REFUSED)
def test_where_the_layout_is_not_known(params: str, body: str) -> None:
    first = refused(HEAD + f"def f({params}):\n{body}")
    assert "view" in first.reason and "not transposed" in first.help
