"""The columns of rows, ``zip(*rows)``: held to differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import sct
from tests.programs import hold
from tests.refused import refused

PROGRAMS = {
    "a loop over the columns of lists": """
def f(x, n):
    rows = [[x[k] * j for j in range(3)] for k in range(2)]
    total = 0.0
    for a, b in zip(*rows):
        total += a**2 * b
    return total
""",
    "heads of an attention": """
import numpy as np


def mix(q, k, v):
    return q * k.sum() + v


def f(x, n):
    qkv = np.split(np.outer(x, x), 3)
    heads = [np.split(t * t, 3, axis=1) for t in qkv]
    return sum(np.sum(mix(q, k, v)) for q, k, v in zip(*heads))
""",
    "what is passed on": """
def inner(c, *rows):
    return sum(c * a * b for a, b in zip(*rows))


def f(x, n):
    pair = (x, x[::-1])
    return inner(n, x, 2.0 * x) + sum(a * b for a, b in zip(*pair))
""",
    "columns with names": """
import math


def f(x, n):
    points = [(x[k], math.sin(x[k])) for k in range(3)]
    xs, ys = zip(*points)
    return sum([a * b for a, b in zip(xs, ys)]) * xs[0] + ys[-1]
""",
    "the rows of an array": """
import numpy as np


def f(x, n):
    rows = np.outer(x, x)[:, :2]
    xs, ys = zip(*rows)
    total = sum(a * b for a, b in zip(*[x, 2.0 * x], strict=True)) + sum(a * b for a, b in zip(*rows[:2]))
    return sum(xs) * max(ys) + total
""",
}


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_programs(text: str) -> None:
    hold(text, "f", (0,), (np.array([0.3, -0.4, 1.2]), 2), annotated=False)


def test_no_rows_have_no_columns() -> None:
    def area(points: list[tuple[float, float]], scale: float) -> Any:
        xs, ys = zip(*points, strict=True)
        return scale * len(xs) * sum(ys)

    with pytest.raises(ValueError, match=r"not enough values to unpack \(expected 2, got 0\)"):
        sct.grad(area, wrt="scale")([], 2.0)
    assert sct.grad(area, wrt="scale")([(1.0, 2.0), (3.0, 1.0)], 2.0) == 6.0


def test_how_many_rows_are_not_known() -> None:
    found = refused("def f(x: float, xs: list[list[float]]) -> float:\n    return x * sum(c[0] for c in ‹zip(*xs)›)\n")
    assert "how many rows" in found.reason
    assert "for a, b in zip(*rows)" in (found.help or "")


def test_rows_without_a_name() -> None:
    found = refused("def f(x: float) -> float:\n    a, b = zip(*‹[(x, x), (x, x)]›)\n    return a[0] * b[0]\n")
    assert "has no name" in found.reason
