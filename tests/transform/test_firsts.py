"""Where a turn is the first to touch a part of an adjoint, and where it only looks like it."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

PROGRAMS = """
import numpy as np


def each(x: Float[np.ndarray, "n"], a: float) -> float:
    y = 1.0
    for i in range(len(x)):
        y = y * (a + x[i]) + x[i]
    return y


def pairs(x: Float[np.ndarray, "n n"], a: float) -> float:
    y = a
    for i in range(1, x.shape[0]):
        for j in range(i, -1, -1):
            y = y * np.sin(x[i - 1, j]) + x[i - 1, j]
    return y


def rows(x: Float[np.ndarray, "n n"], a: float) -> float:
    y = np.ones(x.shape[0])
    for k in range(x.shape[0]):
        y = a * (x[k] * y) + y * x[k, 0]
    return np.sum(y)


def neighbours(x: Float[np.ndarray, "n n"], a: float) -> float:
    y = a
    for i in range(1, x.shape[0]):
        y = y * x[i, 0] + x[i - 1, 0]
    return y


def from_the_end(x: Float[np.ndarray, "n"], a: float) -> float:
    y = a
    for i in range(-len(x), len(x)):
        y = y * x[i] + x[i]
    return y


def one_behind(x: Float[np.ndarray, "n"], a: float) -> float:
    y = a
    for i in range(len(x) + 1):
        y = y * x[i - 1] + a
    return y


def twice(x: Float[np.ndarray, "n"], a: float) -> float:
    y = a
    for t in range(2):
        for i in range(len(x)):
            y = y * x[i] + a
    return y


def before(x: Float[np.ndarray, "n"], a: float) -> float:
    y = a
    for i in range(len(x)):
        y = y * x[i] + a
    return y * x[1]


def summed(x: Float[np.ndarray, "n"], a: float) -> float:
    y = 0.0
    for i in range(len(x)):
        y += np.sin(a * x[i])
    return y * x[0] * x[1]


def in_a_branch(x: Float[np.ndarray, "n"], a: float) -> float:
    y = a
    for i in range(len(x)):
        y = y * x[i]
        if y > 0.1:
            y = y - x[i] * x[0]
    return y


def clamped(x: Float[np.ndarray, "n"], a: float) -> float:
    y = a
    for i in range(len(x)):
        y = a * y + max(y * x[i], 0.3)
    return y


def sideways(x: Float[np.ndarray, "n n"], a: float) -> float:
    y = a
    for i in range(x.shape[0]):
        y = y * np.sum(x[:, i]) + x[0, i] + x[i, 0]
    return y


def any_step(x: Float[np.ndarray, "n"], a: float, k: int) -> float:
    y = a
    for i in range(0, len(x), k):
        y = y * x[i] + a
    return y
"""
SET = {
    "each": "x_bar[i] = ",
    "pairs": "x_bar[i - 1, j] = ",
    "rows": "x_bar[k, 0] = ",
    "clamped": "x_bar[i] = ",
    "before": "x_bar[1] = ",  # behind the loop, which adds to it
}


def arguments(name: str) -> tuple[object, ...]:
    of_matrix = name in ("pairs", "rows", "neighbours", "sideways")
    x = np.sin(np.arange(1.0, 10.0)).reshape(3, 3) if of_matrix else np.sin(np.arange(1.0, 5.0))
    return (x, 0.8, 2) if name == "any_step" else (x, 0.8)


NAMES = [line[4 : line.index("(")] for line in PROGRAMS.splitlines() if line.startswith("def ")]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_set_was_zero(name: str, target: Target) -> None:
    (piece,) = differentiate(PROGRAMS, "p.py", [Request(name, (0, 1), "adjoint", None, target)])
    sets = [line.strip() for line in piece.text.splitlines() if line.strip().startswith("x_bar[") and "] = " in line]
    expected = SET.get(name)
    assert bool(sets) == (expected is not None) and all(line.startswith(expected) for line in sets), piece.text
    hold(PROGRAMS, name, (0, 1), arguments(name), target=target)


@pytest.mark.parametrize(
    ("returned", "is_set"),
    [
        ("np.sin(x[1:])", True),
        ("x[1:] * x[:-1]", False),  # of a stencil, the updates are gathered
    ],
)
def test_one_part_of_zeros_is_set_by_numbas_loop(returned: str, is_set: bool, target: Target) -> None:
    source = (
        'import numpy as np\n\n\ndef f(x: Float[np.ndarray, "n"]) -> float:\n'
        f"    z = np.empty_like(x)\n    z[0] = 2.0\n    z[1:] = {returned}\n    return np.sum(z * z)\n"
    )
    (piece,) = differentiate(source, "p.py", [Request("f", (0,), "adjoint", None, target)])
    assert target == "python" or ("x_bar[i] = " in piece.text) is is_set, piece.text
    hold(source, "f", (0,), (np.array([0.3, -1.2, 0.7, 0.4]),), target=target)
