"""Keywords that are passed through: ``**options`` of functions, ``P(**d)``, ``dict(d, k=x)`` and ``d.update(…)``."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

HEAD = """import math
from dataclasses import dataclass

import numpy as np


def kernel(x, y, scale=1.0, power=2.0):
    return math.exp(-abs((x - y) / scale) ** power)


def apply(f, *args, **kwargs):
    return f(*args, **kwargs)


def smoothed(xs, k, **kwargs):
    total = 0.0
    for x in xs:
        total += k(x, 0.3, **kwargs)
    return total


def energy(x, **options):
    scale = options.get("scale", 2.0)
    power = options["power"] if "power" in options else 1.0
    bias = 0.0 if "bias" not in options else options["bias"]
    options["extra"] = 3.0 * x
    total = bias
    for name, value in options.items():
        total += value * value
    return total * scale**power + len(options)


def fill(u, **arrays):
    w = arrays["w"]
    w[1:] += u
    arrays["v"][0] = u * w[1]
    return w[1] * arrays["v"][0]


@dataclass
class Spring:
    mass: float
    stiffness: float = 1.0


def layer(x, gain=1.0, bias=0.0):
    return np.tanh(gain * x) + bias


def stacked(x, n, **overrides):
    options = {"gain": 1.5, "bias": 0.1}
    options.update(overrides)
    for _ in range(n):
        x = layer(x, **{**options, **overrides})
    return x


"""

PROGRAMS = {
    "passed to a function": ("return apply(kernel, x, y, scale=x * y, power=1.5)",),
    "passed on in a loop": ("return smoothed(np.array([x, 0.7]), kernel, scale=y)",),
    "read, asked for and gone through": ("return energy(x, scale=y) + energy(x) + energy(x, power=y, bias=x)",),
    "arrays that are written into": (
        "a = np.array([x, y])",
        "b = a * 2.0",
        "z = fill(x, w=a, v=b)",
        "return z + np.sum(a * b)",
    ),
    "fields of a class": (
        "d = {'mass': x, 'stiffness': y * x}",
        "p, q = Spring(**d), Spring(x, **{'stiffness': 3.0})",
        "return p.mass * p.stiffness + q.mass**2 * q.stiffness",
    ),
    "a copy of a dict": (
        "d = {'a': x, 'b': y}",
        "e = dict(d, b=x * y)",
        "f = dict(e)",
        "f['a'] = y",
        "return d['a'] * d['b'] + e['a'] ** 2 * e['b'] + f['a'] * f['b']",
    ),
    "an update": (
        "d = {'a': x, 'b': y}",
        "other = d",
        "d.update({'b': x * y, 'c': x}, a=y)",
        "return d['a'] * d['b'] * other['c'] + other['a']",
    ),
    "an update of a dict in a dict": (
        "d = {'in': {'a': x}}",
        "d['in'].update(a=y * x)",
        "return d['in']['a'] * x",
    ),
    "defaults and overrides": ("return stacked(x, 2, bias=y)",),
    "nested functions": (
        "def g(**kw):",
        "    def h(**more):",
        "        return more['a'] * kw['a']",
        "    return h(**kw, b=1.0) + h(a=2.0)",
        "return g(a=x * y)",
    ),
}


def source(name: str) -> str:
    body = "\n    ".join(line for line in PROGRAMS[name] if line)
    return f"{HEAD}def f(x: float, y: float) -> float:\n    {body}\n"


@pytest.mark.parametrize("name", PROGRAMS)
def test_derivatives(name: str) -> None:
    hold(source(name), "f", (0, 1), (0.6, 0.8))


def test_what_is_passed_through_is_read_where_it_is_used() -> None:
    (piece,) = differentiate(source("passed on in a loop"), "programs.py", [Request("f", (0, 1), "adjoint")])
    assert "kwargs[" not in piece.text and "{" not in piece.text
    assert "/ y" in piece.text


def test_the_object_of_an_update_of_its_own() -> None:
    text = """
from dataclasses import dataclass


@dataclass
class Filter:
    mean: float

    def update(self, z):
        return self.mean + 0.5 * (z - self.mean)


def f(x: float, y: float) -> float:
    return Filter(x).update(y * y)
"""
    hold(text, "f", (0, 1), (0.6, 0.8))
    hold(
        HEAD + "def f(x: np.ndarray, y: float) -> float:\n    return fill(y, v=x.copy(), w=x * y)\n",
        "f",
        (0, 1),
        (np.array([0.3, 0.5]), 0.4),
        annotated=False,
    )
