"""Sums that the product rule makes: no brackets, no sign twice, and what is added twice is doubled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
import math
import numpy as np


def products(a: float, b: float, c: float) -> float:
    return a + b * c


def authored(a: float, b: float, c: float) -> float:
    return a + (b + c)


def squares(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"], a: float) -> float:
    return u @ u + a * (v @ v)


def doubled(a: float, b: float) -> float:
    return b + math.exp(-0.5 * a * a)


def solved(A: Float[np.ndarray, "n n"], b: Float[np.ndarray, "n"]) -> float:
    x = np.linalg.solve(A, b)
    return np.sum(x)


def spread(x: Float[np.ndarray, "n"], mu: float, s: float) -> float:
    r = (x - mu) / s
    return np.sum(-0.5 * r**2)


def gaussian(a: float, b: float) -> float:
    return b - math.erfc(-a)
"""
RNG = np.random.default_rng(2)
CASES: dict[str, tuple[tuple[int, ...], tuple[Any, ...], str]] = {
    "products": ((0, 1, 2), (0.3, 1.2, 0.7), "products_dot = a_dot + c * b_dot + b * c_dot"),
    "authored": ((0, 1, 2), (0.3, 1.2, 0.7), "authored_dot = a_dot + (b_dot + c_dot)"),
    "squares": ((0, 1), (RNG.normal(size=3), RNG.normal(size=3), 0.4), "= 2.0 * (u @ u_dot) + 2.0 * a * (v @ v_dot)"),
    "doubled": ((0,), (0.3, 1.2), "doubled_dot = -doubled_exp * a * a_dot"),
    "solved": ((0,), (np.eye(3) + 0.1, RNG.normal(size=3)), "x_dot = np.linalg.solve(A, -(A_dot @ x))"),
    "spread": ((1, 2), (RNG.normal(size=3), 0.3, 0.7), "-r * (-mu_dot"),
    "gaussian": ((0,), (0.3, 1.2), "--"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_tangent(name: str) -> None:
    wrt, args, line = CASES[name]
    (piece,) = differentiate(SOURCE, "f.py", [Request(name, wrt, "tangent")])
    text = piece.text.split("_tangent(")[1]
    assert (line in text) is (name not in ("spread", "gaussian")), text
    hold(SOURCE, name, wrt, args)


def test_two_signs_are_none() -> None:
    (piece,) = differentiate(SOURCE, "f.py", [Request("gaussian", (0,), "adjoint")])
    assert "-(-" not in piece.text.split("# reverse")[1]
