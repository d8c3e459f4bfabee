"""A loop keeps the author's names; what it began with has one of its own where the reverse sweep reads it."""

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
