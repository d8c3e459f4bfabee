"""A ``while`` that counts is run backwards by a ``for``, from where the count ended to where it began."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

_UP = """
import math
import numpy as np
def f(u: "float[:]", n: int) -> float:
    total, i = 0.5, 0
    while i < n:
        total = math.sin(total) + u[i] * total
        i += 2
    return total
"""
_DOWN = """
import math
import numpy as np
def f(u: "float[:]", n: int) -> float:
    total = 0.5
    while n > 0:
        if n % 2:
            total = total * total
        n -= 1
        total = math.sin(total) * u[n]
    return total
"""
_NESTED = """
import math
import numpy as np
def f(u: "float[:]", n: int) -> float:
    total, i = 0.5, 0
    while i < n:
        j = i
        while j < n:
            total = total * math.sin(u[i]) + u[j] * total
            j += 3
        i = 1 + i
    return total
"""
_ENDED_BY_DATA = """
import numpy as np
def f(u: "float[:]", n: int) -> float:
    i = n + 1
    while i < len(u) and u[i] < 4.0:
        u[i] = u[i - 1] * u[i] + 0.1 * i
        i += 1
    return u[i - 1] * i + np.sum(u)
"""
_REUSED = """
import math
import numpy as np
def f(u: "float[:]", n: int) -> float:
    total, i = 0.5, 0
    while i < n:
        total *= u[i]
        i += 1
    i = n - 1
    while i >= 0:
        total = math.sin(total) + u[i] * total
        i -= 2
    return total
"""
_OF_SEVERAL = """
import math
import numpy as np
def f(u: "float[:]", n: int) -> float:
    total, count, i = 0.5, 3, n
    while i > 0:
        i -= 1
        total = math.sin(total * u[i]) + count
        count += 1
    return total * count
"""
_A_FLOAT = """
def f(x: float, h: float) -> float:
    y, t = x, 0.0
    while t < 1.0:
        y = y * y * 0.5 + t
        t += h
    return y
"""
_IN_A_CALLEE = """
import math
import numpy as np
def settle(y, k):
    it = 0
    while it < k:
        y = math.sin(y) + 0.1 * it
        it += 1
    return y
def f(u: "float[:]", n: int) -> float:
    s = 0.4
    for r in range(n):
        if u[r] > 0.0:
            s += u[r] * settle(s, r)
    return s
"""
_PROGRAMS = [_UP, _DOWN, _NESTED, _ENDED_BY_DATA, _REUSED, _OF_SEVERAL, _IN_A_CALLEE]


def _text(source: str) -> str:
    (piece,) = differentiate(source, "model.py", [Request("f")])
    return piece.text


@pytest.mark.parametrize(
    ("source", "heads"),
    [
        (_UP, ["for i in range(i - 2, -1, -2):"]),
        (_DOWN, ["n_first = n\n", "for n in range(n + 1, n_first + 1):"]),
        (_NESTED, ["for i in range(i - 1, -1, -1):", "j = j_saved.pop()", "for j in range(j - 3, i - 1, -3):"]),
        (_ENDED_BY_DATA, ["for i in range(i - 1, i_first - 1, -1):"]),
        (_OF_SEVERAL, ["for i in range(i + 1, n + 1):"]),
        (_IN_A_CALLEE, ["return settle_value, (y_saved, it)", "for it in range(it - 1, -1, -1):"]),
    ],
)
def test_the_reverse_loop_counts_back(source: str, heads: list[str]) -> None:
    text = _text(source)
    assert all(head in text for head in heads)
    assert "turns" not in text and "i_saved" not in text


def test_a_name_that_stands_for_another_number_later_is_saved() -> None:
    text = _text(_REUSED)
    assert "for i in range(i + 2, i_first + 1, 2):" in text
    assert "for _ in range(len(i_saved)):" in text


def test_floats_are_not_counted_back() -> None:
    """Their sums are rounded."""
    assert "for _ in range(len(y_saved)):" in _text(_A_FLOAT)
    hold(_A_FLOAT, "f", (0,), (0.7, 0.1))


@pytest.mark.parametrize("source", _PROGRAMS)
@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_derivatives(source: str, n: int) -> None:
    hold(source, "f", (0,), (np.random.default_rng(n).uniform(0.2, 0.9, 6), n))


@pytest.mark.parametrize("source", _PROGRAMS)
def test_derivatives_of_the_other_target(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    monkeypatch.setattr("numba.config.DISABLE_JIT", True)
    hold(source, "f", (0,), (np.random.default_rng(3).uniform(0.2, 0.9, 6), 4), target="numba")
