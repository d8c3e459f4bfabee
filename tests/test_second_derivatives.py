"""Gradients as the input: of what they return, derivatives in both modes are held to differences."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sct
from sct.arguments import type_of
from sct.errors import RefusedError
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


CLASSES = {
    "a dataclass": "@dataclass\nclass Layer:\n    W: np.ndarray\n    b: np.ndarray\n",
    "a named tuple": "class Layer(NamedTuple):\n    W: np.ndarray\n    b: np.ndarray\n",
    "a class with an __init__": "class Layer:\n    def __init__(self, W, b):\n        self.W = W\n        self.b = b\n",
}


@pytest.mark.parametrize("case", CLASSES)
def test_the_adjoint_of_an_object(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made by ``type(p)(…)``, or as a ``SimpleNamespace``."""
    text = (
        "from dataclasses import dataclass\nfrom typing import NamedTuple\nimport numpy as np\n\n\n"
        f"{CLASSES[case]}\n\ndef f(p, x):\n    return np.sum(np.tanh(p.W @ x + p.b) ** 2)\n"
    )
    name = f"model_{list(CLASSES).index(case)}_of_classes"
    (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module(name)
    rng = np.random.default_rng(2)
    W, b, W_dot, b_dot = rng.normal(size=(3, 3)), rng.normal(size=3), rng.normal(size=(3, 3)), rng.normal(size=3)
    gradient = sct.grad(module.f)
    _, dot = sct.jvp(gradient, (module.Layer(W, b), X), (module.Layer(W_dot, b_dot), np.zeros(3)))
    after, before = (gradient(module.Layer(W + h * W_dot, b + h * b_dot), X) for h in (1e-6, -1e-6))
    assert np.allclose(dot.W, (after.W - before.W) / 2e-6, rtol=1e-6, atol=1e-8)
    assert np.allclose(dot.b, (after.b - before.b) / 2e-6, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("q = type(x)(x=x)\n    return q.x", "it is not known what `type` gives here"),
        ("q = type(n)(y=1.0, x=2.0)\n    return q.x * x", "the fields of `P` are x, y"),
        ("q = type(n)(1.0, 2.0)\n    return q.x * x", "fields are passed by position"),
    ],
)
def test_a_class_that_is_not_known(lines: str, reason: str) -> None:
    text = "from typing import NamedTuple\n\n\nclass P(NamedTuple):\n    x: float\n    y: float\n\n\n"
    text += f"def f(x: float, n: P) -> float:\n    {lines}\n"
    with pytest.raises(RefusedError, match=reason):
        differentiate(text, "model.py", [Request("f", (0,))])


def test_what_is_refused_is_told_at_the_authors_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where generated code is not accepted as input, there is nothing in it that the author could change."""
    text = (
        "import numpy as np\n\n\ndef step(x, h):\n    for i in range(2):\n        xh = np.concatenate([x, h])\n"
        "        h = np.tanh(xh[:3] * xh[3:] + x)\n    return h\n\n\n"
        "def f(x, n):\n    h = np.zeros(3)\n    for i in range(n):\n        h = step(x, h) * chebyshev(x[0], i)\n"
        "    return np.sum(h)\n\n\ndef chebyshev(x, n):\n    if n < 2:\n        return x**n\n"
        "    return 2.0 * x * chebyshev(x, n - 1) - chebyshev(x, n - 2)\n"
    )
    (tmp_path / "model_refused_again.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    f = importlib.import_module("model_refused_again").f
    with pytest.raises(RefusedError, match="the derivative of this is not differentiated again") as caught:
        sct.jvp(sct.grad(f), (X, 3), (X, None))
    for problem in caught.value.diagnostics:
        assert problem.span.file == f.__code__.co_filename
        assert "sct.jvp" in problem.help
    assert "__sct_cache__" not in str(caught.value)
    assert caught.value.diagnostics[0].span.line > text.splitlines().index("def chebyshev(x, n):")
