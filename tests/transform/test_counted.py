"""A loop is replayed as often as its list has entries, or by a counter where no list tells."""

from __future__ import annotations

import numpy as np
import pytest

import sct
from sct.pipeline import Request, differentiate
from tests.programs import hold

_WHILE = """
def f(x: float, n: int) -> float:
    y = x
    while y < 3.0:
        y = y * y + x
    return y * n
"""
_BREAK = """
def f(x: float, n: int) -> float:
    y = x
    for i in range(n):
        y = y * y + x * i
        if y > 2.0:
            break
    else:
        y = y * x
    return y
"""
_NESTED = """
def f(x: float, n: int) -> float:
    y = x
    for i in range(n):
        while y < i:
            y = y * y + x
        y = y * 0.7
    return y
"""
_COMPLETED = """
def f(x: float, n: int) -> float:
    y = x
    while True:
        z = y * y
        if z > n + 4.0:
            break
        y = 0.5 * z + x + y
    return y * z
"""
_NOTHING_SAVED = """
def f(x: float, n: int) -> float:
    y = x
    while n > 1:
        y = 0.5 * y + x
        n //= 2
    return y
"""


def _adjoint(source: str) -> str:
    (piece,) = differentiate(source, "model.py", [Request("f")])
    return piece.text[piece.text.index("def f_adjoint") :]


@pytest.mark.parametrize(
    ("source", "head"),
    [
        (_WHILE, "for _ in range(len(y_saved)):"),
        (_BREAK, "for i in range(len(y_saved) - 1, -1, -1):"),
        (_COMPLETED, "for _ in range(len(y_saved)):"),
    ],
)
def test_a_list_with_an_entry_a_turn_tells_how_many_there_were(source: str, head: str) -> None:
    text = _adjoint(source)
    assert head in text and "turns" not in text


@pytest.mark.parametrize("source", [_NESTED, _NOTHING_SAVED])
def test_otherwise_there_is_a_counter(source: str) -> None:
    assert "turns += 1" in _adjoint(source)


@pytest.mark.parametrize("source", [_WHILE, _BREAK, _NESTED, _COMPLETED, _NOTHING_SAVED])
@pytest.mark.parametrize(("x", "n"), [(0.9, 4), (1.3, 3), (5.0, 0)])
def test_derivatives(source: str, x: float, n: int) -> None:
    hold(source, "f", (0,), (x, n))


def _until(x, limit):
    y = x
    while np.sum(y) < limit:
        y = y * np.exp(0.1 * y)
    return np.sum(y * x)


def test_a_pullback_runs_twice_and_is_differentiated_again() -> None:
    x = np.array([0.3, 0.7])
    value, pullback = sct.vjp(_until, x, 2.0)
    first, again = pullback(1.0), pullback(1.0)
    np.testing.assert_array_equal(first[0], again[0])
    assert value == _until(x, 2.0)
    gradient, step = sct.grad(_until), 1e-5
    expected = [(gradient(x + step * d, 2.0) - gradient(x - step * d, 2.0)) / (2 * step) for d in np.eye(2)]
    np.testing.assert_allclose(sct.hessian(_until)(x, 2.0), expected, rtol=1e-6)
