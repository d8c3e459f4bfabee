"""What begins with another value's name does so where the author says it: ``x, p = x0, 1.0`` stays as written."""

from __future__ import annotations

from typing import Any

import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
import math


def at_once(x0: float, a: float, n: int) -> float:
    x, p = x0, 1.0  # the start
    k = 2.0 * a
    for i in range(n):
        x = x + k * math.sin(x) * p
        p = p * x
    return x * p


def last(x0: float, a: float, n: int) -> float:
    p, x = 1.0, x0
    while p < n:
        p = p + 1.0
        x = x * math.cos(a * x)
    return x * p


def within(x0: float, a: float, n: int) -> float:
    total = 0.0
    for i in range(n):
        # from where it began
        s = x0
        mean = 0.0
        for j in range(i + 1):
            s = s * math.exp(a * s)
            mean += s
        total += mean * mean
    return total


def chosen(x0: float, a: float, n: int) -> float:
    best = x0
    size = a * x0
    if size > 0.6:
        best = math.sin(size)
    elif size > 0.2:
        best = size * size
    return best * size


def again(x0: float, a: float, n: int) -> float:
    x = x0
    x0 = x0 * a
    for i in range(n):
        x = x * math.sin(x0 + x)
    y = x
    k = a * a
    for i in range(n):
        y = y * math.sin(k * y)
    return y * x


def first(c: float) -> float:
    s = c
    t = 2.0 * c
    for i in range(2):
        s = s * math.sin(t * s)
    return s


def called(x0: float, a: float, n: int) -> float:
    s = x0
    k = first(a)
    for i in range(n):
        s = s * math.sin(s + k)
    return s * k
"""
NAMES = ["at_once", "last", "within", "chosen", "again", "called"]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("at_once", "    x, p = x0, 1.0  # the start\n    k = 2.0 * a\n"),
        ("last", "    p, x = 1.0, x0\n"),
        ("within", "        # from where it began\n        s = x0\n        mean = 0.0\n"),
        ("chosen", "    best = x0\n    size = a * x0\n    if size > 0.6:\n"),
        ("again", "    x = x0\n    x0_product = x0 * a\n"),
        ("again", "    y = x\n    k = a * a\n"),
        ("called", "    s = x0\n"),
    ],
)
@pytest.mark.parametrize("mode", ["adjoint", "pullback"])
def test_where_it_begins(name: str, lines: str, mode: Any) -> None:
    (piece,) = differentiate(SOURCE, "f.py", [Request(name, (0, 1), mode)])
    _, generated = piece.text.split(f"def {name}_{'adjoint' if mode == 'adjoint' else 'forward'}")
    assert lines in generated


def test_a_tangent_begins_so() -> None:
    (piece,) = differentiate(SOURCE, "f.py", [Request("at_once", (0, 1), "tangent")])
    assert "    x, p = x0, 1.0  # the start\n" in piece.text.split("def at_once_tangent")[1]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("a", [0.4, 1.1])
def test_it_is_right(name: str, a: float) -> None:
    hold(SOURCE, name, (0, 1), (0.7, a, 3))
