"""Functions that are called: nested ones, lambdas, functions as arguments; against differences, in both modes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from tests.programs import hold
from tests.refused import refused

PROGRAMS = """
import math
import numpy as np

C = 2.0


def nested(x: float, y: float) -> float:
    scale = y * y

    def g(t):
        return scale * t * t

    a = g(x)
    scale = x
    b = g(a + 1.0) * g(y)
    return a + b


def longer(x: float, n: int) -> float:
    c = x * x

    def step(t, k=2):
        # one step
        s = math.sin(t) * c
        if s > 0.5:
            return s
        r = s + k * t
        return r * c

    y = step(x)
    for i in range(n):
        y = step(y, k=i)
    return y * step(c, 1)


def newton(f, x0, steps=3):
    x = x0
    for _ in range(steps):
        slope = (f(x + 1e-3) - f(x - 1e-3)) / 2e-3
        x = x - f(x) / slope
    return x


def root(c: float) -> float:
    return newton(lambda t: t * t - c, 1.5)


def cube(t):
    return t**3


def integrate(f, a, b, n=4):
    h = (b - a) / n
    total = 0.0
    for i in range(n):
        total += f(a + (i + 0.5) * h)
    return total * h


def area(a: float, b: float) -> float:
    return integrate(cube, a, b) + integrate(math.sin, 0.0, b, n=3)


def writes(u: Float[np.ndarray, "n"], n: int) -> float:
    out = np.zeros(n)

    def put(i, v):
        if v < 0:
            return
        out[i] = v * v
        out[0] += v

    for i in range(n):
        put(i, u[i])
    put(0, out[1])
    return out.sum() * out[0]


def chosen(x: float) -> float:
    f = math.sin if x > 0 else math.cos
    if x > 1:
        def g(t):
            return t * x
    else:
        def g(t):
            return t + x
    return f(x) * g(x * x)


def make(c):
    def scaled(t):
        return c * t

    return scaled


def factory(x: float) -> float:
    g = make(x)
    h = make(3.0)
    return g(x) * h(g(2.0))


def total(first, *others, scale=C / 2):
    found = first
    for other in others:
        found += other * scale
    return found


def starred(x: float, y: float) -> float:
    t = (x, y, x * y)
    return total(x, y, 3.0) * total(*t, scale=y) + total(x)


def kw(x, *, k=2 * C, m=math.pi):
    if x > k:
        return x
    return x * k * m


def keywords(x: float) -> float:
    n = kw(3.0, k=1.0)
    return kw(x) * kw(x, m=x) * n


def pairs(x, y):
    def inner(a):
        b = a * y
        return a + b, b

    p, q = inner(x)
    return (p, (q, p * q)), q


def results(x: float, y: float) -> float:
    (a, (b, c)), d = pairs(x, y)
    return a * b + c * d


def layers(x: float) -> float:
    y = x
    for act in (math.sin, math.tanh, lambda t: t * x):
        y = act(y)
    return y


def even(x, n):
    if n == 0:
        return x
    return odd(x * x, n - 1) + x


def odd(x, n):
    if n == 0:
        return 1.0
    return math.sin(even(x, n - 1))


def mutual(x: float, n: int) -> float:
    return even(x, n) * odd(x, n + 1)


def fold_down(a, n):
    if n == 0:
        return a
    return fold_down(a * a, n - 1) * 0.5


def variants(x: float, u: Float[np.ndarray, "n"]) -> float:
    return fold_down(x, 2) + np.sum(fold_down(u, 2)) + fold_down(3.0, 1) * fold_down(2, 1)


def late(x: float, u: Float[np.ndarray, "n"]) -> float:
    def read(k, scale=x):
        return u[k] * scale

    a = read(0)
    u[0] = x * a
    x = 2.0 * a
    b = read(0) + read(1, scale=x)
    u[1:] = 0.5 * u[:-1]
    return a * b * read(-1)


def two_kinds(x: float, u: Float[np.ndarray, "n"]) -> float:
    def grow(a):
        a += x
        a *= a
        return a

    y = grow(x)
    v = grow(u)
    return y * v.sum() + u.sum() + grow(y)


def views(A: Float[np.ndarray, "m n"], x: float) -> float:
    def scaled(row, factor):
        row *= factor
        return row[0]

    first = scaled(A[0], x)
    second = scaled(A[1], first)
    return A.sum() * second


def returns_from_a_loop(x: float, u: Float[np.ndarray, "n"]) -> float:
    def first_above(limit):
        for k, w in enumerate(u):
            if w > limit:
                u[k] = w * x
                return w * limit
        return limit

    total = 0.0
    for k in range(3):
        total += first_above(x * k - 1.0)
        if total > 3.0:
            break
    return total + u.sum()


def continues(u: Float[np.ndarray, "n"], n: int) -> float:
    out = np.ones(n)

    def put(i, v):
        out[i] = v * v

    for i in range(n):
        if u[i] < 0:
            put(0, u[i] * out[i])
            continue
        if i > 2:
            put(i, out[0])
            break
    return out @ u


def inner_of_inner(x: float) -> float:
    def outer(a):
        def inner(b):
            return a * b * x

        return inner(a) + inner(2.0)

    return outer(x) * (lambda t, s=outer(1.0): t * s)(x)


def shadowed(x: float, t: float) -> float:
    def g(x):
        t = x * x
        return t + x

    return g(t) * t * x + g(x)


def relaxed(f, x, n):
    for _ in range(n):
        x = 0.5 * (x + f(x))
    return x


