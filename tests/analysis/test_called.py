"""What a call makes has sizes of its own; a function may call itself with arrays of ever other sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.programs import hold
from tests.refused import refused

HEAD = "import numpy as np\n"
V = np.array([0.3, -0.7, 1.1, 0.9, 0.4])
PROGRAMS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "two lengths that meet": (
        """
def rest(x, k):
    y = x * x
    return y[k:]


def f(x, k, m):
    return np.sum(rest(x, k) * rest(x, m))
""",
        (V, 4, 1),
    ),
    "lengths that calls compute": (
        """
def half(n):
    return n // 2


def f(x, k, m):
    return np.sum(x[: half(k)] ** 2 * x[: half(m)])
""",
        (V, 3, 8),
    ),
    "a length beside its array": (
        """
def rest(x, k):
    i = k * k
    return i, x[i:] * 2.0


def f(x, k, m):
    i, a = rest(x, k)
    j, b = rest(x, m)
    return np.sum(a * b) + np.sum(x[:i] * x[:j])
""",
        (V, 1, 2),
    ),
    "halves": (
        """
def f(x):
    n = len(x)
    if n == 1:
        return x[0] ** 3
    return f(x[: n // 2]) * 1.1 + f(x[n // 2 :])
""",
        (V,),
    ),
    "to the end": ("def f(x):\n    return x[0] ** 2 + f(x[1:]) if len(x) > 0 else 0.0\n", (V,)),
    "de Casteljau": (
        """
def point(P, t):
    if len(P) == 1:
        return P[0]
    return point((1 - t) * P[:-1] + t * P[1:], t)


def f(P, t):
    p = point(P, t)
    return p[0] ** 2 + np.sin(p[1])
""",
        (np.array([[0.1, 0.2], [0.9, 1.4], [-0.5, 0.7], [0.3, 0.3]]), 0.3),
    ),
    "a result that shrinks": (
        """
def tail(x, k):
    if k == 0:
        return np.concatenate([x, x[:2]])
    return tail(x, k - 1)[1:]


def f(x, k):
    return np.sum(tail(x, k) * np.concatenate([x, x[:2]]))
""",
        (V, 6),
    ),
    "numbers before the array": (
        """
def best(i, k, x):
    if k == 0 or i >= len(x):
        return x * 0.5
    return best(i + 1, k - 1, x[1:]) * 2.0


def f(x, m):
    return np.sum(best(len(x) - m, m, x) ** 2) * x[m]
""",
        (V, 3),
    ),
    "each other": (
        """
def even(x):
    return x[0] * odd(x[1:]) if len(x) else 1.0


def odd(x):
    return x[0] ** 2 + even(x[1:]) if len(x) else 2.0


def f(x):
    return even(x)
""",
        (V,),
    ),
    "on a coarser grid": (
        """
def relaxed(u, b, h):
    for _ in range(2):
        u[1:-1] += 0.3 * (u[:-2] + u[2:] - 2.0 * u[1:-1] + h * h * b[1:-1])
    return u


def cycle(u, b, h):
    u = relaxed(u, b, h)
    if len(u) <= 3:
        return u
    r = np.zeros_like(b)
    r[1:-1] = b[1:-1] + (u[:-2] - 2.0 * u[1:-1] + u[2:]) / h**2
    c = cycle(np.zeros_like(r[::2]), r[::2].copy(), 2.0 * h)
    e = np.zeros_like(u)
    e[::2] = c
    e[1::2] = 0.5 * (c[:-1] + c[1:])
    return relaxed(u + e, b, h)


def f(b, a):
    u = np.zeros(len(b))
    u[0] = a
    return np.sum(cycle(u, b, 1.0 / (len(b) - 1)) ** 2)
""",
        (np.cos(np.arange(9.0)), 0.4),
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_derivatives(name: str) -> None:
    text, args = PROGRAMS[name]
    active = tuple(k for k, arg in enumerate(args) if not isinstance(arg, int))
    hold(HEAD + text, "f", active, args, annotated=False)


def test_structures_without_end_are_refused() -> None:
    found = refused(
        "def g(t, n: int):\n    return ‹g((t, 1.0), n - 1)› if n > 0 else 1.0\n\n\n"
        "def f(x: float, n: int):\n    return g((x, x), n)"
    )
    assert found.reason == "this calls itself with other kinds of arguments each time"
