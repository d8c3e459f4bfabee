"""Adjoints that take each other's place in a turn do so at once, as the author's variables do."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

_FIBONACCI = """
def f(x: float, n: int) -> float:
    a, b = 0.0, x
    for _ in range(n):
        a, b = b, a + b * x
    return a
"""
_PRODUCT = """
def f(x: float, n: int) -> float:
    a, b = x, 1.0 - x
    for _ in range(n):
        a, b = b, a * b + 0.5
    return b
"""
_THREE = """
def f(x: float, n: int) -> float:
    p, q, r = 1.0, x, 0.0
    for k in range(n):
        p, q, r = q * r, x - p, p + q
    return p * q + r
"""
_READ_BETWEEN = """
def f(u: float[:], n: int) -> float:
    a, b = u[0], u[1]
    for k in range(n):
        a, b = b * u[k], a * b
        u[k + 1] = a * a
    return b + u[n]
"""
_ARRAYS = """
def f(u: float[:], n: int) -> float:
    a, b = u, 2.0 * u
    for k in range(n):
        a, b = b, a * b
    return (a * b).sum()
"""
_STATEMENTS = """
def f(x: float, n: int) -> float:
    a, b = x, 1.0
    for _ in range(n):
        c = a * b
        a = b + x
        b = c
    return a * b
"""


def _turn(source: str, target: Target = "python") -> str:
    (piece,) = differentiate(source, "model.py", [Request("f", target=target)])
    return piece.text[piece.text.index("def f_adjoint") :].split("# reverse\n")[1]


@pytest.mark.parametrize("target", ["python", "numba"])
@pytest.mark.parametrize(
    ("source", "line"),
    [
        (_FIBONACCI, "a_bar, b_bar = b_bar, a_bar + x * b_bar"),
        (_PRODUCT, "a_bar, b_bar = b * b_bar, a_bar + a * b_bar"),
        (_THREE, "p_bar, r_bar, q_bar = r_bar - q_bar, q * p_bar, r_bar + r * p_bar"),
    ],
)
def test_they_trade_places(source: str, line: str, target: Target) -> None:
    turn = _turn(source, target)
    assert f"        {line}\n" in turn and "_bar_2" not in turn


@pytest.mark.parametrize("source", [_FIBONACCI, _PRODUCT, _THREE, _STATEMENTS])
@pytest.mark.parametrize("n", [0, 1, 4])
def test_derivatives(source: str, n: int) -> None:
    hold(source, "f", (0,), (0.7, n))


@pytest.mark.parametrize("source", [_READ_BETWEEN, _ARRAYS])
@pytest.mark.parametrize("n", [0, 1, 3])
def test_derivatives_of_arrays(source: str, n: int) -> None:
    hold(source, "f", (0,), (np.array([0.7, -0.4, 1.2, 0.3]), n))
