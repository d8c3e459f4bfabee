"""Gradients as the input: of what they return, derivatives in both modes are held to differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.arguments import type_of
from sct.pipeline import Request, differentiate
from tests.programs import hold

HEAD = "import math\nimport numpy as np\n\n\n"
X = np.array([0.5, 0.4, -0.7])
POPPED = {
    "a while loop": (
        "def newton(p):\n    y = 1.0\n    while abs(y**3 + p * y - 2.0) > 1e-13:\n"
        "        y = y - (y**3 + p * y - 2.0) / (3 * y**2 + p)\n    return y\n\n\n"
        "def f(x):\n    t = 0.0\n    for p in x:\n        t += newton(p + 2.0) ** 2\n    return t\n"
    ),
    "loops in loops": (
        "def inner(x, n):\n    y = x\n    for i in range(n):\n        y = y * math.sin(y + x)\n    return y\n\n\n"
        "def outer(p, n):\n    y = p\n    for i in range(n):\n        y = y + inner(y * 0.5, i) * inner(y, 2)\n"
        "    return y\n\n\n"
        "def f(x):\n    t = 0.0\n    for p in x:\n        t += outer(p, 3) ** 2\n    return t\n"
    ),
    "arrays, written in the callee": (
        "def filtered(a, x):\n    y = np.zeros(len(x))\n    for n in range(len(x)):\n        y[n] = x[n]\n"
        "        if n > 0:\n            y[n] -= a * y[n - 1] * y[n - 1]\n    return y\n\n\n"
        "def f(x):\n    y = np.array([1.0, -0.5, 0.3, 0.2])\n    for k in range(len(x)):\n"
        "        y = filtered(x[k], y)\n    return y @ y\n"
    ),
    "an int among the residuals": (
        "def payoff(s, k):\n    sign = 1 if k > 0.0 else -1\n    y = sign * (s - k) / (1 + s * s)\n"
        "    return sign * s * y * math.exp(-y)\n\n\n"
        "def f(x):\n    t = 0.0\n    for k in range(len(x)):\n        t += payoff(x[0], x[k])\n    return t\n"
    ),
}


def hold_second(text: str, args: tuple[Any, ...], of: str = "x_bar @ x_bar") -> None:
    """Check the derivatives of a number made of the gradient ``x_bar`` of ``f``."""
    names = ["x", "n"][: len(args)]
    types = tuple(map(type_of, args, names))
    (piece,) = differentiate(HEAD + text, "model.py", [Request("f", (0,), "adjoint", types)])
    given = ", ".join(names)
    second = f"def g({given}):\n    x_bar = f_grad({given})\n    return {of}\n"
    head = HEAD + "".join(f"{line}\n" for line in piece.needs)
    hold(f"{head}{piece.text}\n\n\n{second}", "g", (0,), args, annotated=False)


@pytest.mark.parametrize("case", POPPED)
def test_what_callees_save(case: str) -> None:
    """Lists in the items of lists, which are popped from once they are popped."""
    hold_second(POPPED[case], (X,))


def test_the_diagonal_of_a_factor() -> None:
    hold_second(
        "def f(x):\n    L = np.linalg.cholesky(np.outer(x, x) + np.diag(x + 2.0))\n"
        "    y = np.linalg.solve(L, np.ones(3))\n    return np.log(np.diag(L)).sum() + y @ y\n",
        (X,),
    )


def test_a_part_of_an_array_of_a_size_and_one_more() -> None:
    hold_second(
        "def f(x, n):\n    V = np.zeros(n + 1)\n    V[1:-1] = x\n    y = V[1:-1].copy()\n"
        "    for i in range(len(y) - 2, -1, -1):\n        y[i] = y[i] * y[i + 1]\n    return y[0]\n",
        (0.3, 5),
        "x_bar**2",
    )


def test_the_layers_of_a_network() -> None:
    """The adjoint of a list of pairs is added to item by item."""
    rng = np.random.default_rng(1)
    layers = [(rng.normal(size=(3, 3)), rng.normal(size=3)) for _ in range(2)]
    hold_second(
        "def f(x, n):\n    for W, b in x:\n        n = np.tanh(W @ n + b)\n    return np.sum(n)\n",
        (layers, X),
        "np.sum(x_bar[0][0] * x_bar[1][0]) + np.sum(x_bar[0][1] ** 2)",
    )
