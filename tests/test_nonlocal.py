"""Nested functions that bind names of the functions around them: held to differences."""

from __future__ import annotations

from typing import Any

import pytest

from tests.programs import hold
from tests.refused import refused

PROGRAMS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "a sum": (
        """
    total = 0.0

    def add(v):
        nonlocal total
        total += v * v

    for k in range(n):
        add(x * k)
    return total
""",
        (0.7, 4),
    ),
    "in the test of a loop, and in a branch": (
        """
    steps, y = 0, x

    def step(h):
        nonlocal y, steps
        steps += 1
        if y > 10.0:
            return False
        y = y * h
        return True

    for k in range(n):
        if not step(1.5 + k):
            break
    while step(2.0):
        pass
    return y * steps
""",
        (1.2, 3),
    ),
    "of two functions": (
        """
    s = x

    def outer(a):
        t = a

        def inner(c):
            nonlocal s, t
            s = s * c
            t += s

        inner(2.0)
        inner(a)
        return t

    r = outer(x) + outer(3.0)
    return r * s
""",
        (1.2, 0),
    ),
    "a name that is bound in between": (
        """
    t = 1.0

    def f(v):
        t = v * 2.0

        def g():
            nonlocal t
            t = t * x

        g()
        return t

    return f(x) * t + t
""",
        (1.2, 0),
    ),
    "in a generator that ends early": (
        """
    k = 0.0

    def exceeds(v):
        nonlocal k
        k += v
        return k > 1.0

    return k * 3.0 if any(exceeds(v) for v in (x, 2.0 * x, 3.0 * x)) else k
""",
        (0.6, 0),
    ),
}


@pytest.mark.parametrize("case", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_programs(case: tuple[str, tuple[Any, ...]]) -> None:
    body, args = case
    hold(f"def f(x, n):{body}", "f", (0,), args, annotated=False)


def test_the_derivative_of_one_that_binds_names_outside() -> None:
    text = """
import sct


def f(x: float):
    n = 0.0

    def h(t):
        nonlocal n
        n += 1.0
        return t * t

    ‹return sct.grad(h)(x) * n›
"""
    found = refused(text)
    assert "`nonlocal` is not supported here" in found.reason
