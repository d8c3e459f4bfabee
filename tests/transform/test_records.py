"""Numbers that take long to compute again are saved with what is saved anyway; three values or more, as one record."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

PROGRAMS = '''
import math
import numpy as np


def orbit(x: float, y: float, n: int) -> float:
    vx, vy = 0.1, 0.9
    for _ in range(n):
        far = math.sqrt(x * x + y * y + 0.5)
        pull = 0.1 / far**3
        vx = vx - x * pull
        vy = vy - y * pull
        x = x + 0.1 * vx * far
        y = y + 0.1 * vy
    return x * y


def renamed(a: float, b: float, n: int) -> float:
    """The name of what is saved first has another value where the others are known."""
    x, y, z = a, b, 1.0
    for _ in range(n):
        x = math.sin(x * y) + z
        y = y * x * z
        z = z / (x * x + y * y + 1.0)
    return x * y * z


def branching(a: float, b: float, n: int) -> float:
    x, y = a, b
    for t in range(n):
        if x * y > 0.4:
            s = math.exp(-x * y * y)
            r = math.sqrt(x * x + s + 1.0)
            x, y = x * r - s, y * s / r
        else:
            x = x + 0.3 * y * y
    return x + y * y


def shooting(v: float, c: float) -> float:
    x, y, vx, vy = 0.0, 3.0, v, 0.0
    while True:
        speed = math.sqrt(vx * vx + vy * vy)
        drag = c * math.exp(-0.1 * y) * speed**1.5
        x += 0.1 * vx
        y += 0.1 * vy
        if y <= 0.0:
            break
        vx -= 0.1 * drag * vx
        vy -= 0.1 * (9.81 + drag * vy)
    return x * y


def nested(a: float, rows: int, n: int) -> float:
    total = 0.0
    for r in range(rows):
        x, y, w = a, 1.0 + r, 0.5
        for _ in range(n):
            e = math.exp(-x * x - w)
            x, y, w = x + 0.1 * y * e, y - 0.1 * x * e * w, w * x
        total = total * x + y
    return total


def gated(h: Float[np.ndarray, "n"], W: Float[np.ndarray, "n n"], u: Float[np.ndarray, "n"], turns: int) -> float:
    for _ in range(turns):
        z = 1.0 / (1.0 + np.exp(-(W @ h)))
        n = np.tanh(W @ (z * h) + u)
        m = n * n + z
        u[0] = u[0] * m[1] * z[0]
        h = (1.0 - z) * n + z * h * m
    return np.sum(h * u)
'''
CASES: list[tuple[str, tuple[int, ...], tuple[Any, ...]]] = [
    ("orbit", (0, 1), (1.0, 0.2, 7)),
    ("orbit", (0, 1), (1.0, 0.2, 0)),
    ("renamed", (0, 1), (0.4, 1.3, 5)),
    ("branching", (0, 1), (0.9, 0.8, 9)),
    ("shooting", (0, 1), (0.75, 0.05)),
    ("nested", (0,), (0.7, 3, 4)),
    ("gated", (0, 1, 2), (np.array([0.2, -0.4]), np.array([[0.1, 0.6], [-0.3, 0.5]]), np.array([0.3, 0.9]), 4)),
]


@pytest.mark.parametrize("target", ["python", "numba"])
@pytest.mark.parametrize(("name", "wrt", "args"), CASES)
def test_the_derivatives(
    monkeypatch: pytest.MonkeyPatch, name: str, wrt: tuple[int, ...], args: tuple[Any, ...], target: Target
) -> None:
    if target == "numba":
        pytest.importorskip("numba")
        monkeypatch.setattr("numba.config.DISABLE_JIT", True)
    hold(PROGRAMS, name, wrt, args, target=target)


def sweeps(name: str, target: Target = "python") -> str:
    (piece,) = differentiate(PROGRAMS, "programs.py", [Request(name, (0, 1), "adjoint", target=target)])
    return piece.text.split("# forward\n")[1].split("\ndef ")[0]


def test_what_takes_long_is_part_of_the_record() -> None:
    text = sweeps("orbit")
    assert text.count(".append(") == text.count(".pop()") == 1
    assert "saved.append((y, x, far, pull, vx))" in text
    reverse = re.sub("#.*", "", text.split("# reverse\n")[1])
    assert "sqrt" not in reverse
    assert "**" not in reverse


def test_arrays_are_part_of_a_record_but_for_a_compiler() -> None:
    assert "saved.append((h, z, n))" in sweeps("gated")
    assert "saved.append((" not in sweeps("gated", "numba")


def test_what_loses_its_name_stays_on_its_own_tape() -> None:
    text = sweeps("renamed")
    assert "x_saved.append(x)" in text
    assert "saved = []" not in text.replace("_saved = []", "")


def test_a_record_is_of_one_place() -> None:
    text = sweeps("branching")
    assert text.count(".append(") == 3
    assert "saved.append((" not in text


def test_a_turn_that_saves_nothing_goes_on_like_that() -> None:
    source = """
import math


def f(x: float, y: "float[:]") -> float:
    total = 0.0
    for i in range(len(y)):
        total += y[i] * math.sqrt(math.exp(-x * y[i]) + 1.0)
    return total
"""
    (piece,) = differentiate(source, "programs.py", [Request("f", (0, 1), "adjoint")])
    assert ".append(" not in piece.text


def test_what_every_turn_computes_alike_is_not_saved() -> None:
    source = """
import math


def f(x: float, k: float, n: int) -> float:
    for _ in range(n):
        x = x * math.sqrt(math.exp(k) + 1.0) - 0.1 * x * x
    return x
"""
    (piece,) = differentiate(source, "programs.py", [Request("f", (0, 1), "adjoint")])
    assert piece.text.count(".append(") == 1
