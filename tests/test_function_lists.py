"""Functions among the items of lists, tuples and dicts that a function writes out, and one of several functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.programs import hold
from tests.refused import refused

HEAD = """
import math
import numpy as np


def relu(z):
    return np.maximum(z, 0.0)


def through(fs, x):
    for f in fs:
        x = f(x)
    return x


"""
X = np.array([0.3, -0.7, 1.1])
W = np.array([[0.3, 0.2, -0.5], [0.1, -0.4, 0.6], [0.7, 0.2, 0.1]])
CHOSEN = {
    "elif": """
def f(x, n):
    if n == 0:
        g = math.sin
    elif n == 1:
        g = math.cos
    else:
        g = math.exp
    return g(x) * x
""",
    "conditional expressions": """
def f(x, n):
    g = math.sin if n == 0 else math.cos if n == 1 else math.exp
    return g(x) * x
""",
    "a test of what a branch computes": """
def f(x, n):
    if x > 0:
        m = n - 1
        small = m * 2 <= 0
        if small and n < 1:
            g = math.sin
        else:
            g = math.cos if small else lambda t: t * m
    else:
        g = math.exp
    return g(x) * x
""",
    "by a turn": """
def f(x, n):
    y = x
    for _, g in zip(range(n + 1), (math.sin, math.cos, math.exp)):
        y = y * g(x)
    return y
""",
}
PROGRAMS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "activations beside weights": (
        """
def f(Ws, x):
    acts = [np.tanh, relu, lambda z: 2.0 * z]
    for W, act in zip(Ws, acts):
        x = act(W @ x)
    return np.sum(x)
""",
        ([W, W.T, W], X),
    ),
    "a layer without one": (
        """
def f(W, b, x):
    for A, c, act in [(W, b, np.tanh), (W, b, None)]:
        x = A @ x + c
        if act is not None:
            x = act(x)
    return np.sum(x)
""",
        (W, X, X[::-1].copy()),
    ),
    "layers with a name": (
        """
def f(W, b, x):
    layers = [(W, b, np.tanh), (W, b, None)]
    for A, c, act in layers:
        x = A @ x + c
        if act is not None:
            x = act(x)
    return np.sum(x)
""",
        (W, X, X[::-1].copy()),
    ),
    "items": (
        """
def f(x):
    fs = (np.sin, np.exp)
    first = fs
    fs = (np.cos, np.tanh)
    return np.sum(first[0](x) * fs[1](x) * first[-1](x)) * len(fs)
""",
        (X,),
    ),
    "a dict": (
        """
def f(x, a):
    net = {"act": np.tanh, "out": lambda t: a * t, "scale": a * a}
    y = net["out"](net["act"](x)) * net["scale"]
    more = {"sin": np.sin, "relu": relu}
    for name, g in more.items():
        y = y + len(name) * g(y)
    return np.sum(y) if "act" in net and "act" not in {"b": relu} else 0.0
""",
        (X, 0.7),
    ),
    "handed on": ("def f(x):\n    return np.sum(through([np.tanh, relu], x)) + np.sum(through((np.cos,), x))\n", (X,)),
    "made in a loop": (
        """
def f(x, n):
    for i in range(n):
        fs = [np.tanh, lambda t: t * i]
        x = fs[0](x) + fs[1](x)
    return np.sum(x)
""",
        (X, 3),
    ),
    "made by a nested function": (
        """
def f(x):
    def pair(g):
        return [g, np.sin]

    a, b = pair(np.tanh), pair(np.cos)
    return np.sum(a[0](x) * b[0](x) * a[1](x))
""",
        (X,),
    ),
    "an earlier turn's": (
        """
def f(x):
    last = [np.exp]
    for g in (np.tanh, np.cos):
        made = [g]
        before, last = last, made
    return np.sum(before[0](x)) + 2.0 * np.sum(last[0](x))
""",
        (X,),
    ),
    "slices": (
        """
def f(x, n):
    fs = [np.exp, np.sin, np.cos]
    total = 0.0
    for i in range(n):
        for g in fs[1:]:
            total = total + np.sum(g(x * i))
    (h,) = fs[:1]
    first, _, _ = fs[::-1]
    return total * np.sum(h(x) * first(x)) * len(fs[-2:])
""",
        (X, 3),
    ),
    "objects, each with those after it": (
        """
class Body:
    def __init__(self, p, v, m):
        self.p, self.v, self.m = p, v, m
        self.force = np.zeros(2)


def f(P, V, n):
    bodies = [Body(P[0], V[0], 1.0), Body(P[1], V[1], 2.0), Body(P[2], V[2], 0.5)]
    for _ in range(n):
        for i, a in enumerate(bodies):
            for b in bodies[i + 1 :]:
                d = b.p - a.p
                pull = a.m * b.m * d / (d @ d + 0.1) ** 1.5
                a.force = a.force + pull
                b.force = b.force - pull
        for b in bodies:
            b.v = b.v + 0.1 * b.force / b.m
            b.p = b.p + 0.1 * b.v
    return sum(b.m * np.sum(b.v**2) for b in bodies) + bodies[:2][1].p[1]
""",
        (W[:, :2].copy(), W[:, 1:].copy(), 2),
    ),
    "in a tuple of numbers there is no key": (
        """
def g(x, *ws):
    return (2.0 if 1 in ws else 3.0) * ws[0] * np.sum(x**2)


def f(x):
    return g(x, 3.0, 4.0) + g(x, 1, 2.0)
""",
        (X,),
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_derivatives(name: str) -> None:
    text, args = PROGRAMS[name]
    active = tuple(k for k, arg in enumerate(args) if not isinstance(arg, int))
    hold(HEAD + text, "f", active, args, annotated=False)


@pytest.mark.parametrize("name", CHOSEN)
@pytest.mark.parametrize("n", [0, 1, 2])
def test_one_of_several(name: str, n: int) -> None:
    hold(HEAD + CHOSEN[name], "f", (0,), (0.3, n), annotated=False)


@pytest.mark.parametrize(
    ("marked", "reason"),
    [
        ("fs = ‹[math.sin, math.cos]›\n    return fs", "what holds objects or functions is used as a value"),
        (
            "fs = [math.sin, math.cos]\n    return ‹fs[n]›(x)",
            "it is not known which item of `fs` this is",
        ),
        ("fs = ‹[math.sin]›\n    fs.append(math.cos)\n    return fs[0](x)", "what holds objects or functions is used"),
        ("fs = ‹{'a': math.sin}›\n    fs['a'] = math.cos\n    return x", "what holds objects or functions is used"),
    ],
)
def test_refused(marked: str, reason: str) -> None:
    found = refused(f"import math\n\n\ndef f(x: float, n: int):\n    {marked}")
    assert reason in found.reason
