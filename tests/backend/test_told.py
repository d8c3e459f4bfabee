"""What stands under a condition is not asked for again there."""

from __future__ import annotations

import math
from typing import Any

import pytest

from sct.pipeline import Request, differentiate

SOURCE = """
def power(x: float, y: float) -> float:
    return x**y


def powers(x: float, y: float) -> float:
    total = 0.0
    for i in range(3):
        total += (x + i) ** y * y
    return total
"""


def _piece(name: str) -> str:
    (piece,) = differentiate(SOURCE, "f.py", [Request(name, (0, 1))])
    return piece.text


def test_in_a_conditional_expression() -> None:
    assert "    y_bar = power_value * math.log(x) * power_bar if x > 0 else 0.0\n" in _piece("power")


def test_in_a_branch() -> None:
    assert "math.log(x_sum)" in _piece("powers")


@pytest.mark.parametrize("name", ["power", "powers"])
@pytest.mark.parametrize("x", [-2.0, 0.0, 1.5])
def test_derivative(name: str, x: float) -> None:
    space: dict[str, Any] = {"math": math}
    exec(_piece(name), space)
    _, (x_bar, y_bar) = space[f"{name}_adjoint"](x, 2.0)
    step = 1e-6
    assert x_bar == pytest.approx((space[name](x + step, 2.0) - space[name](x - step, 2.0)) / (2 * step), abs=1e-6)
    if x > 0:
        assert y_bar == pytest.approx((space[name](x, 2.0 + step) - space[name](x, 2.0 - step)) / (2 * step))
