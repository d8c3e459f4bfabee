"""A derivative that has two names has one, unless one of them changes while the other is read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
import math
import numpy as np


def moved(x: float, n: int) -> float:
    total = 0.0
    for k in range(n):
        d = x - 10.0
        total += d * d * x
        x = x * math.sin(x)
        total += d * x
    return total


def shifted(x: float, n: int) -> float:
    for k in range(n):
        d = x - 10.0
        x = x + d * d
    return x


def parts(u: Float[np.ndarray, "n"], c: float) -> Float[np.ndarray, "n"]:
    b = c * u
    b[0] = u[1] * u[2]
    b[1:] = u[:-1] * c
    return b


def whole(u: Float[np.ndarray, "n"], c: float) -> float:
    a = parts(u, c)
    for k in range(2):
        u = u + 0.1 * a * u
        a[:] = parts(u, c)
    return np.sum(a * u)


def two(x: float, y: float) -> float:
    z = x + y
    v = x - 1.0
    x = v * y
    return x * z * v
"""
U = np.random.default_rng(2).uniform(0.5, 1.5, 4)
CASES: dict[str, tuple[tuple[int, ...], tuple[Any, ...]]] = {
    "moved": ((0,), (0.7, 3)),
    "shifted": ((0,), (0.7, 2)),
    "whole": ((0, 1), (U, 0.6)),
    "two": ((0, 1), (0.3, 0.8)),
}


@pytest.mark.parametrize("name", CASES)
def test_it_holds(name: str) -> None:
    hold(SOURCE, name, *CASES[name])


def _text(name: str, mode: Any) -> str:
    (piece,) = differentiate(SOURCE, "f.py", [Request(name, CASES[name][0], mode)])
    return piece.text


def test_a_copy_that_is_read_alone_goes() -> None:
    assert "x_dot = x_dot + 2.0 * d * x_dot\n" in _text("shifted", "tangent")
    assert "get_acc" not in (text := _text("whole", "tangent")) and "parts_value, a_dot = parts_tangent(" in text, text


def test_a_copy_is_kept_where_the_other_name_changes() -> None:
    assert "d_dot = x_dot\n" in _text("moved", "tangent")


def test_a_seed_keeps_its_name() -> None:
    text = _text("whole", "adjoint")
    assert "b_bar = parts_bar" not in text and "parts_bar[0] = 0.0" in text, text
