"""What is computed once, or before a loop, or as a product: how it reads, and that derivatives are what they were."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold


def _adjoint(source: str, wrt: tuple[int, ...] = (0,)) -> str:
    (piece,) = differentiate(source, "f.py", [Request("f", wrt, "adjoint")])
    return piece.text.split("def f_adjoint")[1].split("def f_grad")[0]


def _code(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if not line.strip().startswith("#"))


def test_what_takes_long_is_computed_once() -> None:
    source = (
        "import math\n\n\ndef f(x: float, y: float) -> float:\n"
        "    a = y * math.exp(-x)\n    b = a * math.exp(-x)\n    return b / x + a / x\n"
    )
    assert _code(_adjoint(source)).count("math.exp(") == 1
    hold(source, "f", (0, 1), (0.7, 1.9))


def test_a_branch_gives_nothing_to_what_follows_it() -> None:
    source = (
        "import math\n\n\ndef f(x: float, y: float) -> float:\n    z = y\n    if y > 1.0:\n"
        "        z = y * math.exp(x)\n    return z * math.exp(x)\n"
    )
    for y in (0.5, 1.5):
        hold(source, "f", (0, 1), (0.7, y))
    assert _code(_adjoint(source)).split("# reverse")[0].count("math.exp(") == 2


def test_what_is_assigned_again_is_another_number() -> None:
    source = (
        "import math\n\n\ndef f(x: float, n: int) -> float:\n    y = math.sin(x)\n    for i in range(n):\n"
        "        x = x * 1.1\n        y = y + math.sin(x) * math.sin(y)\n    return y * math.sin(x)\n"
    )
    for n in (0, 1, 3):
        hold(source, "f", (0,), (0.7, n))


def test_the_authors_variables_stay() -> None:
    source = "def f(x: float, y: float) -> float:\n    a = x / y\n    b = x / y\n    return a * b\n"
    text = _adjoint(source, (0, 1))
    assert "a = x / y\n" in text and "b = x / y\n" in text
    hold(source, "f", (0, 1), (0.7, 1.9))


def test_statements_of_arrays_stay_as_they_are_written() -> None:
    source = (
        'import numpy as np\n\n\ndef f(u: Float[np.ndarray, "n"], h: float) -> float:\n'
        "    v = u / h**2 + h**2\n    w = v / h**2\n    return np.sum(w * w)\n"
    )
    text = _adjoint(source)
    assert "v = u / h**2 + h**2\n" in text and "w = v / h**2\n" in text


@pytest.mark.parametrize(
    ("line", "outside"),
    [
        ("y = y * math.sin(x)", True),
        ("y = y * math.sin(2.0 * x + k)", True),
        ("y = y * math.sin(x * i)", False),
        ("y = y * math.sin(y)", False),
        ("y = y * math.sqrt(x)", False),  # it may raise, and the loop may have no turns
        ("s = math.sin(x)\n        y = y * s", False),  # the author's statement
    ],
)
def test_loop_invariant_code(line: str, outside: bool) -> None:
    source = (
        "import math\n\n\ndef f(x: float, k: float, n: int) -> float:\n    y = k\n    for i in range(n):\n"
        f"        {line}\n    return y\n"
    )
    before = _adjoint(source).split("for i in")[0]
    assert ("math.sin(" in before or "math.sqrt(" in before) is outside
    for n in (0, 1, 4):
        hold(source, "f", (0, 1), (0.7, 1.2, n))


def test_out_of_both_loops_and_of_no_branch() -> None:
    source = (
        "import math\nimport numpy as np\n\n\n"
        'def f(x: float, u: Float[np.ndarray, "n"], t: int) -> float:\n    for k in range(t):\n'
        "        for i in range(len(u)):\n            u[i] = u[i] * math.cos(x)\n"
        "            if u[i] > 0.0:\n                u[i] = u[i] - math.sin(x)\n    return np.sum(u)\n"
    )
    head = _adjoint(source, (0, 1)).split("for k in")[0]
    assert head.count("math.cos(x)") == 1 and head.count("math.sin(x)") == 0
    hold(source, "f", (0, 1), (0.7, np.array([0.4, -0.2, 0.9]), 3))
