"""What only one path of a callee saves: None on the other in Python, an empty tape where Numba compiles it."""

from __future__ import annotations

from typing import Any

import numpy as np

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

SOURCE = """
import numpy as np


def inner(U: "float[:]", k: int) -> float:
    s = 0.0
    for i in range(k):
        s = s + np.sin(s + U[0]) * U[1]
    return s * U[2]


def flux(a: "float[:]", b: "float[:]", k: int) -> float:
    if a[0] > b[0]:
        return inner(a, k)
    elif a[1] > b[1]:
        x = inner(b, k)
        return x * x + inner(a, k)
    z = np.sin(a) * b
    z = np.cos(z)
    return z[0] * z[1] * 2.0


def total(U: "float[:, :]", k: int) -> float:
    F = np.zeros(3)
    for i in range(3):
        F[i] = flux(U[:, i], U[:, i + 1], k)
    return np.sum(F**2)
"""
U = np.array([[1.4, 1.2, 1.3, 1.5], [0.6, 0.9, 0.7, 0.8], [1.1, 0.5, 0.3, 0.2]])  # takes each of the paths


def test_each_path_is_right(target: Target) -> None:
    hold(SOURCE, "total", (0,), (U, 2), target=target)


def _text(target: Target) -> Any:
    (piece,) = differentiate(SOURCE, "model.py", [Request("total", (0,), target=target)])
    return piece.text


def test_a_tape_has_one_type_on_both_paths() -> None:
    text = _text("numba")
    assert "= None" not in text
    assert "inner_residuals_saved = []" in text
    assert "a_sin_saved.append(a_sin)" in text
    assert "a_sin = a_sin_saved.pop()" in text


def test_in_python_it_is_none() -> None:
    assert "a_sin = None" in _text("python")
