"""Functions that yield what a loop goes over: held to differences; what Python would interleave is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold
from tests.refused import refused

HEAD = """
import numpy as np


def powers(x, n):
    for k in range(n):
        if k % 2:
            continue
        yield x**k * k
    yield x**2


def pairs(n):
    for i in range(n):
        for j in range(i):
            yield i, j


def windows(x, k):
    for i in range(len(x) - k + 1):
        yield x[i : i + k]


def parts(x):
    yield x
    yield from [x * k for k in range(3)]
    if x > 100.0:
        return
    yield x**3


"""
X = np.array([0.5, 1.2, -0.7])
PROGRAMS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "numbers": ("return sum(v * 2.0 for v in powers(x, n)) + sum(powers(x, 2)) * max(powers(x, 3))", (0.7, 4)),
    "pairs, and a loop that ends early": (
        """total = 0.0
    for i, j in pairs(len(x)):
        total += x[i] * x[j] ** 2
        if total > 1e3:
            break
    return total""",
        (X, 0),
    ),
    "parts of an array": ("return sum(np.prod(w) * k for k, w in enumerate(windows(x, 2)))", (X, 0)),
    "with what it captures": (
        """def steps(h):
        t = x
        while t < n:
            yield t, t * h
            t = t + h

    total = 0.0
    for t, w in steps(0.5):
        total += t * w
    return total""",
        (0.3, 2),
    ),
    "from others, beside each other, and as a list": (
        "return sum(v * w for v, w in zip(parts(x), parts(2.0 * x))) + list(parts(x))[-1] * len(list(parts(x)))",
        (0.7, 0),
    ),
    "nothing": ("return x + sum(powers(x, 0)) + sum(w.sum() for w in windows(np.zeros(1), 2))", (0.7, 0)),
}


@pytest.mark.parametrize("case", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_programs(case: tuple[str, tuple[Any, ...]]) -> None:
    body, args = case
    hold(f"{HEAD}def f(x, n):\n    {body}\n", "f", (0,), args, annotated=False)


def test_the_items_are_named_after_the_function() -> None:
    text = f"{HEAD}def f(x: float[:]) -> float:\n    return sum(w[0] * w[1] for w in windows(x, 2))\n"
    (piece,) = differentiate(text, "model.py", [Request("f")])
    assert "windows_items.append(x[i : i + 2])" in piece.text
    assert "def windows(x, k):" in piece.text


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("g = ‹parts(x)›\n    return sum(g) + sum(g)", "`parts` gives its items once, and computes them when"),
        (
            "def grow():\n        v = 1.0\n        while True:\n            yield v\n            v *= x\n\n"
            "    for v in ‹grow()›:\n        if v > 10.0:\n            break\n    return v",
            "`grow` may yield without an end",
        ),
        (
            "u = np.full(3, x)\n\n    def twice():\n        for k in range(3):\n            yield u[k] * 2.0\n\n"
            "    for k, v in enumerate(‹twice()›):\n        u[2 - k] = v\n    return u.sum()",
            "what the items of this are computed from changes as the loop goes on",
        ),
        (
            "u = np.zeros(2)\n\n    def fill(u):\n        for k in range(3):\n            u[k % 2] = x\n"
            "            yield u.sum()\n\n    return sum(‹fill(u)›) + u[0]",
            "`fill` changes what is outside of it as it yields",
        ),
        (
            "def show():\n        buf = np.zeros(2)\n        for k in range(3):\n            ‹buf[k % 2]› = x\n"
            "            yield buf\n\n    return sum(b[0] for b in show())",
            "another name sees this write",
        ),
        ("y = ‹yield x›\n    return y", "`yield` is not supported"),
    ],
)
def test_refused(body: str, reason: str) -> None:
    assert reason in refused(f"{HEAD}def f(x: float) -> float:\n    {body}\n").reason
