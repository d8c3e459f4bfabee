"""Python's functions of all elements of an array, blocks, and what is asked of numbers as conditions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
import numpy as np


def largest(x: Float[np.ndarray, "n"]) -> float:
    return max(x**2) * min(abs(x)) + sum(x * x)


def gated(x: Float[np.ndarray, "n"]) -> float:
    s = 0.0
    if any(x > 1.0) and not all(x > 0.0):
        s = x[0] ** 3
    if bool(x[0] > 0.1) and np.isclose(x[0], 0.4, rtol=0.0, atol=0.3) and np.array_equal(x, x.copy()):
        s += x[1] * x[2]
    return s


def real(A: Float[np.ndarray, "n n"]) -> float:
    B = A.conj().T if np.iscomplexobj(A) else A.T
    if np.isrealobj(A):
        B = np.real(B)
    return np.sum(B @ A.conjugate() * A.real)


def blocks(A: Float[np.ndarray, "n n"], v: Float[np.ndarray, "n"], x: float) -> float:
    M = np.block([[A @ A, v[:, None]], [v, x]])
    return np.sum(M @ M)


def beside(A: Float[np.ndarray, "n n"]) -> float:
    return np.sum(np.block([[A, A @ A]]) ** 2)
"""
X = np.array([0.4, -1.2, 1.7])
A = np.array([[0.3, -0.7], [1.1, 0.9]])


@pytest.mark.parametrize(
    ("name", "wrt", "args"),
    [
        ("largest", (0,), (X,)),
        ("gated", (0,), (X,)),
        ("gated", (0,), (-X,)),
        ("real", (0,), (A,)),
        ("blocks", (0, 1, 2), (A, np.array([0.2, -0.4]), 0.6)),
        ("beside", (0,), (A,)),
    ],
)
def test_derivatives(name: str, wrt: tuple[int, ...], args: tuple[Any, ...], target: Any) -> None:
    hold(SOURCE, name, wrt, args, target=target)


def test_the_text_is_numpys() -> None:
    (piece,) = differentiate(SOURCE, "m.py", [Request("largest")])
    assert "np.max(x_power)" in piece.text
    assert "np.min(x_abs)" in piece.text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('def f(A: Float[np.ndarray, "n n"]):\n    return max(A)', "it is not known how many items this has"),
        ("def f(x: float):\n    return x if any((x > 0.0, x < 1.0)) else 0.0", "the function `any` of this is not"),
        ('def f(A: Float[np.ndarray, "n n"]):\n    return np.block([A, A]).sum()', "`block` needs its rows of blocks"),
    ],
)
def test_what_is_no_vector_is_refused(text: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        differentiate(f"import numpy as np\n\n\n{text}\n", "m.py", [Request("f")])
