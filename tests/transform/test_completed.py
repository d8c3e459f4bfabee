"""A loop that a `break` ends is run backwards over the turns that were completed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

PROGRAMS = '''
import math
import numpy as np


def newton(a: float, most: int) -> float:
    x = a
    for _ in range(most):
        f = x * x - a
        if abs(f) < 1e-9:
            break
        x = x - f / (2.0 * x)
    return x * a


def shot(v: float, c: float) -> float:
    x, y = 0.0, 8.0
    vx, vy = v, 0.0
    while True:
        ax = -c * vx * vx
        x += 0.1 * vx
        y += 0.1 * vy
        if y <= 0.0:
            break
        vx += 0.1 * ax
        vy -= 0.1 * 9.81
    x -= y / vy * vx
    return x * x


def drifting(v: float, c: float, most: int) -> float:
    """What a turn began with has lost its name where the turn goes on."""
    x, y = v, c
    for t in range(most):
        s = math.sin(y)
        x = 0.3 * s * x * y + t
        if y > 3.0:
            break
        y = y + math.cos(x) + v * s
        x = 0.5
    return y * v


def returning(a: float, b: float) -> float:
    x = a
    while True:
        y = b * x
        if y > 20.0:
            return y * x + b
        x = x + math.exp(-x) + y


def returning_or_not(a: float, b: float, most: int) -> float:
    x = a
    for _ in range(most):
        y = b * x
        if y > 20.0:
            return y * x + b
        x = x + math.exp(-x) + y
    return x * x


def last_words(a: float, b: float, most: int) -> float:
    """The turn that ends the loop computes something of its own."""
    x = a
    for _ in range(most):
        if x > 4.0:
            x = x * math.sin(b)
            break
        x = x * x * b + 1.0
    return x + b


def two_ways(a: float, b: float, most: int) -> float:
    x = a
    for _ in range(most):
        if x > 50.0:
            break
        x = x * b
        if x > 20.0:
            break
        x = x + math.sin(x)
    return x


def within(a: float, b: float, rows: int) -> float:
    total = 0.0
    for r in range(rows):
        x = a + r
        for _ in range(20):
            f = x**3 - b * (r + 1)
            if abs(f) < 1e-9:
                break
            x = x - f / (3.0 * x * x)
        total = total * 0.5 + x * a
    return total


def relaxed(u: Float[np.ndarray, "n"], k: float, most: int) -> float:
    for _ in range(most):
        r = u - np.tanh(k * u) - 0.1
        if np.max(np.abs(r)) < 0.05:
            break
        u = u - 0.5 * r * u
    return np.sum(u * u)


def reading(u: Float[np.ndarray, "n"], k: float, most: int) -> float:
    """The turn that ends the loop has read an element, and nothing else has added to that array's adjoint yet."""
    y = k
    while True:
        y = 0.5 * (y + u[1] + 1.0)
        if y > 0.9:
            break
        y = y + math.sin(u[0])
    return y * y


def written(u: Float[np.ndarray, "n"], k: float, most: int) -> float:
    """The turn that ends the loop writes as well: what it wrote over has to come back."""
    u = u.copy()
    for t in range(most):
        u[t % 3] = np.sin(k * u[t % 3]) + u[0]
        if u[t % 3] > 1.2:
            break
        u[0] = u[0] * u[1] + k
    return np.sum(u * u)


def inner_sum(u: Float[np.ndarray, "n"], k: float, most: int) -> float:
    x = k
    for _ in range(most):
        f = 0.0
        for i in range(len(u)):
            f = f + u[i] * np.sin(x) - x
        if abs(f) < 1e-9:
            break
        x = x + 0.1 * f
    return x * x


def branching(a: float, b: float, most: int) -> float:
    x = a
    for _ in range(most):
        if x > b:
            y = math.sin(x)
        else:
            y = x * b
        if y > 0.99:
            break
        x = x + 0.3 * y
    return x * y


