"""Statements of the author's that give several variables their values stay one statement where that is what runs."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
import numpy as np


def f(u: Float[np.ndarray, "n"], a: float, n: int) -> float:
    p = q = 0.5
    r, s = 2 * a, 2.0  # the rates
    left, right = u[:-1] * r, u[1:] * s
    x, y = p * a, q + a
    x, y = x + y, x - y
    for _ in range(n):
        p, q = p * r, q * s
        x, y = y, x * p
    z, unused = x * q, 3.0
    return np.sum(left * right) + x * y + p * q * z
"""


@pytest.mark.parametrize(
    ("line", "is_kept"),
    [
        ("p = q = 0.5", True),
        ("r, s = 2 * a, 2.0  # the rates", True),
        ("left, right = u[:-1] * r, u[1:] * s", True),
        ("x, y = p * a, q + a", True),
        ("x, y = x + y, x - y", True),
        ("z, unused = x * q, 3.0", False),
    ],
)
def test_what_is_given_at_once(line: str, is_kept: bool) -> None:
    (piece,) = differentiate(SOURCE, "f.py", [Request("f", (0, 1), "adjoint")])
    forward = piece.text.split("# forward")[1].split("# reverse")[0]
    assert (f"{line}\n" in forward) == is_kept, forward


def test_it_is_right() -> None:
    hold(SOURCE, "f", (0, 1), (np.array([0.3, 0.7, -0.2]), 0.9, 3))
