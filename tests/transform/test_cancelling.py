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
