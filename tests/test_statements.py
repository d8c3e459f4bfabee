"""The small forms of statements and expressions: against differences, in both modes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.programs import hold

PROGRAMS = """
import math
import numpy as np


def walrus_in_a_condition(x: float, y: float) -> float:
    if (z := x * y) > 0.5 and (w := math.sin(z)) > 0.1:
        return w * z
    elif (w := z * z) > 0.01 or (v := x) < 0.0:
        return w + z
    return (v := v * 2.0) * v + z


def walrus_in_a_test(x: float, n: int) -> float:
    k, total = 0, 0.0
    while (y := x * math.sin(k + x)) > -0.9 and (k := k + 1) < n:
        if y < 0:
            continue
        total += y * y
    return total * y + k


def walrus_in_arguments(x: float, y: float) -> float:
    a = math.hypot(b := x * y, b + x) + (c := math.cos(b)) * c
    u = np.zeros(3)
    u[i := 1] = (d := a * b)
    u[0] += (d := d * c) * u[i]
    return u.sum() * d + (e := x if (g := y) > 0 else (e := g * 2.0))


def deleted(x: float, n: int) -> float:
    total = 0.0
    for i in range(n):
        a, b = x * i, x + i
        total += a * b
        del a, b
    a = total * x
    y = a
    del (a)
    return y * total


def else_of_a_loop(x: float, n: int) -> float:
    y = x
    for i in range(n):
        y = y * x + i
        if y > 10.0:
            y = math.log(y)
            break
    else:
        y = y * x
    return y * x


def else_that_returns(x: float, n: int) -> float:
    y = x
    k = 0
    while k < n:
        k += 1
        y = y * x + k
        if y > 50.0:
            return y * x
        if y > 10.0:
            break
    else:
        return y * y
    return math.log(y) * x


def else_that_continues(x: float, n: int) -> float:
    total = 0.0
    for i in range(n):
        for j in range(3):
            if x * i + j > 3.5:
                break
            total += x * j
        else:
            if i % 2 == 0:
                continue
            total *= x
        if total > 100.0:
            break
        total += x
    else:
        total = total * total
    return total


def else_without_break(x: float, n: int) -> float:
    y = x
    for i in range(n):
        y = y * x
        if y < -1.0:
            return y
    else:
        y = math.sin(y)
    while y > 0.1:
        y = y * 0.5
    else:
        y = y * x
    return y
"""


def _r(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=shape)


CASES: list[tuple[str, tuple[int, ...], tuple[Any, ...]]] = [
    ("walrus_in_a_condition", (0, 1), (0.9, 0.8)),
    ("walrus_in_a_condition", (0, 1), (0.5, 0.8)),
    ("walrus_in_a_condition", (0, 1), (-0.1, 0.02)),
    ("walrus_in_a_test", (0,), (0.9, 6)),
    ("walrus_in_a_test", (0,), (1.3, 6)),
    ("walrus_in_a_test", (0,), (1.3, 1)),
    ("walrus_in_arguments", (0, 1), (0.9, 0.8)),
    ("walrus_in_arguments", (0, 1), (0.9, -0.8)),
    ("deleted", (0,), (0.9, 4)),
    ("else_of_a_loop", (0,), (0.9, 3)),
    ("else_of_a_loop", (0,), (0.9, 9)),
    ("else_of_a_loop", (0,), (0.9, 0)),
    ("else_that_returns", (0,), (0.9, 3)),
    ("else_that_returns", (0,), (0.9, 9)),
    ("else_that_returns", (0,), (60.0, 9)),
    ("else_that_continues", (0,), (0.9, 3)),
    ("else_that_continues", (0,), (0.9, 7)),
    ("else_that_continues", (0,), (9.0, 7)),
    ("else_without_break", (0,), (0.9, 7)),
    ("else_without_break", (0,), (-1.2, 7)),
]


@pytest.mark.parametrize(("name", "wrt", "args"), CASES)
def test_statements(name: str, wrt: tuple[int, ...], args: tuple[Any, ...]) -> None:
    hold(PROGRAMS, name, wrt, args)
