"""Tangents of structures: a part that carries no derivative is None, one that is a float elsewhere is zero."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
import numpy as np


def filled(w: "float[:]") -> float:
    d = {}
    d["a"] = w[0]
    return d["a"] ** 2


def counted(w: "float[:]") -> float:
    d = {"k": 0, "v": 0}
    for i in range(3):
        d["k"] = i
        d["v"] = d["v"] + w[i] * d["k"]
    return d["v"] ** 2


def stacked(w: "float[:]") -> float:
    st = [(w[0], 2)]
    s = 0.0
    while st:
        v, d = st.pop()
        if d == 0:
            s += v * v
            continue
        st.append((v * w[1], d - 1))
    return s


def grown(w: "float[:]") -> float:
    xs = [1]
    xs.append(w[0])
    return xs[0] * xs[1] ** 2


def parted(w: "float[:]", n: int) -> float:
    if n > 2:
        p = (w[0], 1, (2, 3))
    elif n > 1:
        p = (1, w[1], (4, 5))
    else:
        p = (1, 2, (w[0], 7))
    q = p
    for i in range(n):
        q = (q[1], q[0], (q[2][1], q[2][0]))
    return (q[0] + 2 * q[1]) * q[2][0] + q[2][1]
"""
W = np.array([1.3, -0.7, 0.4])
CASES: list[tuple[str, tuple[Any, ...]]] = [
    ("filled", (W,)),
    ("counted", (W,)),
    ("stacked", (W,)),
    ("grown", (W,)),
    *[("parted", (W, n)) for n in range(4)],
]


@pytest.mark.parametrize(("name", "args"), CASES)
def test_it_is_right(name: str, args: tuple[Any, ...]) -> None:
    hold(SOURCE, name, (0,), args)


def test_a_part_without_a_derivative_is_none() -> None:
    (piece,) = differentiate(SOURCE, "model.py", [Request("counted", (0,), "tangent")])
    assert 'd_dot = {"k": None, "v": 0.0}' in piece.text
    assert 'd_dot["k"] =' not in piece.text
    (piece,) = differentiate(SOURCE, "model.py", [Request("stacked", (0,), "tangent")])
    assert "st_dot = [(w_dot[0], None)]" in piece.text


EARLY = """
import numpy as np


def sweep(u: "float[:]", k: float, turns: int):
    res = 0.0
    for t in range(turns):
        u[0] = u[0] * k
        res = np.sin(u[0])
        if res < 0.4:
            return res, t
        u[1] *= res
    return res, turns


def f(u: "float[:]", k: float, turns: int) -> float:
    r, t = sweep(u, k, turns)
    return r * u[1] + t * k
"""


@pytest.mark.parametrize("turns", [0, 2, 5])
def test_what_is_not_bound_yet_has_no_tangent(turns: int) -> None:
    """A structure that a loop returns early is not begun as a number: it is differentiated again."""
    args = (np.array([0.9, 0.7]), 0.8, turns)
    hold(EARLY, "f", (0, 1), args)
    (piece,) = differentiate(EARLY, "model.py", [Request("f", (0, 1), "tangent")])
    assert "sweep_dot = (res_dot, None)" in piece.text and "sweep_dot = 0.0" not in piece.text
    head = "import numpy as np\n\n\n"
    slope = '\n\ndef g(u: "float[:]", k: float, turns: int) -> float:\n'
    slope += "    return f_tangent(u, k, turns, np.ones(2), 0.5)[1]\n"
    hold(head + piece.text + slope, "g", (0, 1), args)
