"""Loops and branches keep the author's names; what had them before has another one where the reverse sweep reads it."""

from __future__ import annotations

import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

_SUMMED = """
import math


def f(x: float, n: int) -> float:
    y = math.sin(x)
    z = y * y
    w = z
    for _ in range(n):
        y = y + w * z
        w = w * math.cos(w)
    return y * w
"""
_PARAMETER = """
def f(x: float, n: int) -> float:
    y = x * x
    while n > 0:
        x += y * n
        y = y * 0.5
        n -= 1
    return x * y
"""


def _adjoint(source: str, target: Target = "python") -> str:
    (piece,) = differentiate(source, "model.py", [Request("f", (0,), target=target)])
    return piece.text[piece.text.index("def f_adjoint") :]


@pytest.mark.parametrize("target", ["python", "numba"])
def test_a_loop_keeps_its_name(target: Target) -> None:
    text = _adjoint(_SUMMED, target)
    assert "    y_first = y\n" in text
    assert "        y = y + w * z\n" in text
    assert " * y_first * z_bar" in text


@pytest.mark.parametrize("source", [_SUMMED, _PARAMETER])
def test_what_is_read_later_is_what_the_loop_began_with(source: str) -> None:
    assert "_first = " in _adjoint(source)
    hold(source, "f", (0,), (0.7, 3))


def test_a_parameter_is_rebound_as_the_author_does_it() -> None:
    text = _adjoint(_PARAMETER)
    assert "    x_first = x\n" in text
    assert "        x += y * n\n" in text


_BRANCH = """
import math


def f(x: float) -> float:
    if x > 1.0:
        x = math.sqrt(x)
    x = x * x * math.sin(x)
    return x
"""
_BEFORE_A_LOOP = """
import math


def f(x: float, n: int) -> float:
    x = x * x
    for _ in range(n):
        x = math.sin(x) * x
    return x
"""
_TWICE = """
import math


def f(x: float) -> float:
    x = x * x
    x = x * math.exp(x)
    if x > 1.0:
        x = math.sqrt(x)
    return x
"""


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        (_BRANCH, ["    x_first = x\n    if x > 1.0:\n        x = math.sqrt(x)\n", "    if x_first > 1.0:\n"]),
        (
            _BEFORE_A_LOOP,
            ["    x_first = x\n    x = x * x\n", "        x = math.sin(x) * x\n", "2.0 * x_first * x_bar"],
        ),
    ],
)
def test_statements_before_and_in_it_stay_as_written(source: str, lines: list[str]) -> None:
    text = _adjoint(source)
    for line in lines:
        assert line in text
    hold(source, "f", (0,), (1.7, 2)[: source.count(": float, n") + 1])
    hold(source, "f", (0,), (0.7, 2)[: source.count(": float, n") + 1])


def test_of_several_values_none_gets_another_name() -> None:
    """One of them would take the name from the loop all the same."""
    assert "_first" not in _adjoint(_TWICE)
    hold(_TWICE, "f", (0,), (1.7,))


def test_a_branch_that_gives_a_name_twice() -> None:
    """Two results of it have the name: one is what the first branch made, and the other one what there is later."""
    hold(
        """
import math


def f(x: float, y: float) -> float:
    if y > 0.5:
        x = math.sin(x * y)
        y = x * y
        x = math.exp(x) * y
    if x > y:
        x = x * y * x
    return x * math.sin(x)
""",
        "f",
        (0, 1),
        (1.3, 0.8),
    )