def until(a: float, b: float) -> float:
    x = a
    while x < 30.0:
        y = x * b
        if y > 10.0:
            break
        x = x + y * y
    else:
        x = x * 2.0
    return x * b
'''
U = np.array([0.7, 1.1, 0.4])
CASES: list[tuple[str, tuple[int, ...], tuple[Any, ...]]] = [
    *(("newton", (0,), (2.0, most)) for most in (0, 1, 3, 50)),
    ("shot", (0, 1), (3.0, 0.1)),
    *(("drifting", (0, 1), (0.6, 0.9, most)) for most in (0, 1, 2, 5, 40)),
    *(("returning", (0, 1), (a, 0.7)) for a in (0.5, 40.0)),
    *(("returning_or_not", (0, 1), (0.5, 0.7, most)) for most in (0, 2, 50)),
    *(("last_words", (0, 1), (a, 0.7, most)) for a, most in ((1.2, 1), (1.2, 50), (5.0, 3))),
    *(("two_ways", (0, 1), (a, b, 30)) for a, b in ((2.0, 1.5), (60.0, 1.5), (17.0, 1.1), (16.0, 1.2))),
    ("within", (0, 1), (1.5, 2.0, 4)),
    *(("relaxed", (0, 1), (U, 0.8, most)) for most in (0, 1, 40)),
    *(("reading", (0, 1), (U, k, 0)) for k in (0.3, -4.0, 2.0)),
    *(("written", (0, 1), (U, 0.8, most)) for most in (0, 1, 4, 20)),
    *(("inner_sum", (0, 1), (U, 0.3, most)) for most in (0, 2, 40)),
    *(("branching", (0, 1), (a, 0.9, most)) for a, most in ((0.3, 1), (0.3, 30), (1.5, 30))),
    *(("until", (0, 1), (a, b)) for a, b in ((1.0, 0.9), (5.0, 3.0), (40.0, 1.0))),
]


@pytest.mark.parametrize(("name", "wrt", "args"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_derivatives(name: str, wrt: tuple[int, ...], args: tuple[Any, ...]) -> None:
    hold(PROGRAMS, name, wrt, args)


@pytest.mark.parametrize(("name", "wrt", "args"), {case[0]: case for case in CASES}.values())
def test_what_numba_compiles(name: str, wrt: tuple[int, ...], args: tuple[Any, ...]) -> None:
    pytest.importorskip("numba")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("numba.config.DISABLE_JIT", True)
        hold(PROGRAMS, name, wrt, args, target="numba")


def written_as(name: str, wrt: tuple[int, ...], target: Target = "python") -> str:
    (piece,) = differentiate(PROGRAMS, "programs.py", [Request(name, wrt, "adjoint", None, target)])
    return piece.text[piece.text.index("# forward") :]


def test_the_turn_that_found_it_has_nothing_to_undo() -> None:
    text = written_as("newton", (0,))
    assert text.count("if ") == 1  # of the forward sweep
    assert text.index("break") < text.index("x_saved.append(x)") < text.index("x = x - f")


def test_what_it_did_before_the_break_is_undone_before_the_loop() -> None:
    text = written_as("shot", (0, 1))
    before, loop = text[text.index("# reverse") :].split("for _ in range(len(vx_saved)):")
    assert "# x += 0.1 * vx  (in the last turn)\n    vx_bar += 0.1 * x_bar" in before
    assert "if " not in loop


def test_what_has_lost_its_name_is_kept_under_another() -> None:
    text = written_as("drifting", (0, 1))
    assert "x_before = x" in text
    assert text.index("break") < text.index("x_saved.append(x_before)")


@pytest.mark.parametrize("name", ["written", "inner_sum", "last_words"])
def test_a_last_turn_that_has_more_to_undo_asks_how_it_ended(name: str) -> None:
    reverse = written_as(name, (0, 1)).split("# reverse")[1]
    assert "if " in reverse
    assert "in the last turn" not in reverse
