"""``tuple(…)`` of what has a known number of items."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

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
