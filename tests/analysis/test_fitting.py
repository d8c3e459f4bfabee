"""Dimensions that a write tells: what is known to fit is not summed, and what was broadcast still is."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

PROGRAMS = """
import numpy as np


def into_a_slice(A: Float[np.ndarray, "n"], b: Float[np.ndarray, "m"], x: float) -> float:
    A[1:-1] = (A[2:] + A[:-2]) * x - x**2 * b[1:-1]
    return np.sum(A**2)


def in_place(A: Float[np.ndarray, "n"], b: Float[np.ndarray, "m"], x: float) -> float:
    A += np.sin(A * x + b) - b
    return np.sum(A**2)


def only_smaller(A: Float[np.ndarray, "n"], b: Float[np.ndarray, "m"], x: float) -> float:
    A[...] = b * x + b**2
    return np.sum(A**3)


def more_dimensions(A: Float[np.ndarray, "n"], b: Float[np.ndarray, "1 m"], x: float) -> float:
    A[...] = A * b + x
    return np.sum(A**3)
"""


@pytest.mark.parametrize(
    ("name", "sums"), [("into_a_slice", 1), ("in_place", 2), ("only_smaller", 1), ("more_dimensions", 3)]
)
@pytest.mark.parametrize("size", [1, 4])
def test_what_is_written_fits(name: str, sums: int, size: int) -> None:
    (piece,) = differentiate(PROGRAMS, "p.py", [Request(name, (0, 1, 2), "adjoint")])
    reverse = piece.text[piece.text.index("# reverse") : piece.text.index(f"def {name}_grad")]
    assert len(re.findall(r"= .*_unbroadcast\(", reverse)) <= sums, reverse
    inner = 2 if name == "into_a_slice" else 0
    b: Any = 0.1 + np.arange(size + inner) / 7.0
    if name == "more_dimensions":
        b = b[None, :]
    hold(PROGRAMS, name, (0, 1, 2), (np.linspace(0.3, 0.8, 4 + inner), b, 0.7))
