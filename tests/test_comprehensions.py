"""Programs with comprehensions and the builtins that take them, each held to differences in both modes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.programs import hold

PROGRAMS = """
import math
import numpy as np


def gathered(w, xs):
    ys = [math.sin(w * x) for x in xs]
    return sum(ys) * ys[0] + len(ys)


def filtered(w, xs):
    return np.sum(np.array([np.sin(w * x) for x in xs if x > 0.5])) + w


def nested(w, xs, ys):
    grid = [[w * x + y * y for x in xs] for y in ys]
    return grid[1][0] * grid[0][1] + sum(sum(row) for row in grid)


def several(w, xs, ys):
    return sum(w * x * y for x in xs for y in ys if x < y)


def unrolled(params, x):
    hs = [np.tanh(W @ x + b) for W, b in params]
    return sum(h.sum() for h in hs) * hs[0][0]


def of_a_tuple(w):
    a, b = [w * k for k in (2.0, 3.0)]
    return a * b * w


def extremes(ws, x):
    return max([w * x for w in ws]) + min(w + x * x for w in ws) * max(ws)


def mapped(w, xs):
    return sum(map(lambda x: w * x**2, xs)) + sum(list(map(math.sin, xs))) * w


def mapped_pairs(w, xs, ys):
    products = list(map(lambda x, y: x * y * w, xs, ys))
    return products[0] * products[-1]


def sifted(w, xs):
    kept = list(filter(lambda x: x > 0.5, xs))
    return w * sum(kept) * len(kept)


def listed(w, xs):
    ys = list(xs)
    ys.append(w)
    return ys[0] * ys[-1] * sum(ys)


def of_a_dict(params, x):
    doubled = {name: 2.0 * value for name, value in params.items()}
    total = sum(doubled.values()) * x
    for name in params:
        total = total * params[name]
    for name in doubled.keys():
        total += doubled[name] ** 2
    return total


def from_keys(w):
    d = {key: w * w for key in ("a", "b")}
    return d["a"] * d["b"]


def quantified(w, xs):
    if any(w * x > 2.0 for x in xs):
        w = w * w
    if all(x > 0 for x in xs):
        w = 3.0 * w
    return w * w


def captured(w, xs):
    scale = w * w
    ys = [scale * (lambda t: t * w)(x) for x in xs]
    scale = scale + 1.0
    return sum(ys) * scale


def own_names(x, xs):
    ys = [x * x for x in xs]
    return x * sum(ys)


def in_a_loop(w, xs, n):
    state = list(xs)
    for i in range(n):
        state = [w * s + math.sin(s) for s in state]
    return sum(state)


def over_generators(w, xs):
    total = 0.0
    for y in (w * x for x in xs):
        total += y * y
    return total


def walrus(w, xs):
    return sum(y * y for x in xs if (y := w * x) > 0.5)


def in_a_call(w, xs):
    return helper([w * x for x in xs], w)


def helper(values, w):
    return sum(value * w for value in values)
"""

X, Y = [0.7, -0.4, 1.3], [1.1, 0.2]
RNG = np.random.default_rng(3)
PARAMS = ((RNG.normal(size=(3, 2)), RNG.normal(size=3)), (RNG.normal(size=(4, 2)), RNG.normal(size=4)))
CASES: dict[str, tuple[tuple[Any, ...], tuple[int, ...]]] = {
    "gathered": ((0.8, X), (0, 1)),
    "filtered": ((0.8, np.array(X)), (0, 1)),
    "nested": ((0.8, X, Y), (0, 1, 2)),
    "several": ((0.8, X, Y), (0, 1, 2)),
    "unrolled": ((PARAMS, RNG.normal(size=2)), (0, 1)),
    "of_a_tuple": ((0.8,), (0,)),
    "extremes": (([0.5, 1.5, -0.3], 0.8), (0, 1)),
    "mapped": ((0.8, X), (0, 1)),
    "mapped_pairs": ((0.8, X, Y), (0, 1, 2)),
    "sifted": ((0.8, X), (0, 1)),
    "listed": ((0.8, np.array(X)), (0, 1)),
    "of_a_dict": (({"a": 0.4, "b": 1.2}, 0.9), (0, 1)),
    "from_keys": ((0.8,), (0,)),
    "quantified": ((1.8, X), (0,)),
    "captured": ((0.8, X), (0, 1)),
    "own_names": ((0.8, X), (0, 1)),
    "in_a_loop": ((0.8, X, 3), (0, 1)),
    "over_generators": ((0.8, X), (0, 1)),
    "walrus": ((0.8, X), (0, 1)),
    "in_a_call": ((0.8, X), (0, 1)),
}


@pytest.mark.parametrize("name", CASES)
def test_derivatives(name: str) -> None:
    args, wrt = CASES[name]
    hold(PROGRAMS, name, wrt, args, annotated=False)


NAMED = """
import numpy as np


def f(x, n):
    u, v, w = [np.zeros(n) for _ in range(3)]
    p, q = (np.full(n, x) + k for k in range(2))
    u[1] = x
    for t in range(3):
        old = u.copy()
        v[1:-1] = old[2:] * x + old[:-2]
        w[0] = v[1] + w[1]
        q *= x
    return np.sum(u**2 + v * w) + np.sum(p * q)
"""


def test_the_items_of_a_comprehension_that_get_names_may_be_written_into() -> None:
    hold(NAMED, "f", (0,), (0.7, 5), annotated=False)