def nested_solvers(c: float) -> float:
    def residual(t):
        return relaxed(lambda s: math.cos(s * t) * c, t, 2)

    return relaxed(residual, 1.0, 3)


def spread_out(x: float, u: Float[np.ndarray, "n"]) -> float:
    def weigh(w, *rest, power=2):
        w[0] = rest[1] * x
        found = rest[0] ** power
        for r in rest:
            found += r * w[1]
        return found * len(rest)

    return weigh(u, x, u[0]) + weigh(u, *(x, u[1])) * u[0]
"""


def _r(*shape: int) -> np.ndarray:
    return np.random.default_rng(4).normal(size=shape)


CASES: list[tuple[str, tuple[int, ...], tuple[Any, ...]]] = [
    ("nested", (0, 1), (0.7, 1.3)),
    ("longer", (0,), (0.9, 3)),
    ("longer", (0,), (-1.3, 2)),
    ("root", (0,), (2.0,)),
    ("area", (0, 1), (0.3, 1.2)),
    ("writes", (0,), (_r(5), 5)),
    ("chosen", (0,), (1.7,)),
    ("chosen", (0,), (-0.4,)),
    ("factory", (0,), (1.2,)),
    ("starred", (0, 1), (0.6, 1.1)),
    ("keywords", (0,), (0.6,)),
    ("keywords", (0,), (5.0,)),
    ("results", (0, 1), (0.6, 1.1)),
    ("layers", (0,), (0.6,)),
    ("mutual", (0,), (0.6, 4)),
    ("variants", (0, 1), (0.6, _r(3))),
    ("late", (0, 1), (0.6, _r(3))),
    ("two_kinds", (0, 1), (0.6, _r(3))),
    ("views", (0, 1), (_r(3, 4), 0.6)),
    ("returns_from_a_loop", (0, 1), (0.6, _r(5))),
    ("continues", (0,), (_r(5), 5)),
    ("inner_of_inner", (0,), (0.6,)),
    ("shadowed", (0, 1), (0.6, 1.2)),
    ("nested_solvers", (0,), (0.6,)),
    ("spread_out", (0, 1), (0.6, _r(3))),
]


@pytest.mark.parametrize(("name", "wrt", "args"), CASES)
def test_function(name: str, wrt: tuple[int, ...], args: tuple[Any, ...]) -> None:
    hold(PROGRAMS, name, wrt, args)


REFUSED = {
    "`g` calls itself": """
def f(x: float):
    def g(t):
        return x if t < 0 else ‹g(t - 1.0)›

    return g(x)
""",
    "`solve` calls itself": """
def solve(h, x, n):
    return h(x) if n == 0 else ‹solve(h, h(x), n - 1)›


def f(x: float):
    return solve(math.sin, x, 3)
""",
    "`nonlocal` is not supported here": """
def f(x: float):
    ‹nonlocal x›
    return x
""",
    "a decorator in a function is not supported": """
def f(x: float):
    ‹@math.sin›
    def g(t):
        return t

    return g(x)
""",
    "it is not known what the decorator `@timed` makes of `g`": """
def timed(h):
    return h


‹@timed›
def g(x):
    return x


def f(x: float):
    return g(x)
""",
    "it is not known what the decorator `@functools.singledispatch` makes of `f`": """
import functools


‹@functools.singledispatch›
def f(x: float):
    return x
""",
    "a call of `g` gives its gradient, as it is decorated with `@sct.grad`": """
from sct import grad


@grad
def g(x):
    return x * x


def f(x: float):
    return ‹g(x)› * x
""",
    "`g` is a value, not a known function": """
def f(x: float):
    g = math.sin
    for i in range(3):
        x = ‹g(x)›
        g = math.cos
    return x
""",
    "`h` is a value, not a known function": """
def g(h, x: float):
    return h(x)


def f(x: float, h: float):
    return ‹h(x)›
""",
    "a function is used as a value": """
def f(x: float):
    return np.sum(‹lambda t: t›) * x
""",
    "`g` has no such parameter": """
def f(x: float):
    g = lambda t: t * x
    return g(x, ‹2.0›)
""",
    "`t` is given twice": """
def f(x: float):
    g = lambda t: t * x
    return g(x, ‹t=2.0›)
""",
    "the default of `w` is not an expression of constants": """
def g(x, w=np.zeros(3)):
    return x


def f(x: float):
    return ‹g(x)›
""",
    "the default of `k` is not an expression of constants": """
K = 2.0


def g(x, k=K):
    return x * k


K = 3.0


def f(x: float):
    return ‹g(x)›
""",
    "it is not known how many items this has": """
def g(x, *rest):
    return x


def f(x: float, u: np.ndarray):
    return g(*‹u›)
""",
    "the function `np.lexsort` is not supported": """
def apply(h, u):
    return ‹h(u)›


def f(x: float):
    return apply(np.lexsort, x)
""",
}


@pytest.mark.parametrize("reason", REFUSED)
def test_refused(reason: str) -> None:
    first = refused("import math\nimport numpy as np\n" + REFUSED[reason])
    assert reason in first.reason and first.help


def test_a_refusal_in_a_nested_function_names_the_call() -> None:
    source = "def f(x: float):\n    def g(t):\n        return t.flat\n\n    return g(x)\n"
    with pytest.raises(RefusedError, match=r"model.py:5:12: note: it is called here"):
        differentiate(source, "model.py", [Request("f")])
