"""What turns add to an integer is taken back by the reverse turns: nothing is saved for it."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

_HEAD = """
import math
import numpy as np
"""
_TRIANGLE = """
def f(u: "float[:]", n: int) -> float:
    total, at = 0.7, 0
    for i in range(n):
        for j in range(i + 1):
            total += 0.1 * u[at] * total * j
            at += 1
        at -= i
    return total * u[at]
"""
_PACKED = """
def f(u: "float[:]", n: int) -> float:
    total, start = 0.7, 0
    for k in range(n):
        stop = start + k // 2
        total = total * (1.0 + np.sum(u[start:stop] ** 2))
        start = stop
    return total
"""
_INSIDE = """
def f(u: "float[:]", n: int) -> float:
    total, at, left = 0.7, n + 1, 5
    for i in range(n):
        at -= 2
        total = math.sin(total) + u[at] * u[at - 1] * left
        left = left - i
        at = 1 + at
    return total * u[at]
"""
_BOTH_ENDS = """
def f(u: "float[:]", n: int) -> float:
    total, i, j = 0.7, 0, n - 1
    while i < j:
        total = math.sin(total) + u[i] * u[j]
        i += 1
        j -= 1
    return total
"""
_BEFORE_THE_LOOP = """
def f(u: "float[:]", n: int) -> float:
    total, at = 0.7, 0
    for i in range(n):
        first = at
        for j in range(2):
            total = math.sin(total) * u[at]
            at += 1
        total *= u[first]
    return total
"""
_OF_DATA = """
def f(u: "float[:]", n: int) -> float:
    total, at = 0.7, 0
    for i in range(n):
        total = math.sin(total) * u[at]
        at += int(u[i] > 0.5)
    return total
"""
_SOMETIMES = """
def f(u: "float[:]", n: int) -> float:
    total, at = 0.7, 0
    for i in range(n):
        if u[i] > 0.5:
            total = math.sin(total) * u[at]
            at += 1
    return total
"""
_DOUBLED = """
def f(u: "float[:]", n: int) -> float:
    total, at = 0.7, 1
    for i in range(n):
        total = math.sin(total) * u[at % 6]
        at += at
    return total
"""
_OVERWRITTEN = """
def f(u: "float[:]", n: int) -> float:
    at = 0
    for i in range(n):
        u[at] = u[at] * u[at + 1]
        at += 1
    at = 3
    return np.sum(u) + u[at]
"""
_TAKEN_BACK = [_TRIANGLE, _PACKED, _INSIDE, _BOTH_ENDS]
_SAVED = [_BEFORE_THE_LOOP, _OF_DATA, _SOMETIMES, _DOUBLED, _OVERWRITTEN]


def _text(source: str) -> str:
    (piece,) = differentiate(_HEAD + source, "model.py", [Request("f")])
    return piece.text[piece.text.index("# reverse") :]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        (_TRIANGLE, ["        at += i\n        for j in", "            at -= 1\n"]),
        (_PACKED, ["        stop = start\n        start = stop - k // 2\n"]),
        (_INSIDE, ["        at -= 1\n", "        left += i\n", "        at += 2\n    return"]),
        (_BOTH_ENDS, ["        j += 1\n"]),
    ],
)
def test_the_reverse_turn_takes_back(source: str, lines: list[str]) -> None:
    text = _text(source)
    assert all(line in text for line in lines)
    assert not any(f"{name}_saved" in text for name in ("at", "left", "start", "stop", "j"))


@pytest.mark.parametrize("source", _SAVED)
def test_others_are_saved(source: str) -> None:
    """Where it has to be told from data, is doubled, is needed before the loop that adds, or has lost its name."""
    assert "at_saved.pop()" in _text(source) or "first_saved.pop()" in _text(source)


@pytest.mark.parametrize("source", [*_TAKEN_BACK, *_SAVED])
@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_derivatives(source: str, n: int) -> None:
    hold(_HEAD + source, "f", (0,), (np.random.default_rng(n).uniform(0.2, 0.9, 7), n))


@pytest.mark.parametrize("source", [*_TAKEN_BACK, *_SAVED])
def test_derivatives_of_the_other_target(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    monkeypatch.setattr("numba.config.DISABLE_JIT", True)
    hold(_HEAD + source, "f", (0,), (np.random.default_rng(3).uniform(0.2, 0.9, 7), 3), target="numba")
