"""Products in lowest terms: what is written, and that it is still the derivative."""

from __future__ import annotations

import math
from typing import Any

import pytest

from sct.pipeline import Request, differentiate
from sct.transform.powers import Monomial
from tests.programs import hold

PROGRAMS = """
import math


def inverse_distance(x: float, y: float) -> float:
    r = math.sqrt(x**2 + y**2)
    return 1.0 / r


def distance(x: float, y: float) -> float:
    return math.sqrt(x * x + y * y)


def root_squared(x: float, y: float) -> float:
    r = math.sqrt(x)
    return r * r * y


def named_constant(x: float, y: float) -> float:
    half = 0.5
    return half * math.sqrt(x + y) * x


def density(x: float, y: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0)) + y


def long_constants(x: float, y: float) -> float:
    return 1.7320508075688772 * (3.0 * x) * x / 2.23606797749979 + 0.123456 * y * y


def cube(x: float, y: float) -> float:
    r = 1.0 / x
    return y / (r * r * r)


def in_a_loop(x: float, y: float) -> float:
    total = 0.0
    for k in range(4):
        r = math.sqrt((x - k) ** 2 + y**2)
        total += 1.0 / (r * r)
        x = x + 0.1 * r
    return total


def in_branches(x: float, y: float) -> float:
    r = math.sqrt(x * x + y * y)
    if x > y:
        e = x / r / r
    else:
        e = y / r
    return e * e / r


def twice(x: float, y: float) -> float:
    for k in range(3):
        y *= math.exp(0.5 * x * x * 0.1)
    return y


def squared_twice(x: float, y: float) -> float:
    s = x + y
    return 1.0 + y * s * s


def quotients(x: float, y: float) -> float:
    s = x - 1.0
    return y / s * s


def whole(n: int, x: float) -> float:
    y = 0.5 * (x / n)
    return y * y / n


def third(x: float, y: float) -> float:
    r = x / 3
    return y / (r * r) / 7 / 11 / 13
"""
CASES = ["inverse_distance", "distance", "root_squared", "named_constant", "cube", "in_a_loop", "in_branches", "third"]
CASES += ["density", "long_constants", "twice", "squared_twice", "quotients"]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("args", [(0.8, 0.3), (1.7, 2.5)])
def test_the_derivative_is_right(name: str, args: tuple[float, float]) -> None:
    hold(PROGRAMS, name, (0, 1), args)


def text_of(name: str, mode: Any = "adjoint", wrt: tuple[int, ...] = (0, 1)) -> list[str]:
    (piece,) = differentiate(PROGRAMS, "monomials.py", [Request(name, wrt, mode)])
    return [line.strip() for line in piece.text.splitlines()]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("inverse_distance", ["g = inverse_distance_bar / r**3", "y_bar = -y * g", "x_bar = -x * g"]),
        ("distance", ["y_bar = y * g", "x_bar = x * g"]),
        ("density", ["x_bar = 0.39894228040143265 * math.exp(-density_ratio * density_ratio) * density_bar"]),
        ("twice", ["x_bar += 0.1 * x * y_exp * y * y_bar"]),
        ("squared_twice", ["s_bar = 2.0 * y_product * squared_twice_bar"]),
        ("named_constant", ["y_bar = 0.5 * half / named_constant_sqrt * x * named_constant_bar"]),
    ],
)
def test_each_base_and_the_constant_stand_once(name: str, lines: list[str]) -> None:
    found = text_of(name)
    assert [line for line in lines if line not in found] == [], "\n".join(found)


def test_a_constant_is_taken_out_of_a_sum() -> None:
    assert "distance_dot = (x * x_dot + y * y_dot) / distance_value" in text_of("distance", "tangent")


def test_what_the_primal_divides_by_is_divided_by() -> None:
    """``d(r * r * y)`` is ``2 * r * (0.5 / r)``: at 0 the root has no derivative, and the text says so."""
    scope: dict[str, Any] = {"math": math}
    (piece,) = differentiate(PROGRAMS, "monomials.py", [Request("root_squared", (0, 1), "adjoint")])
    exec(piece.text, scope)
    with pytest.raises(ZeroDivisionError):
        scope["root_squared_adjoint"](0.0, 1.0)


def test_whole_numbers_are_not_multiplied() -> None:
    """Their product may be too large for Numba's 64 bits, where a quotient by each is not."""
    hold(PROGRAMS, "whole", (1,), (3, 1.3))
    found = text_of("whole", wrt=(1,))
    assert not any("n * n" in line or "n**2" in line for line in found), "\n".join(found)


@pytest.mark.parametrize(
    ("number", "exponent"), [(1e200, 1), (1e200, 2), (1e-200, 1), (1e-200, 3), (0.123456, 1), (0.0, 1)]
)
def test_a_constant_that_is_no_short_number_stays_where_it_is(number: float, exponent: int) -> None:
    assert Monomial(number).times(Monomial(number), exponent) is None
