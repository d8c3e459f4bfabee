"""No name of generated code hides one of the author's, nor the other way round; what cannot give way is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sct
from sct.errors import RefusedError
from sct.pipeline import Request, differentiate, module_head
from tests.modules import load_module
from tests.programs import hold
from tests.refused import refused

HEAD = "import numpy as np\n\n\n"
LOOP = "def g(x: float, n: int):\n    y = x\n    for k in range(n):\n        y = y * x * {}\n    return y\n\n\n"
TWICE = "def f(x: float) -> float:\n    return g(x, 2) * g(x, 3)\n"

HELD: dict[str, tuple[str, tuple[int, ...], tuple[Any, ...]]] = {
    "the seed": ("f_bar = 5.0\ndef f(x: float) -> float:\n    return x * x * f_bar\n", (0,), (1.3,)),
    "the seed of a callee": (f"g_bar = 5.0\n{LOOP.format('g_bar')}{TWICE}", (0,), (1.3,)),
    "residuals": (f"residuals = 3.0\n{LOOP.format('residuals')}{TWICE}", (0,), (1.3,)),
    "residuals and no others": (
        f"residuals = 3.0\ndef g(x, n):\n    for k in range(n):\n        x = x * residuals\n    return x\n{TWICE}",
        (0,),
        (1.3,),
    ),
    "a function called like the seed": (
        "def f_bar(n: int):\n    s = 0\n    for i in range(n):\n        s += i\n    return s\n"
        "def f(x: float) -> float:\n    return x * x * f_bar(4)\n",
        (0,),
        (1.3,),
    ),
    "an active function called like the seed": (
        "def f_bar(x, n: int):\n    s = x\n    for i in range(n):\n        s = s * x\n    return s\n"
        "def f(x: float) -> float:\n    return x * f_bar(x, 4)\n",
        (0,),
        (1.3,),
    ),
    "a constant of a callee that is read in its place": (
        "K = 3.0\ndef g(x): return x * K\ndef f(x: float) -> float:\n    K = x * x\n    return g(x) * K + K\n",
        (0,),
        (1.3,),
    ),
    "a variable called like a library": (
        "def f(x: float) -> float:\n    math = x * 2\n    return math**x\n",
        (0,),
        (1.3,),
    ),
    "variables called like built-in functions": (
        'def f(a: Float[np.ndarray, "n"], x: float) -> float:\n    len = range = zip = 2.0\n    total = 0.0\n'
        "    for v in a:\n        total = total * v + x * len * range\n    return total * zip\n",
        (0, 1),
        (np.array([1.3, 0.4]), 2.0),
    ),
    "a function called like a library": (
        "def math(x, y):\n    return x * y\ndef f(x: float, y: float) -> float:\n    return x**y + math(x, y)\n",
        (0, 1),
        (1.3, 0.7),
    ),
    "a constant called like a library": (
        "math = 3.0\ndef f(x: float) -> float:\n    return math**x * x\n",
        (0,),
        (1.3,),
    ),
    "imports that hide built-in functions": (
        'from numpy import abs, sum\ndef f(a: Float[np.ndarray, "n"], x: float):\n    return sum(abs(a)) * x\n',
        (0, 1),
        (np.array([1.3, -0.4]), 2.0),
    ),
    "what is imported twice and the same": (
        "import math\nimport math\ndef f(x: float) -> float:\n    return math.sin(x)\n",
        (0,),
        (1.3,),
    ),
}


@pytest.mark.parametrize("name", HELD)
def test_one_gives_way(name: str) -> None:
    source, wrt, args = HELD[name]
    hold(HEAD + source, "f", wrt, args)


REFUSED = {
    "def f(x: float, ‹math›: float):\n    return math**x": "the parameter `math` hides a `math`",
    'def f(x: Float[np.ndarray, "n"], ‹np›: float):\n    return x[0] * np': "the parameter `np` hides a `np`",
    'def f(x: Float[np.ndarray, "n"], ‹range›: float):\n    y = 1.0\n    for v in x:\n        y = y * v\n'
    "    return y * range": "the parameter `range` hides a `range`",
    "def f(x: float, ‹f_adjoint›: float):\n    return x * f_adjoint": "the parameter `f_adjoint` hides",
    "K = 3.0\n\n\ndef g(x):\n    return x * K\n\n\ndef f(x: float, ‹K›: float):\n    return g(x) * K": "parameter `K`",
    "x_dot = 5.0\n\n\ndef f(x: float):\n    return x * ‹x_dot›": "what the tangent of `x` is called",
    "‹len = 3.0›; n = 2.0\n\n\n"
    'def f(x: Float[np.ndarray, "n"]):\n    y = 1.0\n    for v in x:\n        y = y * v\n    return y * len': (
        "`len` is also the name of a built-in function that generated code needs"
    ),
    "def ‹f_adjoint›(x, s):\n    for i in range(3):\n        s = s * x\n    return s\n\n\n"
    "def f(x: float):\n    return f_adjoint(x, 2.0)": "`f_adjoint` is also the name of a function that is generated",
    "def ‹f_grad›(n):\n    return n * 2\n\n\ndef f(x: float):\n    return x * f_grad(3)": "`f_grad` is also the name",
    "‹f_tangent = 2.0›\n\n\ndef f(x: float):\n    return x * f_tangent": "`f_tangent` is also the name of",
    "‹from math import pi as f_grad›\n\n\ndef f(x: float):\n    return x * f_grad": "`f_grad` is also the name of",
}


@pytest.mark.parametrize("text", REFUSED)
def test_the_other_is_refused(text: str) -> None:
    first = refused(HEAD + text, mode="both")
    assert REFUSED[text] in first.reason and first.help.startswith("rename")


BOTH = (
    "def f_grad(t, n):\n    for k in range(n):\n        t = t * t\n    return t\n\n\n"
    "def f(x: float):\n    return x * x\n\n\ndef h(x: float):\n    return f_grad(2.0, 3) * x\n"
)


@pytest.mark.parametrize("names", [("f", "h"), ("h", "f")])
def test_what_two_functions_of_a_module_need_is_refused_in_any_order(names: tuple[str, ...]) -> None:
    with pytest.raises(RefusedError, match=r"model.py:1:5: `f_grad` is also the name of a function .* for `f`"):
        differentiate(BOTH, "model.py", [Request(name) for name in names])


@pytest.mark.parametrize(("name", "slope"), [("f", 2.6), ("h", 256.0)])
def test_each_alone_is_fine(name: str, slope: float) -> None:
    (piece,) = differentiate(BOTH, "model.py", [Request(name)])
    module: dict[str, Any] = {}
    exec(f"from __future__ import annotations\n{module_head(BOTH, 'model.py')}\n{piece.text}", module)
    assert module[f"{name}_grad"](1.3) == slope


AGAIN = """
import sct


def g_again(x, n):
    for k in range(n):
        x = x * x
    return x


@sct.checkpoint
def g(x, g):
    for k in range(2):
        x = x * g
    return x


@sct.grad
def f(x: float) -> float:
    return g_again(x, 2) * g(x, x)
"""


def test_a_function_called_like_one_that_runs_again(tmp_path: Path) -> None:
    path = tmp_path / "again.py"
    path.write_text(AGAIN)
    assert load_module(path).f(1.3) == pytest.approx(7 * 1.3**6)


def scaled(x: float, x_dot: float) -> float:
    return x * x * x_dot * scaled_bar


scaled_bar = 5.0


def test_the_witnesses_know_the_names() -> None:
    report = sct.verify(scaled, 1.3, 2.0, wrt="x")
    assert report.agrees
    assert sct.vjp(scaled, 1.3, 2.0)[1](1.0)[0] == pytest.approx(26.0)
