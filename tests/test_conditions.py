"""A loop's condition may write, through what it calls; each turn sees what it wrote, as do both modes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.programs import hold

SOURCE = """
import numpy as np


def squared(a):
    a[0] = a[0] * a[0]
    return 1.0


def first_squared(a):
    a[0] = a[0] * a[0] * 0.9
    return a[0]


def in_a_call(v: Float[np.ndarray, "n"]) -> float:
    k = 0
    while k < squared(v) + 1:
        k += 1
    return v[0]


def in_a_part(v: Float[np.ndarray, "n"]) -> float:
    k, s = 0, 0.0
    while k < 3 and not first_squared(v) < 0.1:
        k += 1
        s += v[0] * v[1]
    return s + v[0]


def of_a_list(u: Float[np.ndarray, "n"]) -> float:
    values = [0.1, u[0], 0.9]
    k = 0
    s = 0.0
    while k < 4 and values.pop() > 0.3:
        s += values[-1] * u[1]
        k += 1
    return s + len(values)


def left_and_else(v: Float[np.ndarray, "n"]) -> float:
    k = 0
    while first_squared(v) > 0.05:
        k += 1
        if k > 5:
            break
    else:
        v[1] *= v[0]
    return v[0] + v[1]


def of_a_captured_one(v: Float[np.ndarray, "n"]) -> float:
    def shrunk() -> float:
        v[0] *= v[1]
        return v[0]

    s = 0.0
    while shrunk() > 0.2:
        s += v[0]
    return s * v[0]
"""
V = np.array([0.9, 0.7])
CASES: list[tuple[str, Any]] = [
    ("in_a_call", V),
    ("in_a_part", V),
    ("of_a_list", V),
    ("left_and_else", V),
    ("of_a_captured_one", V),
]


@pytest.mark.parametrize(("name", "v"), CASES)
def test_a_condition_that_writes(name: str, v: np.ndarray) -> None:
    hold(SOURCE, name, (0,), (v,))
