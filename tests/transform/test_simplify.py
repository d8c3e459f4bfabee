"""Identities that shorten what the transformation wrote; that it is right is what the programs' tests ask."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

HEAD = (
    "import numpy as np\n\n\ndef f(x: \"Float[np.ndarray, 'n']\", y: \"Float[np.ndarray, 'n']\", s: float) -> float:\n"
)


@pytest.mark.parametrize(
    ("body", "wrt", "wanted", "unwanted"),
    [
        ("return np.sum(s * x)", (2,), "s_bar = f_bar * np.sum(x)", "full_like"),
        ("u = s * x\n    return np.dot(u, y)", (2,), "@", "np.sum"),
        ("return np.sum(x * x)", (0,), "x_bar = 2.0 * f_bar * x", "+="),
        ("return s * s", (2,), "s_bar = 2.0 * s * f_bar", "+="),
        ("x[0] = x[1] * x[1]\n    return np.sum(x)", (0,), "x_bar[1] += 2.0 * x_1 * x_0_bar", "+= x_1 * x_0_bar"),
        ("u = x * y\n    return np.sum(u)", (0, 1), "x_bar = y * f_bar", "full_like"),
    ],
)
def test_identity(body: str, wrt: tuple[int, ...], wanted: str, unwanted: str) -> None:
    (piece,) = differentiate(f"{HEAD}    {body}\n", "f.py", [Request("f", wrt, "adjoint")])
    reverse = piece.text.split("# reverse")[1].split("def f_grad")[0]
    assert wanted in reverse, reverse
    assert unwanted not in reverse, reverse


@pytest.mark.parametrize(
    ("body", "wanted", "unwanted"),
    [
        ("return x[0] * x[2]", "x_bar[0] = x[2] * f_bar", "+="),
        ("return x[0] * x[2] + x[0]", "x_bar[2] = ", "x_bar[2] += "),
        ("return x[0] * x[-1]", "x_bar[0] += ", "x_bar[-1] += "),  # they may be one place
        ("i = len(x) // 2\n    return x[0] * x[i]", "x_bar[0] += ", "x_bar[i] += "),
    ],
)
def test_the_first_addition_to_zeros(body: str, wanted: str, unwanted: str) -> None:
    (piece,) = differentiate(f"{HEAD}    {body}\n", "f.py", [Request("f", (0,), "adjoint")])
    reverse = piece.text.split("# reverse")[1].split("def f_grad")[0]
    assert wanted in reverse, reverse
    assert unwanted not in reverse, reverse
    for n in (3, 1) if "2]" not in body else (3, 4):
        hold(f"{HEAD}    {body}\n", "f", (0,), (np.arange(1.0, n + 1), np.ones(n), 0.5))


MATRICES = """
import numpy as np


def f(A: Float[np.ndarray, "m m"], B: Float[np.ndarray, "m m"], b: Float[np.ndarray, "m"], s: float) -> float:
    B[0, 1] = s
    return np.sum(((A - b) @ B.T) ** 3)
"""


def test_products_of_matrices_are_not_transposed_or_summed_late() -> None:
    (piece,) = differentiate(MATRICES, "f.py", [Request("f", (0, 1, 2, 3), "adjoint")])
    reverse = piece.text.split("# reverse")[1].split("def f_grad")[0]
    assert "B_bar = f_product_bar.T @ A_diff" in reverse, reverse
    assert ".T.T" not in reverse, reverse
    hold(MATRICES, "f", (0, 1, 2, 3), (np.eye(3) + 0.3, np.arange(9.0).reshape(3, 3) / 9, np.ones(3), 0.4))


SPREAD = """
import numpy as np


def mean_of_sums(x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "d"]) -> float:
    return np.mean(np.sum(x**3, axis=1))


def highest(x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "d"]) -> float:
    return np.sum(np.max(x, axis=1))


def normal(x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "d"]) -> float:
    return np.sum(x * (x - np.mean(x, axis=0)) / np.sqrt(y**2 + 1.0))
"""


@pytest.mark.parametrize("name", ["mean_of_sums", "highest", "normal"])
def test_a_repeated_number_is_not_spread_where_it_is_multiplied(name: str) -> None:
    (piece,) = differentiate(SPREAD, "f.py", [Request(name, (0, 1), "adjoint")])
    reverse = piece.text.split("# reverse")[1].split("_grad")[0]
    assert "full_like" not in reverse and "broadcast_to" not in reverse, reverse
    hold(SPREAD, name, (0, 1), (np.sin(np.arange(1.0, 13.0)).reshape(4, 3), np.cos(np.arange(1.0, 4.0))))


def test_what_is_added_up_for_a_constant_is_left_out() -> None:
    """A dict's adjoint has a leaf for the number in it, too, but nothing asks for that one."""
    source = """
def f(u: float[:], shift: float) -> float:
    options = {"gain": 1.5, "shift": shift}
    s = 0.0
    for x in u:
        s += options["gain"] * x * x + options["shift"]
    return s
"""
    (piece,) = differentiate(source, "model.py", [Request("f", (0, 1), "adjoint")])
    reverse = piece.text.split("# reverse")[1].split("def f_grad")[0]
    assert reverse.count("_bar += ") == 1 and "shift_bar += f_bar" in reverse
    hold(source, "f", (0, 1), (np.array([0.3, -0.7]), 0.4))


ALONG = """
import numpy as np


def rows(a: Float[np.ndarray, "n"], B: Float[np.ndarray, "n n"], c: Float[np.ndarray, "n"]) -> float:
    y = np.sum(np.exp(a[:, None] + B), axis=0)
    return np.sum(y * c)


def columns(a: Float[np.ndarray, "n"], B: Float[np.ndarray, "m n"], c: Float[np.ndarray, "m"]) -> float:
    y = np.sum(np.exp(a + B), axis=1)
    return np.sum(y * c)


def narrow(a: Float[np.ndarray, "n"], B: Float[np.ndarray, "m 1"], c: Float[np.ndarray, "m"]) -> float:
    y = np.sum(np.exp(a + B), axis=1)
    return np.sum(y * c)
"""


@pytest.mark.parametrize(
    ("name", "columns", "text"), [("rows", 2, "@ y_bar"), ("columns", 3, "y_bar @"), ("narrow", 1, "y_bar @")]
)
def test_sums_of_what_is_spread_along_an_axis_are_products(name: str, columns: int, text: str) -> None:
    (piece,) = differentiate(ALONG, "f.py", [Request(name, (0,), "adjoint")])
    assert text in piece.text, piece.text
    B = np.sin(np.arange(1.0, 1 + 2 * columns)).reshape(2, columns)
    a = np.array([0.3, -0.2, 0.5])[: 2 if name == "rows" else 3]
    hold(ALONG, name, (0, 1, 2), (a, B, np.array([1.2, 0.7])))


COLUMN = """
import numpy as np
import sct


def f(x: Float[np.ndarray, "m n"]) -> float:
    s = np.sum(x, axis=1)[:, None]
    return np.sum(x**2 / s)


def g(x: Float[np.ndarray, "m n"]) -> float:
    return np.sum(sct.grad(f)(x) ** 2)
"""


def test_a_column_that_is_taken_out_and_put_back_is_what_it_was() -> None:
    (piece,) = differentiate(COLUMN, "f.py", [Request("g", (0,), "adjoint")])
    assert "[:, 0][:, None]" not in piece.text, piece.text
