"""Displays with the items of another container, ``[a, *xs]``: held to differences."""

from __future__ import annotations

import numpy as np
import pytest

from tests.programs import hold
from tests.refused import refused

HEAD = "import numpy as np\n\n\n"
PROGRAMS = {
    "of an array": "xs = [*x]\n    return xs[0] * xs[1]",
    "beside those of an array": "xs = [2.0, *np.sin(x), *x]\n    return xs[0] * xs[1] ** 2 * xs[-1]",
    "of containers of every kind": (
        "a, b, c = (x[0], 2.0), [x[1]], {'p': x}\n    y = [*a, *b, *c['p'], *x[:2], *[x[2]], *(x[0],)]\n"
        "    return sum([v * v for v in y]) * len(y)"
    ),
    "of what a call gives": "st = [[x[0]], [x[1], x[2]]]\n    y = [*st.pop(), *st.pop()]\n    return y[0] * y[1]",
    "in arrays": (
        "xs, t = [x, 2 * x], (x[0], x[1])\n    y = np.concatenate([x[:1], *xs]) ** 2\n"
        "    z = np.vstack((x, *xs)) * np.stack([*xs, x**2])\n"
        "    return y.sum() + z.sum() + np.asarray([*t, 1.0]) @ x + np.array((*t, 2.0)) @ np.array([*x]) ** 2"
    ),
    "of arguments": "f = lambda *rest: np.stack([*rest, x]).sum() * [*rest][0][1]\n    return f(x**2, x**3)",
    "in a tuple": (
        "first, *mid = (x[0], x[1], x[2])\n    last, (h, *j) = first, (first, *mid)\n    t = (*mid, last)\n"
        "    return h * sum(j) + t[0] * t[-1] * len(t)"
    ),
    "of shapes": "y = np.zeros((*x.shape, 2))\n    y[:, 1] = x\n    return np.sum(y**2)",
}


@pytest.mark.parametrize("body", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_programs(body: str) -> None:
    hold(f"{HEAD}def f(x):\n    {body}\n", "f", (0,), (np.array([0.4, -0.7, 1.3]),), annotated=False)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("return (*‹x›, 2.0)[0]", "it is not known how many items this has"),
        ("return [*‹np.outer(x, x)›][0][0]", "it is not known how many items this has"),
    ],
)
def test_refused(body: str, reason: str) -> None:
    assert refused(f"{HEAD}def f(x: float[:]):\n    {body}\n").reason == reason
