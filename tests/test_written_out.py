"""Loops that are written out: each turn has items of its own kinds, and what it goes over has other items in each.

What types tell of a place was told of all turns at once: the first turn's keys were taken for all of them, silently.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.programs import hold

HEAD = """
from dataclasses import dataclass

import numpy as np


@dataclass
class Twice:
    v: float

    def f(self):
        return self.v * 2.0


@dataclass
class Square:
    v: float

    def f(self):
        return self.v * self.v


def total(d):
    return sum(d.values()) * len(d)


"""
PROGRAMS = {
    "the items of a dict that grows": """
    d, s = {}, 0.0
    for k in ("a", "b", "a"):
        s += sum(d.values()) * len(d)
        for v in d.values():
            s += v * x
        d[k] = d.get(k, 1.0) + d.get("b", x) * x
        s += d["a"]
    return s * d["b"]
""",
    "the items of a tuple that grows": """
    t, s = (), 0.0
    for k in ("a", "b", "c"):
        s += len(t) * x + sum(t)
        t = (*t, x * len(t))
    return s * sum(t)
""",
    "tuples and lists of several lengths": """
    s = 0.0
    for name, xs in (("a", ()), ("b", (x,)), ("c", (x, x * x)), ("d", [x, x, x])):
        s += sum(xs) * len(xs)
        for v in xs:
            s += v * len(xs)
    return s
""",
    "dicts of several keys": """
    s = 0.0
    for d in ({}, {"a": x}, {"a": x, "b": x * x}):
        e = {**d, "z": x}
        s += sum(d.values()) * sum(v * v for v in e.values()) + len(d) + total(e)
        for k, v in d.items():
            s += v
    return s + sum(total(d) for d in ({"a": x}, {"a": x, "b": x * x}))
""",
    "methods of several classes": """
    s = 0.0
    for o in (Twice(x), Square(x)):
        s += o.f()
    return s * sum(o.f() for o in (Square(x), Twice(x))) + sum([o.f() for o in (Square(x), Twice(3.0 * x))])
""",
    "numbers and arrays": """
    s, v = 0.0, np.array([x, x])
    for a in (x, v):
        b = a
        b += 1.0
        s += np.sum(a) * np.sum(b)
    for v in ([x, 2 * x], np.array([x, 2 * x, 3.0])):
        s += np.mean(v)
    return s
""",
    "indices of several lengths": """
    s = 0.0
    for index in ((0, 1), (0,), (1, 1)):
        a = np.ones((2, 2)) * x
        s += np.sum(a[index] * a)
    return s
""",
    "functions that are chosen": """
    def first(d):
        return sum(d.values())

    def given(d, k):
        return lambda: d["a"] * len(d) + sum(d.values()) * k

    fs = given({"a": x}, 2.0), given({"a": x, "b": x * x}, 3.0)
    f = fs[0] if x > 2.0 else fs[1]
    return f() * first({"a": x})
""",
}


@pytest.mark.parametrize("body", PROGRAMS.values(), ids=PROGRAMS.keys())
@pytest.mark.parametrize("x", [0.7, 2.3])
def test_programs(body: str, x: float) -> None:
    hold(f"{HEAD}def f(x):{body}", "f", (0,), (x,), annotated=False)


def test_a_number_is_bound_anew_and_an_array_is_written_into() -> None:
    source = "def f(x, v):\n    for a in (x, v):\n        a += x * x\n    return x * v[0] + v[1]\n"
    hold(source, "f", (0, 1), (0.7, np.array([0.3, -0.4])), annotated=False)
