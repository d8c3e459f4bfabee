"""Numbers that scale arrays: that they are multiplied first, and what has to stay as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

PROGRAMS = """
import numpy as np
import sct


def decayed(x: Float[np.ndarray, "n"], k: float) -> float:
    return 0.5 * k * np.sum(x**2)


def mean_square(x: Float[np.ndarray, "n"], k: float) -> float:
    return k * np.mean((x - 0.3) ** 2)


def kinetic(x: Float[np.ndarray, "n"], k: float) -> float:
    return np.sum(0.5 * x * (k * x) ** 2)


def norm(x: Float[np.ndarray, "n"], k: float) -> float:
    return k * np.sqrt(np.sum(x**2))


def columns(x: Float[np.ndarray, "n m"], k: Float[np.ndarray, "m"]) -> float:
    return np.sum((x / k) ** 2)


def lengths(x: Float[np.ndarray, "n m"], k: float) -> float:
    return np.sum(k * np.sqrt(np.sum(x**2, axis=1)))


def scaled_sum(x: Float[np.ndarray, "n"], k: float) -> float:
    y = np.exp(-k * x)
    return np.sum(y * y)


def matrix(x: Float[np.ndarray, "n n"], k: float) -> float:
    v = (k * x) @ x[0]
    return np.sum(v * v)


def divided(x: Float[np.ndarray, "n"], k: float) -> float:
    return np.sum((3.0 * x / k) ** 2)


def reciprocal(x: Float[np.ndarray, "n"], k: float) -> float:
    return np.sum(np.arccos(0.1 * x)) + np.sum(k / x)


def overwritten(x: Float[np.ndarray, "n"], k: float) -> float:
    y = x * k
    z = np.sum(0.5 * y * x**2)
    y[0] = k
    return z + np.sum(y * y)


def restored(x: Float[np.ndarray, "n"], k: float) -> float:
    y = x * k
    for i in range(2):
        y[1:] = 0.5 * k * y[1:] * y[1:]
    return np.sum(y**2)
"""
NAMES = [line.split("(")[0][4:] for line in PROGRAMS.splitlines() if line.startswith("def ")]
HEAD = "import numpy as np\nimport sct\n\n\n"


def inputs(name: str) -> tuple[Any, Any]:
    x = np.linspace(0.4, 1.7, 9).reshape(3, 3) if name in ("columns", "lengths", "matrix") else np.linspace(0.4, 1.7, 5)
    return (x, np.array([0.7, 1.2, 1.9]) if name == "columns" else 1.3)


def text_of(name: str, mode: Any = "adjoint", wrt: tuple[int, ...] = (0, 1)) -> list[str]:
    (piece,) = differentiate(PROGRAMS, "scaling.py", [Request(name, wrt, mode)])
    return [line.strip() for line in piece.text.splitlines()]


@pytest.mark.parametrize("name", NAMES)
def test_the_derivative_is_right(name: str) -> None:
    hold(PROGRAMS, name, (0, 1), inputs(name))


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("decayed", "x_bar = k * decayed_bar * x"),
        ("mean_square", "x_bar = 2.0 * k * mean_square_bar / x.size * x_diff"),
        ("norm", "x_bar = k * norm_bar / norm_sqrt * x"),
        ("lengths", "x_bar = (k * lengths_bar / lengths_sqrt)[:, None] * x"),
        ("columns", "x_bar = 2.0 * columns_bar / k * x_ratio"),
        ("kinetic", "x_bar += 0.5 * kinetic_bar * kinetic_power"),
        ("divided", "divided_product_bar = 2.0 * divided_bar * divided_ratio / k"),
    ],
)
def test_numbers_are_multiplied_first(name: str, line: str) -> None:
    found = text_of(name)
    assert line in found, "\n".join(found)


def test_numbers_leave_sums_and_products() -> None:
    found = text_of("decayed", "tangent")
    assert any("k * (x @ x_dot)" in line for line in found), "\n".join(found)
    found = text_of("matrix", "tangent", (0,))
    assert any("k * (x_dot @ x_0)" in line for line in found), "\n".join(found)


@pytest.mark.parametrize("k", [1.5, np.float32(1.5), np.float64(1.5)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["decayed", "mean_square", "norm", "kinetic"])
def test_the_type_is_that_of_one_product_after_the_other(name: str, dtype: Any, k: Any) -> None:
    scope: dict[str, Any] = {"np": np}
    (piece,) = differentiate(PROGRAMS, "scaling.py", [Request(name, (0, 1), "adjoint")])
    exec(f"from __future__ import annotations\n{piece.text}", scope)
    x = np.linspace(0.4, 1.7, 5).astype(dtype)
    _, (x_bar, _) = scope[f"{name}_adjoint"](x, k)
    assert x_bar.dtype == (2 * x * k).dtype


def test_an_array_is_still_divided() -> None:
    """Its quotient by 0 is infinite, where that of a number raises."""
    scope: dict[str, Any] = {"np": np}
    (piece,) = differentiate(PROGRAMS, "scaling.py", [Request("divided", (0,), "adjoint")])
    exec(f"from __future__ import annotations\n{piece.text}", scope)
    with np.errstate(divide="ignore"):
        assert np.isinf(scope["divided_adjoint"](np.ones(2), 0.0)[1]).all()


def test_numba_divides_numbers_and_elements_alike() -> None:
    """Where both raise, a number is divided, once, and not each element."""
    text = """
import numpy as np
def f(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"], dt: float, dx: float) -> float:
    v[1:] -= u[1:] * dt / dx * (u[1:] - u[:-1])
    return np.sum(v**2)
"""
    found = {}
    for target in ("python", "numba"):
        (piece,) = differentiate(text, "f.py", [Request("f", (0,), "adjoint", target=target)])
        found[target] = piece.text.split("# reverse")[1]
    assert "dt / dx\n" not in found["python"]
    assert "    g = dt / dx\n" in found["numba"] and "u_bar[i] -= g * v_diff[i - 1] * v_bar[i]\n" in found["numba"]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("return np.sum(x * m * k)", "x_bar = m * k * f_bar"),  # integers are not taken along
        (
            "y = k * x\n    with sct.adjoint_of(y) as y_bar:\n        y_bar = 2 * y_bar * k\n    return np.sum(y)",
            "y_bar = 2 * y_bar * k",
        ),
    ],
)
def test_what_stays_as_it_is(body: str, line: str) -> None:
    head = 'def f(x: Float[np.ndarray, "n"], k: float, m: Int[np.ndarray, "n"]) -> float:'
    (piece,) = differentiate(f"{HEAD}{head}\n    {body}\n", "f.py", [Request("f", (0,), "adjoint")])
    assert line in [line.strip() for line in piece.text.splitlines()], piece.text
