"""What the forward sweep inverts is not inverted again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

SOURCE = """
import numpy as np


def likelihood(S: Float[np.ndarray, "n n"], v: Float[np.ndarray, "n"]) -> float:
    P = np.linalg.inv(S)
    return v @ P @ v + np.log(np.linalg.det(S))


def in_turns(S: Float[np.ndarray, "n n"], v: Float[np.ndarray, "n"]) -> float:
    total = 0.0
    for t in range(3):
        P = np.linalg.inv(S)
        total += v @ P @ v + np.log(np.linalg.det(S))
        S = S + P * total
    return total


def in_a_branch(S: Float[np.ndarray, "n n"], v: Float[np.ndarray, "n"]) -> float:
    total = np.log(np.linalg.det(S))
    if v[0] > 0.0:
        total += v @ np.linalg.inv(S) @ v
    return total


def written(S: Float[np.ndarray, "n n"], v: Float[np.ndarray, "n"]) -> float:
    total = 0.0
    for t in range(3):
        P = np.linalg.inv(S)
        total += np.log(np.linalg.det(S))
        P[0, 0] = P[0, 0] ** 2
        S = S + P @ P
    return total + v @ S @ v


def of_another(S: Float[np.ndarray, "n n"], v: Float[np.ndarray, "n"]) -> float:
    P = np.linalg.inv(S)
    S = S + P
    return v @ P @ v + np.log(np.linalg.det(S))
"""
_A = np.array([[2.0, 0.3, -0.1], [0.2, 1.5, 0.4], [0.1, -0.2, 1.8]])
ARGS: tuple[Any, ...] = (_A, np.array([0.3, -0.7, 1.1]))


def _reverse(name: str, target: Target) -> str:
    (piece,) = differentiate(SOURCE, "f.py", [Request(name, (0, 1), target=target)])
    return piece.text.split("# reverse\n")[1].split("\ndef ")[0]


@pytest.mark.parametrize("name", ["likelihood", "in_turns", "in_a_branch", "written", "of_another"])
def test_it_is_right(name: str) -> None:
    hold(SOURCE, name, (0, 1), ARGS)


@pytest.mark.parametrize("target", ["python", "numba"])
@pytest.mark.parametrize(
    ("name", "again"),
    [("likelihood", 0), ("in_turns", 0), ("in_a_branch", 1), ("written", 1), ("of_another", 1)],
)
def test_how_often_the_reverse_sweep_inverts(name: str, again: int, target: Target) -> None:
    code = [line for line in _reverse(name, target).splitlines() if not line.lstrip().startswith("#")]
    assert sum("linalg.inv(" in line for line in code) == again, code


LIKELIHOOD = """
import numpy as np
def f(S: Float[np.ndarray, "n n"], y: Float[np.ndarray, "n"]) -> float:
    return -0.5 * (y @ np.linalg.inv(S) @ y + np.log(np.linalg.det(S)))
"""


def test_a_determinant_under_a_logarithm_is_divided_by_no_more() -> None:
    (piece,) = differentiate(LIKELIHOOD, "f.py", [Request("f", (0, 1))])
    assert "det" not in piece.text.split("# reverse")[1].split("\n", 2)[2]
    root = np.random.default_rng(2).normal(size=(3, 3))
    hold(LIKELIHOOD, "f", (0, 1), (root @ root.T + np.eye(3), np.array([0.3, -1.0, 0.7])))
