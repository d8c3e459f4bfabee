"""What takes long is handed from a callee's forward sweep to its reverse sweep."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

SOURCE = """
import math


def volatility(x: float, k: float) -> float:
    if x < k:
        return x * x
    angle = math.log(x / k)
    c = math.cos(angle)
    s = math.sin(angle)
    return c * math.sqrt(1.0 + x * x) + s * k


def total(x: float, k: float, n: int) -> float:
    y = 0.0
    for i in range(n):
        y += volatility(x + y, k) * volatility(k, x)
    return y


def line(x: float, k: float) -> float:
    if x < k:
        return x + 1.0
    return k * (x - 1.0) * x


def lines(x: float, k: float, n: int) -> float:
    y = 0.0
    for i in range(n):
        y += line(x + y, k) * line(k, x)
    return y
"""


def _functions(name: str, target: Target = "python") -> dict[str, str]:
    (piece,) = differentiate(SOURCE, "f.py", [Request(name, (0, 1), target=target)])
    return {part.split("(")[0]: part for part in piece.text.split("\ndef ")[1:]}


@pytest.mark.parametrize("target", ["python", "numba"])
def test_functions_are_not_computed_again(target: Target) -> None:
    reverse = re.sub("#.*", "", _functions("total", target)["volatility_reverse"])
    assert not any(f"math.{name}(" in reverse for name in ("log", "sin", "cos", "sqrt"))


def test_what_another_path_makes_is_blank_in_one_line() -> None:
    forward = _functions("total")["volatility_forward"]
    assert [line.strip() for line in forward.splitlines() if " = 0.0" in line] == ["c = s = volatility_sqrt = 0.0"]


def test_a_few_sums_and_products_are_computed_again() -> None:
    assert "return line_value, (x, k)" in _functions("lines")["line_forward"]


@pytest.mark.parametrize("name", ["total", "lines"])
@pytest.mark.parametrize("args", [(1.3, 0.7, 3), (0.4, 0.7, 2)])
def test_derivative(name: str, args: tuple[Any, ...]) -> None:
    hold(SOURCE, name, (0, 1), args)
