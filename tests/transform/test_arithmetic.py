"""Arithmetic that is written by what is faster has the same derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold


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
        ("np.sum(u**1.5)", "1.5 * f_bar * np.sqrt(u)"),
        ("np.sum(u**-1.5)", "-1.5 * f_bar / (u * u * np.sqrt(u))"),
        ("np.sum(u**2.5)", "2.5 * f_bar * u * np.sqrt(u)"),
        ("np.sum(u**1.3)", "u ** (1.3 - 1.0)"),
    ],
)
def test_powers_of_arrays_by_halves_are_roots(line: str, root: str) -> None:
    """In what is generated; the author's own power stays."""
    source = f'import numpy as np\n\n\ndef f(u: Float[np.ndarray, "n"]) -> float:\n    return {line}\n'
    (piece,) = differentiate(source, "f.py", [Request("f", (0,), "adjoint")])
    assert root in piece.text.split("# reverse")[1], piece.text
    hold(source, "f", (0,), (np.array([0.4, 1.2, 0.9]),))


@pytest.mark.parametrize(
    ("power", "slope"),
    [
        ("x ** (1 / 3)", "1 / 3 * x ** (1 / 3 - 1.0) * f_bar"),
        ("x ** (-2 / 3)", "-2 / 3 * x ** (-2 / 3 - 1.0) * f_bar"),
        ("math.pow(x, 2.0 * 3)", "2.0 * 3 * x ** (2.0 * 3 - 1.0) * f_bar"),
    ],
)
def test_an_exponent_of_constants_is_written_out(power: str, slope: str) -> None:
    """Whether it is zero is known, and it takes no variable."""
    source = f"import math\n\n\ndef f(x: float) -> float:\n    return {power}\n"
    (piece,) = differentiate(source, "f.py", [Request("f", (0,), "adjoint")])
    assert f"    x_bar = {slope}\n" in piece.text, piece.text
    hold(source, "f", (0,), (0.7,))


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


@pytest.mark.parametrize(
    ("line", "derived"),
    [
        ("x**2", "x_bar = 2.0 * x * f_bar"),
        ("math.tanh(x)", "x_bar = (1.0 - f_value * f_value) * f_bar"),
        ("3 * x", "x_bar = 3.0 * f_bar"),
        ("n * x", "x_bar = n * f_bar"),
        ("9007199254740993 * x", "x_bar = 9007199254740993 * f_bar"),
        ("x**n", "n * x ** (n - 1) * f_bar"),
    ],
)
def test_whole_constants_of_numbers_are_floats(line: str, derived: str) -> None:
    """In what is generated, and where a float can be what they are; the author's own stay, and so do ints."""
    source = f"import math\n\n\ndef f(x: float, n: int) -> float:\n    return {line}\n"
    (piece,) = differentiate(source, "f.py", [Request("f", (0,), "adjoint")])
    assert derived in piece.text and f"return {line}\n" in piece.text, piece.text
    hold(source, "f", (0,), (0.7, 3))
