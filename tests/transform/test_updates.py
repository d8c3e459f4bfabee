"""Updates of one place that are brought together: fewer of them, and the same derivative as differences have."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

PROGRAMS = """
import numpy as np


def like_terms(A: Float[np.ndarray, "n"], x: float) -> float:
    for t in range(2):
        A[1:-1] = 0.125 * (A[2:] - 2.0 * A[1:-1] + A[:-2]) + A[1:-1]
    return np.sum(A**2) * x


def divided(A: Float[np.ndarray, "n"], x: float) -> float:
    for i in range(1, len(A)):
        A[i] -= A[i - 1] * x
        A[i] /= A[0]
    return np.sum(A**2)


def through_a_copy(A: Float[np.ndarray, "n"], x: float) -> float:
    for t in range(2):
        B = A.copy()
        A[1:-1] = x * (B[2:] + B[:-2])
    return np.sum(A**2)


def read_in_between(A: Float[np.ndarray, "n"], x: float) -> float:
    B = np.zeros_like(A)
    B[1:] = A[1:] * x
    A[0] = B[1] * A[0] + A[0] * A[1]
    B[2:] *= A[0]
    return np.sum(A * B)


def two_places(A: Float[np.ndarray, "n"], x: float) -> float:
    k = int(len(A) - 1)
    y = A[2] * x + A[k] * A[2] + A[2] + A[k] * 3.0
    return y * A[0] * A[1:3].sum()


def the_same_place_twice(A: Float[np.ndarray, "n"], x: float) -> float:
    i, j = 1, 3 - 2
    A[i] = A[j] * A[j] * x + A[i]
    return np.sum(A**3)


def last_and_first(A: Float[np.ndarray, "n"], x: float) -> float:
    return A[-1] * A[0] * x + A[-1] * A[2] + A[0]


def of_repeated_indices(A: Float[np.ndarray, "n"], x: float) -> float:
    k = np.array([0, 1, 1])
    B = A[k] * x + A[k] * A[k]
    return np.sum(B**2)


def before_it_is_restored(A: Float[np.ndarray, "n"], x: float) -> float:
    for i in range(len(A) - 1):
        y = A[i] * A[i + 1]
        A[i + 1] = y * x + A[i] * A[i + 1]
        A[i] = A[i + 1] * y + A[i]
    return np.sum(A)


def of_all_and_of_one(A: Float[np.ndarray, "n"], x: float) -> float:
    for t in range(2):
        A = np.minimum(A, x * A[0] * A[1]) + 0.1 * A[2]
    return np.sum(A**2)


def of_all_and_of_a_part(A: Float[np.ndarray, "n"], x: float) -> float:
    for t in range(2):
        A[:] = np.minimum(x * A[1], np.sin(A))
        A[1:] = A[1:] * A[:-1] + np.sum(np.cos(A) * A[0])
    return np.sum(A**2)
"""


@pytest.mark.parametrize(
    ("name", "wanted", "unwanted"),
    [
        ("like_terms", "A_bar[1:-1] = 0.75 * A_part_bar", "2.0 * A_part_bar"),
        ("divided", "A_bar[i] = A_i_bar", "A_bar[i] = 0.0"),
        ("through_a_copy", "A_bar[:-2] += ", "B_bar"),
        ("read_in_between", "", ""),
        ("two_places", "", ""),
        ("the_same_place_twice", "", ""),
        ("last_and_first", "", ""),
        ("of_repeated_indices", "np.add.at(A_bar, k", ""),
        ("before_it_is_restored", "", ""),
        ("of_all_and_of_one", "A_bar_2[2] += 0.1 * np.sum(A_bar)", "zeros_like"),
        ("of_all_and_of_a_part", "", ""),
    ],
)
@pytest.mark.parametrize("size", [3, 5])
def test_updates(name: str, wanted: str, unwanted: str, size: int) -> None:
    (piece,) = differentiate(PROGRAMS, "p.py", [Request(name, (0, 1), "adjoint")])
    reverse = piece.text[piece.text.index("# reverse") : piece.text.index(f"def {name}_grad")]
    code = "\n".join(line for line in reverse.splitlines() if not line.lstrip().startswith("#"))
    assert wanted in code, reverse
    assert not unwanted or unwanted not in code, reverse
    hold(PROGRAMS, name, (0, 1), (np.linspace(0.4, 1.1, size), 0.7))


@pytest.mark.parametrize(("name", "unwanted"), [("through_a_copy", "B_bar"), ("of_all_and_of_one", "zeros_like")])
def test_what_is_added_to_zeros_for_numba(name: str, unwanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    numba = pytest.importorskip("numba")
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    (piece,) = differentiate(PROGRAMS, "p.py", [Request(name, (0, 1), "adjoint", target="numba")])
    assert unwanted not in piece.text.split("# reverse")[1]
    hold(PROGRAMS, name, (0, 1), (np.linspace(0.4, 1.1, 5), 0.7), target="numba")
