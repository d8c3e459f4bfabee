"""An index that only adds axes has an adjoint that is a sum, without an index; held to differences."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

PROGRAMS = """
import numpy as np


def differences(x: Float[np.ndarray, "m n"], y: Float[np.ndarray, "n"]) -> float:
    return np.sum(np.sin(x[:, None, :] - x[None]) * y)


def around(x: Float[np.ndarray, "m n"], y: Float[np.ndarray, "n"]) -> float:
    return np.sum(np.sum(y[None, :, None] * np.sin(x)[:, :, None], axis=1) ** 2)


def of_a_row(x: Float[np.ndarray, "m n"], y: Float[np.ndarray, "n"]) -> float:
    total = 0.0
    for i in range(len(x)):
        total += np.sum(np.sin(x[i, None, :] * y[..., None]) + x[i][:, None] * y)
    return total


def named(x: Float[np.ndarray, "m n"], y: Float[np.ndarray, "n"]) -> float:
    column = 2.0 * y[:, None]
    return np.sum(x @ column) + np.sum(np.sin(column * column.T)) + column[0, 0] ** 2


def written(x: Float[np.ndarray, "m n"], y: Float[np.ndarray, "n"]) -> float:
    z = np.sin(y)
    wide = z[None, :]
    square = wide**2
    z[0] = 3.0 * y[1]
    wide += square
    wide[:, 1:] *= x[0, 1:]
    return np.sum(z**2) + np.sum(square)


def whole(x: Float[np.ndarray, "m n"], y: Float[np.ndarray, "n"]) -> float:
    z = x[:]
    return np.sum(z[...] * x[:, :] ** 2) + np.sum(y[:] * z[0][:])


def of_one(x: Float[np.ndarray, "m n"], y: Float[np.ndarray, "n"]) -> float:
    return np.sum(np.exp(x[0, 1][None] * y)) + np.sum(x[1, None, 0] ** 2)


def of_unknown_rank(x: Float[np.ndarray, "m n"], y: np.ndarray) -> float:
    return np.sum(np.sin(x * y[None])) + np.sum(x.T * y[:, None]) + np.sum(y[..., None] ** 2)


def of_rows_by_number(x: Float[np.ndarray, "m n"], y: Float[np.ndarray, "n"]) -> float:
    rows = np.array([0, 1, 1])
    return np.sum(x[rows, None, :] * y[:, None] ** 2)
"""
ARGS = (np.sin(np.arange(1.0, 7.0)).reshape(2, 3), np.cos(np.arange(1.0, 4.0)))


@pytest.mark.parametrize("name", [line[4:].split("(")[0] for line in PROGRAMS.splitlines() if line.startswith("def ")])
def test_right(name: str) -> None:
    hold(PROGRAMS, name, (0, 1), ARGS)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("differences", "x_bar = -np.sum(differences_diff_bar, axis=0)\n"),
        ("around", "y_bar = np.sum(x_sin[:, :, None] * g, axis=0)[:, 0]\n"),
        ("of_a_row", "x_bar[i] = np.sum(y * total_sum_bar, axis=1)\n"),
        ("named", "y_bar = 2.0 * column_bar[:, 0]\n"),
        ("whole", "x_bar += z_bar\n"),
    ],
)
def test_text(name: str, wanted: str) -> None:
    (piece,) = differentiate(PROGRAMS, "p.py", [Request(name, (0, 1), "adjoint")])
    assert wanted in piece.text.split("# reverse")[1], piece.text
