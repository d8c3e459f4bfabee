"""Adjoints that are cleared once they are used: not copied where that is right; held to differences."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

PROGRAMS = """
import numpy as np


def stencil(A: Float[np.ndarray, "n"], x: float) -> float:
    B = np.zeros_like(A)
    for t in range(2):
        B[1:-1] = x * (A[2:] + A[:-2])
        A[1:-1] = 0.5 * B[1:-1] + A[1:-1] * B[0]
    return np.sum(A**2)


def boundary(A: Float[np.ndarray, "n"], x: float) -> float:
    for t in range(2):
        A[1:-1] = A[2:] * A[:-2] * x
        A[0] = A[1]
        A[:1] = A[1:2]
        A[-2:] = A[:2]
    return np.sum(A**2)


def rows(A: Float[np.ndarray, "n"], x: float) -> float:
    B = np.ones((3, 3)) * A[0]
    for t in range(2):
        B[0, :] = B[1, :]
        B[:, -1] = B[:, -2] * x
        B[-1, :] = B[-2, :] + A[:3]
    return np.sum(B**3)


def overlapping(A: Float[np.ndarray, "n"], x: float) -> float:
    for t in range(2):
        A[1:] = A[:-1]
        A[:-1] = A[1:] * x
    return np.sum(A**2)


def used_after_it_is_cleared(A: Float[np.ndarray, "n"], x: float) -> float:
    B = np.zeros_like(A)
    C = np.zeros_like(A)
    B[1:] = A[1:] * x
    B[:2] += A[:2]
    C[1:] = B[1:] + B[:-1]
    B[1:] = C[1:]
    B[0] = C[1] * x
    return np.sum(B * C)


def inside(A: Float[np.ndarray, "n"], x: float) -> float:
    B = np.zeros_like(A)
    B[1:-1] = np.maximum(A[2:], x * A[:-2])
    return np.sum(B * B)


def of_unknown_size(A: Float[np.ndarray, "n"], x: float) -> float:
    b = np.array([x])
    B = np.zeros_like(A)
    B[1:] = b
    B[:-1] = B[1:] + A[:-1]
    return np.sum(B**2)


def whole(A: Float[np.ndarray, "n"], x: float) -> float:
    B = np.zeros_like(A)
    B[:] = A
    A[:] = B * x + A
    B[:] = A[::-1]
    return np.sum(A * B)


def by_a_mask(A: Float[np.ndarray, "n"], x: float) -> float:
    A[A > 0.6] = A[A > 0.6] ** 2 * x
    A[A <= 0.6] = A[A <= 0.6] + x
    return np.sum(A**2)


def returned(A: Float[np.ndarray, "n"], x: float) -> float:
    y = x
    for i in range(len(A) - 1):
        row = A[i : i + 2]
        A[i + 1 :] = row[0] * y
        y += np.sum(row)
    return y
"""
NAMES = [line[4 : line.index("(")] for line in PROGRAMS.splitlines() if line.startswith("def ")]


@pytest.mark.parametrize("name", NAMES)
def test_derivatives(name: str) -> None:
    hold(PROGRAMS, name, (0, 1), (np.array([0.5, 0.7, 0.4, 0.9, 0.8][: 3 if name == "rows" else 5]), 1.1))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("stencil", "B_part_bar = B_bar[1:-1]\n"),
        ("rows", "B_1_bar += B_0_bar\n"),
        ("by_a_mask", ""),
        ("inside", "B_bar[1:-1]"),
    ],
)
def test_no_copies(name: str, wanted: str) -> None:
    (piece,) = differentiate(PROGRAMS, "p.py", [Request(name, (0, 1), "adjoint")])
    reverse = piece.text[piece.text.index("# reverse") : piece.text.index(f"def {name}_grad")]
    assert wanted in reverse, reverse
    assert reverse.count("copy") <= (name == "stencil"), reverse
