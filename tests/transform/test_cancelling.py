"""What cancels in the reverse sweep, and what only looks as if it did; the derivatives are held to differences."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

PROGRAMS = """
import numpy as np


def of_all(x: Float[np.ndarray, "m n"], s: float) -> float:
    highest = np.max(x)
    return s * (highest + np.log(np.sum(np.exp(x - highest))))


def of_rows(x: Float[np.ndarray, "m n"], s: float) -> float:
    highest = np.max(x * s, axis=0)
    return np.sum((highest + np.log(np.sum(np.exp(x * s - highest), axis=0))) ** 2)


def twice(x: Float[np.ndarray, "m n"], s: float) -> float:
    highest = np.max(x)
    return 2.0 * highest + np.log(np.sum(np.exp(x - highest))) * s


def of_another_sum(x: Float[np.ndarray, "m n"], s: float) -> float:
    highest = np.max(x)
    share = np.exp(x - highest)
    total = np.sum(share)
    share *= s
    return highest + np.log(total) * np.sum(share)


def of_a_part(x: Float[np.ndarray, "m n"], s: float) -> float:
    highest = np.max(x)
    return highest + np.log(np.sum(np.exp(x - highest)[1:])) * s


def of_an_item(x: Float[np.ndarray, "m n"], s: float) -> float:
    highest = np.max(x[1])
    return s * (highest + np.log(np.sum(np.exp(x[1] - highest))))


def down_and_across(x: Float[np.ndarray, "m m"], s: float) -> float:
    highest = np.max(x)
    e = np.exp(x - highest)
    return highest + np.sum(np.log(np.sum(e, axis=0))) * s + np.sum(np.log(np.sum(e, axis=1)))
"""


@pytest.mark.parametrize(
    ("name", "cancels"),
    [
        ("of_all", True),
        ("of_rows", True),
        ("of_an_item", True),
        ("twice", False),
        ("of_another_sum", False),
        ("of_a_part", False),
        ("down_and_across", False),
    ],
)
def test_the_largest_element_has_no_adjoint_where_it_cancels(name: str, cancels: bool) -> None:
    (piece,) = differentiate(PROGRAMS, "p.py", [Request(name, (0, 1), "adjoint")])
    reverse = piece.text[piece.text.index("# reverse") :]
    assert ("== highest" not in reverse) == cancels, reverse
    hold(PROGRAMS, name, (0, 1), (np.sin(np.arange(9.0)).reshape(3, 3), 0.8))


def test_constants_cancel_in_the_gradient_alone() -> None:
    source = (
        PROGRAMS
        + """

def of_steps(x: Float[np.ndarray, "n n"], n: int) -> float:
    a = x[0]
    for t in range(n):
        a = x @ a
    highest = np.max(a)
    return highest + np.log(np.sum(np.exp(a - highest)))
"""
    )
    (piece,) = differentiate(source, "p.py", [Request("of_steps", (0,), "adjoint")])
    assert "== highest" not in piece.text and "highest_bar" not in piece.text, piece.text
    hold(source, "of_steps", (0,), (np.sin(np.arange(9.0)).reshape(3, 3), 2))


def test_the_ties_of_an_extreme_are_found_once() -> None:
    source = """
import numpy as np


def lowest(x: Float[np.ndarray, "n d"]) -> float:
    return np.sum(np.min(x, axis=1) ** 2) + np.max(x)
"""
    (piece,) = differentiate(source, "p.py", [Request("lowest", (0,), "both")])
    assert piece.text.count(" == ") == piece.text.count("ties") / 3 == 4, piece.text
    hold(source, "lowest", (0,), (np.array([[1.0, 2.0, 1.5], [3.0, 0.5, 2.5]]),))
