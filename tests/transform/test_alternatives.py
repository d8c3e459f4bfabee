"""What each of two branches makes for the reverse sweep has one name, whichever of them runs."""

from __future__ import annotations

import re

import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
import math


def two(x: float, y: float) -> float:
    if x > y:
        t = math.exp(x * y)
        z = math.sin(t)
    else:
        t = math.exp(x - y)
        z = math.cos(t)
    return z * x


def nested(x: float, y: float) -> float:
    if x > y:
        if x > 2 * y:
            t = math.exp(x * y)
            z = math.sin(t * t)
        else:
            z = math.tanh(x) ** 3
    elif x > 0.2:
        t = math.exp(x - y)
        z = math.cos(t * x)
    else:
        z = math.exp(x)
    return z * x


def turns(x: float, y: float, n: int = 4) -> float:
    z = y
    for i in range(n):
        if z > x * i:
            t = math.exp(z * y)
            z = math.sin(t) * z
        else:
            t = math.exp(z - y)
            z = math.cos(t) * z * z
    return z * x


def both(x: float, y: float) -> float:
    if x > y:
        t = math.exp(x * y)
        z = math.sin(t)
    else:
        t = math.exp(x - y)
        z = math.cos(t)
    if y > 0.5:
        z = z * math.sin(z * t)
    return z * t
"""


@pytest.mark.parametrize("name", ["two", "nested", "turns", "both"])
@pytest.mark.parametrize("args", [(0.9, 0.7), (0.9, 0.3), (0.4, 0.6), (0.1, 0.2)])
@pytest.mark.parametrize("is_numba", [False, True])
def test_it_is_right(name: str, args: tuple[float, float], is_numba: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if is_numba:
        monkeypatch.setattr("numba.config.DISABLE_JIT", True)
    hold(SOURCE, name, (0, 1), args, target="numba" if is_numba else "python")


@pytest.mark.parametrize("name", ["two", "nested"])
def test_there_is_one_name(name: str) -> None:
    (piece,) = differentiate(SOURCE, "f.py", [Request(name, (0, 1))])
    forward = piece.text.split("# forward\n")[1].split("# reverse\n")[0]
    assert forward.count(" t = ") == 2 and not re.search(r"\bt_(exp|2)\b", forward), forward


def test_a_function_hands_one_of_them_over() -> None:
    (piece,) = differentiate(SOURCE, "f.py", [Request("two", (0, 1), "pullback")])
    (handed,) = re.findall(r"return two_value, \((.*)\)", piece.text)
    assert handed.split(", ").count("t") == 1 and "t_" not in handed, piece.text
