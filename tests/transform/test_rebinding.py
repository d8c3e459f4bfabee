"""Updates of whole arrays: a name bound anew, or the array written into, whichever the other sweep allows."""

from __future__ import annotations

import re

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

RNG = np.random.default_rng(8)
HEAD = "import numpy as np\n"
SOFTMAX = """
def f(x: "float[:]", y: "float[:]") -> float:
    p = np.exp(x)
    p /= p.sum()
    return -np.sum(y * np.log(p))
"""
TWICE = """
def f(x: "float[:]", y: "float[:]") -> float:
    p = np.tanh(x)
    p -= p.mean()
    p *= 0.5
    return np.sum(p * p) + y[0]
"""
POWER = """
def f(x: "float[:]", y: "float[:]") -> float:
    v = x
    for _ in range(3):
        v = np.outer(y, x) @ v
        v /= np.linalg.norm(v)
    return v[0]
"""
SQUARES = """
def f(x: "float[:]", y: "float[:]") -> float:
    u = np.tanh(x)
    for _ in range(3):
        u *= u.sum()
        u += u
    return u @ y
"""


def _text(source: str, wrt: tuple[int, ...] = (0,)) -> str:
    (piece,) = differentiate(HEAD + source, "f.py", [Request("f", wrt)])
    return piece.text.split("# forward\n")[1].split("\ndef ")[0]


@pytest.mark.parametrize("source", [SOFTMAX, TWICE, POWER, SQUARES])
def test_what_the_function_made_is_bound_anew_and_not_copied(source: str) -> None:
    forward = _text(source, (0, 1)).split("# reverse\n")[0]
    assert ".copy()" not in forward and "[...]" not in forward
    hold(HEAD + source, "f", (0, 1), (RNG.uniform(0.5, 1.5, 3), RNG.uniform(0.5, 1.5, 3)))


def test_what_is_dead_is_written_over() -> None:
    assert "p_diff = p - p.mean()" in _text(TWICE.replace("tanh", "exp")) and "p_diff *= 0.5" in _text(TWICE)
    assert re.search(r"u = u \* u_sum\n +u \+= u\n", _text(SQUARES))  # a record has the one, and nothing the other


STAYS = [
    # its precision may be another than that of what it is multiplied with
    ("p = np.exp(x)", "p *= y", "return np.sum(p**2)"),
    ("p = np.exp(x)", "p *= s", "return np.sum(p**2)"),
    # its elements are written, too
    ("p = np.exp(x)", "p[0] = 0.0", "p *= 2.0", "return np.sum(p**2)"),
    # the caller's array
    ("p = x", "p *= 2.0", "return np.sum(p**2)"),
    ("p = x if s > 0 else np.exp(x)", "p *= 2.0", "return np.sum(p**2)"),
    # what comes in may be longer than it, which is an error in place
    ("p = np.exp(x[:1])", "p += x", "return np.sum(p**2)"),
]


@pytest.mark.parametrize("lines", STAYS)
def test_what_may_not_be_the_same_is_written_into(lines: tuple[str, ...]) -> None:
    source = 'def f(x: "float[:]", y: "float[:]", s: float) -> float:\n    ' + "\n    ".join(lines) + "\n"
    text = _text(source)
    assert not re.search(r"^ +p(_2)? = p [*+]", text, re.MULTILINE)
    if "x[:1]" not in source:
        hold(HEAD + source, "f", (0,), (RNG.normal(size=3), RNG.normal(size=3), 0.7))


def test_what_only_the_update_might_have_changed_is_no_longer_handed_on() -> None:
    """``v`` is ``x`` at first, so that ``v /= …`` seemed to change ``x`` in each turn."""
    assert "x_saved" not in _text(POWER, (0, 1))
