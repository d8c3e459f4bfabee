"""Small straight-line functions are read where they are called; what they compute is what it was."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

CUBE = "def cube(t):\n    return t * t * t\n\n\n"
LENGTH = "import math\n\n\ndef length(x, y):\n    square = x * x + y * y\n    return math.sqrt(square)\n\n\n"


def _text(source: str, wrt: tuple[int, ...] = (0,)) -> str:
    (piece,) = differentiate(source, "f.py", [Request("f", wrt, "both")])
    return piece.text


@pytest.mark.parametrize(
    ("source", "inlined"),
    [
        (CUBE + "def f(x: float) -> float:\n    return cube(x) * cube(2.0 * x)\n", True),
        (LENGTH + "def f(x: float) -> float:\n    return length(x, 2.0 * x)\n", True),
        (LENGTH + "def f(x: float) -> float:\n    return length(x, 2.0) * length(1.0, x)\n", False),
        ("def power(x, n):\n    y = x\n    for i in range(n):\n        y *= x\n    return y\n\n\n"
         "def f(x: float) -> float:\n    return power(x, 3)\n", False),
        ("def pick(x):\n    if x > 1.0:\n        return x * x\n    return x\n\n\n"
         "def f(x: float) -> float:\n    return pick(x)\n", False),
        ("def shown(x):\n    print(x)\n    return x * x\n\n\ndef f(x: float) -> float:\n    return shown(x)\n", False),
    ],
    ids=["expression", "statements once", "statements twice", "loop", "branch", "effect"],
)  # fmt: skip
def test_what_is_read_where_it_is_called(source: str, inlined: bool) -> None:
    text = _text(source)
    assert ("_reverse(" not in text and "_tangent(x, " not in text) is inlined, text
    hold(source, "f", (0,), (1.3,))


def test_calls_of_one_function_read_alike() -> None:
    source = (
        "def height(a, x):\n    return a * a - x * x\n\n\n"
        "def f(a: float, x: float, n: int) -> float:\n    y = x\n    for i in range(n):\n"
        "        if height(a, y) > 0.0:\n            y = 0.5 * y + 0.25\n    return height(a, y)\n"
    )
    adjoint = _text(source).split("def f_adjoint")[1].split("def f_grad")[0]
    assert "height(" not in adjoint.replace("return height(a, y)", "")
    hold(source, "f", (0,), (0.9, 2.3, 4))
    kept = source.replace("return height(a, y)", "return a * y")
    assert "if height(a, y) > 0.0:" in _text(kept)


def test_what_two_calls_compute_alike_has_one_reverse() -> None:
    source = (
        "import math\n\n\ndef pull(x, y, along):\n    return along / math.sqrt(x * x + y * y) ** 3\n\n\n"
        "def f(x: float, y: float) -> float:\n    gx = pull(x, y, x)\n    gy = pull(x, y, y)\n"
        "    if gx > 0.0:\n        gy += pull(y, x, x)\n    return gx * gx - 2.0 * gx * gy\n"
    )
    reverse = _text(source, (0, 1)).split("# reverse\n")[1].split("\ndef ")[0]
    assert reverse.count("3.0 * pull_sqrt * pull_cube_bar") == 1
    for args in ((0.9, 2.3), (-0.9, 2.3)):
        hold(source, "f", (0, 1), args)


def test_names_do_not_clash() -> None:
    source = (
        "import math\n\n\nsquare = 3.0\n\n\ndef length(x, y):\n    scale = x * x + y * y\n    root = math.sqrt(scale)\n"
        "    return root * scale\n\n\n"
        "def f(x: float, scale: float) -> float:\n    root = scale * x\n    z = length(root, x)\n"
        "    return z * scale + root * square\n"
    )
    text = _text(source, (0, 1))
    assert "length_scale = " in text and "length_root = " in text and "\n    square = " not in text
    hold(source, "f", (0, 1), (1.3, 0.4))


def test_parts_that_are_not_used_are_not_computed() -> None:
    source = (
        "import math\n\n\ndef both(x):\n    s = math.sin(x)\n    c = math.exp(x)\n    return s * s, c * c\n\n\n"
        "def f(x: float) -> float:\n    s, _ = both(x)\n    t, _ = both(s)\n    return t\n"
    )
    assert "exp" not in _text(source).split("def f_adjoint")[1]
    hold(source, "f", (0,), (0.7,))


def test_constants_that_are_given_are_known() -> None:
    source = (
        "def scaled(x, a, b):\n    return a * x + b * x * x\n\n\n"
        "def f(x: float) -> float:\n    return scaled(x, 1.0, 0.0)\n"
    )
    assert "return x, f_bar\n" in _text(source)
    hold(source, "f", (0,), (0.7,))


def test_a_view_of_an_argument_is_handed_by_a_call() -> None:
    source = (
        "import numpy as np\n\n\ndef first(A):\n    return A[0]\n\n\n"
        'def f(A: Float[np.ndarray, "m n"]) -> float:\n    row = first(A)\n    return np.sum(row * row)\n'
    )
    assert "first_reverse" in _text(source)
    hold(source, "f", (0,), (np.arange(6.0).reshape(2, 3) + 0.5,))


def test_an_array_that_is_new() -> None:
    source = (
        "import numpy as np\n\n\ndef sigmoid(x):\n    return 1.0 / (1.0 + np.exp(-x))\n\n\n"
        'def f(x: Float[np.ndarray, "n"], w: Float[np.ndarray, "n"]) -> float:\n'
        "    y = sigmoid(x * w)\n    y[0] = y[1] * x[0]\n    return np.sum(y * sigmoid(w))\n"
    )
    assert "sigmoid_reverse" not in _text(source, (0, 1))
    hold(source, "f", (0, 1), (np.array([0.3, -0.7, 1.1]), np.array([0.5, 0.9, -0.4])))


def test_a_hint_keeps_the_function_apart() -> None:
    source = (
        "def g(x, k):\n    # sct: constant k\n    return x * k\n\n\n"
        "def f(x: float, k: float) -> float:\n    return g(x, k)\n"
    )
    assert "g_reverse" in _text(source)


HANDED_ON = """
def predict(s, u):
    x, P = s
    for k in range(2):
        x = x + P * u
    return x, P * 0.9


def f(p: float, us: Float[np.ndarray, "m"], zs: Float[np.ndarray, "n"]) -> float:
    s = (p, 1.0)
    total = 0.0
    for u in us:
        s = predict(s, u)
        for z in zs:
            s = (s[0] * z, s[1])
            total += s[0]
    return total
"""


def test_a_tuple_of_a_callee_enters_a_loop() -> None:
    hold("import numpy as np\n" + HANDED_ON, "f", (0, 1), (2.0, np.array([0.5, 1.5]), np.array([0.7, 1.1])))
