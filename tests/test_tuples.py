"""``tuple(…)`` of what has a known number of items, and the names of what is unpacked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold
from tests.refused import refused

PROGRAMS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "a range": (
        """
def f(x: np.ndarray) -> float:
    a, b, c = tuple(x[i] ** 2 for i in range(3))
    return a * b + c
""",
        (np.array([0.3, 0.5, 0.7]),),
    ),
    "a state": (
        """
def f(s: tuple, dt: float) -> float:
    for _ in range(3):
        k = (s[1], -s[0])
        s = tuple(a + dt * b for a, b in zip(s, k))
    return s[0] * s[1]
""",
        ((0.2, 0.5), 0.1),
    ),
    "a shape and an index": (
        """
def f(x: np.ndarray) -> float:
    place = tuple(i for i in range(2))
    return np.sum(np.ones(tuple(x.shape)) * x**2) * x[place]
""",
        (np.array([[0.3, 0.5], [0.7, 0.2]]),),
    ),
    "a map, and a tuple of a tuple": (
        """
def f(a: float, b: float) -> float:
    t = tuple(map(math.sin, (a, b)))
    u = tuple(t)
    return t[0] * u[1] * len(u) + sum(tuple([a, b]))
""",
        (0.2, 0.3),
    ),
}
HEAD = "import math\n\nimport numpy as np\n\n"


@pytest.mark.parametrize("name", PROGRAMS)
def test_derivatives(name: str) -> None:
    text, args = PROGRAMS[name]
    hold(HEAD + text, "f", tuple(range(len(args))), args, annotated=False)


@pytest.mark.parametrize("made", ["tuple(‹v**2 for v in x›)", "tuple(‹x›)", "tuple(‹[v for v in x]›)"])
def test_what_has_an_unknown_number_of_items_is_refused(made: str) -> None:
    text = f"def f(x: np.ndarray) -> float:\n    # sct: x: float[:]\n    t = {made}\n    return t[0]\n"
    problem = refused(HEAD + text)
    assert problem.reason == "it is not known how many items this has"
    assert problem.help.startswith("make it a list, `[… for … in …]`, or an array")


def test_its_help_is_followed() -> None:
    text = "def f(x: np.ndarray) -> float:\n    t = [v**2 for v in x]\n    return t[0] * sum(t)\n"
    hold(HEAD + text, "f", (0,), (np.array([0.3, 0.5, 0.7]),), annotated=False)


NAMED = """
import math


def gains(g: tuple[float, float, float], e: float) -> float:
    kp, ki, kd = g
    s = 0.0
    for i in range(3):
        s += kp * e + ki * e**2 + math.sin(kd * s)
    return s


def again(g: tuple[float, float], e: float) -> float:
    kp, ki = g
    ki = ki * kp
    return math.sin(kp * e) * ki


def two(g: tuple[float, float], h: tuple[float, float]) -> float:
    a, b = g
    s = math.sin(a * b)
    a, b = h
    return s * a * math.cos(b)


def pair(x: float, y: float) -> tuple[float, float]:
    while y > 1.0:
        y = y * x
    return x * y, math.sin(x + y)


def called(x: float, y: float) -> float:
    u, v = pair(x, y)
    return u * math.exp(v)
"""


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("gains", ((0.3, 0.2, 0.5), 0.7)),
        ("again", ((0.3, 0.2), 0.7)),
        ("two", ((0.3, 0.2), (0.7, 0.4))),
        ("called", (0.4, 2.0)),
    ],
)
def test_adjoints_of_items_are_right(name: str, args: tuple[Any, ...]) -> None:
    hold(NAMED, name, (0, 1), args)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("gains", "g_bar = (kp_bar, ki_bar, kd_bar)"),
        ("again", "g_bar = (kp_bar, g_1_bar)"),  # the last ``ki`` is another
        ("two", "g_bar = (g_0_bar, g_1_bar)"),
        ("called", "pair_residuals, (u_bar, v_bar))"),
    ],
)
def test_they_are_called_after_what_the_author_calls_the_items(name: str, text: str) -> None:
    (piece,) = differentiate(NAMED, "f.py", [Request(name, (0, 1))])
    assert text in piece.text, piece.text
