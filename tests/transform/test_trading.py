"""Adjoints that take each other's place in a turn do so at once, as the author's variables do."""

from __future__ import annotations

from typing import Any

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
_LEAP = """
import numpy as np
def f(u: float[:], n: int) -> float:
    x, v = u, 2.0 * u
    for _ in range(n):
        x, v = x + 0.1 * v, v - 0.1 * np.sin(x)
    return (x * v).sum()
"""
_TESTED = """
def f(c: float, n: int) -> float:
    x = y = c
    for _ in range(n):
        x, y = x * x - y * y + c, 2.0 * x * y
        if x * x + y * y > 4.0:
            break
    return x * y
"""
_ROTATED = """
import math
def f(x: float, y: float) -> float:
    c, s = math.cos(x), math.sin(y)
    x, y = c * x - s * y, s * x + c * y
    x, y = y, x * y
    return x - y * c
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


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (_LEAP, "        x, v = x + 0.1 * v, v - 0.1 * np.sin(x)\n"),
        (_TESTED, "        x, y = x * x - y * y + c, 2.0 * x * y\n"),
    ],
)
def test_the_forward_sweep_has_the_authors_statement(source: str, line: str) -> None:
    (piece,) = differentiate(source, "model.py", [Request("f")])
    assert line in piece.text[piece.text.index("def f_adjoint") :]


def test_the_two_sweeps_as_two_functions() -> None:
    """What comes in one statement in front of the reverse sweep is in the forward one's function."""
    (piece,) = differentiate(_ROTATED, "model.py", [Request("f", (0, 1), "pullback")])
    module: dict[str, Any] = {}
    exec("from __future__ import annotations\nimport math\n" + piece.text, module)
    value, residuals = module["f_forward"](0.3, 0.4)
    assert value == module["f"](0.3, 0.4)
    h = 1e-6
    expected = [
        (module["f"](0.3 + a, 0.4 + b) - module["f"](0.3 - a, 0.4 - b)) / (2 * h) for a, b in ((h, 0.0), (0.0, h))
    ]
    assert module["f_reverse"](residuals, 1.0) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("source", [_FIBONACCI, _PRODUCT, _THREE, _STATEMENTS, _TESTED])
@pytest.mark.parametrize("n", [0, 1, 4])
def test_derivatives(source: str, n: int) -> None:
    hold(source, "f", (0,), (0.7, n))


@pytest.mark.parametrize("source", [_READ_BETWEEN, _ARRAYS, _LEAP])
@pytest.mark.parametrize("n", [0, 1, 3])
def test_derivatives_of_arrays(source: str, n: int) -> None:
    hold(source, "f", (0,), (np.array([0.7, -0.4, 1.2, 0.3]), n))
