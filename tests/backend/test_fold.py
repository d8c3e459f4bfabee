"""What is folded into an expression is computed as often as it was in a statement of its own."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

CHOSEN = """
import math
import numpy as np
def f(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"]) -> float:
    y = 0.0
    for i in range(3):
        g = math.sin if u[i] > 2.0 else (lambda t: t * v[i])
        y = 0.5 * g(v @ u)
        v[2] *= math.sin(max(y, 0.1))
    return np.sum(v)
"""


@pytest.mark.parametrize("seed", [7, 9, 11])
def test_what_is_saved_is_popped_whatever_is_chosen(seed: int) -> None:
    """``t_saved.pop() * g_bar if y > 0.1 else 0.0`` pops in some turns only."""
    (piece,) = differentiate(CHOSEN, "f.py", [Request("f", (0, 1))])
    popped = [line for line in piece.text.splitlines() if ".pop()" in line]
    assert popped and not [line for line in popped if " if " in line]
    rng = np.random.default_rng(seed)
    hold(CHOSEN, "f", (0, 1), (rng.normal(size=4), rng.normal(size=4)))


AGAIN = """
import math
import numpy as np


def read(p: Float[np.ndarray, "n"], x: float, dt: float, n: int) -> float:
    y = 0.0
    for i in range(n):
        y = y + 0.5 * dt * math.sin(p[i] * x) - (1.0 - x) * p[i]
        x = x + 0.5 * dt * y
    return y * p[0]


def written(p: Float[np.ndarray, "n"], x: float, n: int) -> float:
    y = 0.0
    for i in range(n):
        y = y + p[i] * math.sin(p[i] * x)
        p[0] = p[0] * x
        row = p[1:]
        row[i] = y * p[0]
    return y


def handed_over(p: Float[np.ndarray, "n"], x: float) -> float:
    y = p[0] * x
    change(p)
    return y * p[0]


def change(p):
    p[0] = p[0] * p[1]
"""


def test_what_is_as_short_as_a_variable_is_written_again() -> None:
    (piece,) = differentiate(AGAIN, "f.py", [Request("read", (0, 1))])
    forward, reverse = piece.text.split("_adjoint(")[1].split("# reverse")
    assert "y = y + 0.5 * dt * math.sin(p[i] * x) - (1.0 - x) * p[i]" in forward
    assert "product = " not in forward and "y_bar = p[0] * read_bar" in reverse
    assert "p_i = p[i]" in reverse, "what a statement reads often has a variable"


def test_an_element_of_what_is_written_into_is_saved_once() -> None:
    (piece,) = differentiate(AGAIN, "f.py", [Request("written", (0, 1))])
    assert "y = y + p_i * math.sin(p_i * x)" in piece.text and "p_i_saved_2" not in piece.text
    (piece,) = differentiate(AGAIN, "f.py", [Request("handed_over", (0, 1))])
    assert "p_0 = p[0]" in piece.text and "y_bar = p[0] * handed_over_bar" in piece.text


@pytest.mark.parametrize("name", ["read", "written", "handed_over"])
def test_what_is_written_again_has_not_changed(name: str) -> None:
    p = np.random.default_rng(3).uniform(0.5, 1.0, size=5)
    hold(AGAIN, name, (0, 1), {"read": (p, 0.4, 0.1, 4), "written": (p, 0.4, 4), "handed_over": (p, 0.4)}[name])


EXCHANGED = """
import math


def f(a: float, b: float, c: float, n: int) -> float:
    for k in range(n):
        a, b, c = b, math.sin(c) + a, a * b
    return a * b + c


def g(a: float, b: float, n: int) -> float:
    for k in range(n):
        if a > b:
            a, b = b, a * b
        else:
            a, b = b + a, a
    return a - b
"""


@pytest.mark.parametrize(("name", "wrt", "args"), [("f", (0, 1, 2), (0.3, 0.7, 1.1, 4)), ("g", (0, 1), (1.2, 0.4, 5))])
def test_what_changes_places_holds(name: str, wrt: tuple[int, ...], args: tuple[float, ...]) -> None:
    hold(EXCHANGED, name, wrt, args)


def test_what_changes_places_is_one_statement() -> None:
    (piece,) = differentiate(EXCHANGED, "f.py", [Request("f", (0, 1, 2), "both")])
    assert piece.text.count("        a, b, c = b, math.sin(c) + a, a * b\n") == 3, piece.text
    dots = "a_dot, b_dot, c_dot = b_dot, math.cos(c) * c_dot + a_dot, b * a_dot + a * b_dot\n"
    assert f"        {dots}        a, b, c = " in piece.text, piece.text
