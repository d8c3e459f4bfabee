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


OTHERS = """
import math
import numpy as np


def pair(x: float, y: float) -> tuple[float, float]:
    return x * y, math.sin(x) + y


def branches(a: float, b: float) -> float:
    u, v = pair(a, b)
    if v > 2.0:
        return -u / (2.0 * a)
    return math.hypot(u, v) / (2.0 * a) + v / (a * math.sqrt(b))


def turned(x: Float[np.ndarray, "2"]) -> float:
    c, d = np.cos(x)
    return c * d + x[0]


def stops(x: float) -> float:
    for k in range(9):
        y = x**3 - 2.0 * x - 5.0
        if abs(y) < 1e-3:
            break
        x = x - y / (3.0 * x**2 - 2.0)
    return x
"""


@pytest.mark.parametrize(
    ("name", "args"),
    [("branches", (0.7, 1.3)), ("branches", (1.2, 1.9)), ("stops", (2.0,)), ("turned", (U[:2],))],
    ids=str,
)
def test_others_hold(name: str, args: tuple[Any, ...]) -> None:
    hold(OTHERS, name, tuple(range(len(args))), args)


def test_others_read_well() -> None:
    (piece,) = differentiate(OTHERS, "f.py", [Request("branches", (0, 1), "both")])
    assert " = 2.0 * a\n" not in piece.text and "u_negative_bar = branches_bar / (2.0 * a)\n" in piece.text
    assert "if u_hypot > 0 else 0.0" in piece.text and "= u_hypot > 0\n" not in piece.text
    (piece,) = differentiate(OTHERS, "f.py", [Request("turned", (0,), "tangent")])
    assert "    c_dot, d_dot = -np.sin(x) * x_dot\n    c, d = np.cos(x)\n" in piece.text, piece.text
    (piece,) = differentiate(OTHERS, "f.py", [Request("stops", (0,), "adjoint")])
    assert "+= -" not in piece.text and "x_bar -= 2.0 * y_bar\n" in piece.text, piece.text


CLIPPED = """
import math


def clipped(s: float, v: float, n: int) -> float:
    for t in range(n):
        p = max(v, 0.0)
        s *= math.exp(math.sqrt(p) * 0.1)
        v += 0.3 - p
    return s
"""


@pytest.mark.parametrize("v", [0.4, -0.7])
def test_what_both_branches_hand_on_is_handed_on_behind_them(v: float) -> None:
    (piece,) = differentiate(CLIPPED, "f.py", [Request("clipped", (0, 1), "adjoint")])
    assert "            v_bar += p_bar\n        s_bar = s_bar_2\n    return" in piece.text, piece.text
    hold(CLIPPED, "clipped", (0, 1), (1.3, v, 3))
