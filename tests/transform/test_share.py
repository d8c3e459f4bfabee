"""What is computed once, or before a loop, or as a product: how it reads, and that derivatives are what they were."""

from __future__ import annotations

from typing import Any

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


@pytest.mark.parametrize(
    ("line", "is_product"),
    [("x**2", True), ("(x + 1.0)**2", False), ("x**3", False), ("(x - y)**2 / (x - y)", True), ("n**2 * x", False)],
)
def test_squares_of_numbers_are_products(line: str, is_product: bool) -> None:
    source = f"def f(x: float, y: float, n: int) -> float:\n    return {line} + y\n"
    (piece,) = differentiate(source, "f.py", [Request("f", (1,), "adjoint")])
    value = next(row for row in piece.text.split("def f_adjoint")[1].split("\n") if "f_value =" in row)
    assert ("**" not in value) is is_product
    hold(source, "f", (0, 1), (0.7, 1.2, 3))


@pytest.mark.parametrize(
    ("line", "root"),
    [
        ("np.sum(u**1.5)", "1.5 * np.sqrt(u)"),
        ("np.sum(u**-1.5)", "-1.5 / (u * u * np.sqrt(u))"),
        ("np.sum(u**2.5)", "2.5 * (u * np.sqrt(u))"),
        ("np.sum(u**1.3)", "u ** (1.3 - 1)"),
    ],
)
def test_powers_of_arrays_by_halves_are_roots(line: str, root: str) -> None:
    """In what is generated; the author's own power stays."""
    source = f'import numpy as np\n\n\ndef f(u: Float[np.ndarray, "n"]) -> float:\n    return {line}\n'
    (piece,) = differentiate(source, "f.py", [Request("f", (0,), "adjoint")])
    assert root in piece.text.split("# reverse")[1], piece.text
    hold(source, "f", (0,), (np.array([0.4, 1.2, 0.9]),))


def test_a_root_in_the_forward_sweep_stays_there() -> None:
    """Of a callee that is read where it is called; the sweeps are two functions."""
    source = (
        "import numpy as np\n\n\ndef h(u):\n    return u**1.5\n\n\n"
        'def f(u: Float[np.ndarray, "n"]) -> float:\n    return np.sum(h(u) * u)\n'
    )
    (piece,) = differentiate(source, "f.py", [Request("f", (0,), "pullback")])
    module: dict[str, Any] = {}
    exec("from __future__ import annotations\nimport numpy as np\n" + piece.text, module)
    u = np.array([0.4, 1.2, 0.9])
    value, residuals = module["f_forward"](u)
    assert value == pytest.approx(np.sum(u**2.5))
    np.testing.assert_allclose(module["f_reverse"](residuals, 2.0), 5.0 * u**1.5)
