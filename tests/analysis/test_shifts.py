"""Extremes that nothing depends on, and those that only look like it; the derivatives are held to differences."""

from __future__ import annotations

import re

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

PROGRAMS = """
import math

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


def softmax(x: Float[np.ndarray, "m n"], s: float) -> float:
    y = x - np.max(x, axis=1, keepdims=True)
    e = np.exp(y)
    p = e / np.sum(e, axis=1, keepdims=True)
    return s * np.sum(p**2)


def masked(x: Float[np.ndarray, "m n"], s: float) -> float:
    highest = x.max(axis=1)
    e = np.where(x > -0.8, np.exp(x - highest[:, None]), 0.0)
    return s * np.sum((e @ x.T / np.sum(e, axis=1)[:, None]) ** 2)


def log_mean(x: Float[np.ndarray, "m n"], s: float) -> float:
    lowest = np.min(x)
    e = np.exp(0.5 * (lowest - x))
    return np.log(np.mean(e**2)) - lowest + s * np.sum(np.sqrt(e)) ** 4 / np.sum(e) ** 2


def of_numbers(x: Float[np.ndarray, "m n"], s: float) -> float:
    highest = max(x[0, 0], s * x[0, 1], x[1, 1])
    total = math.exp(x[0, 0] - highest) + math.exp(s * x[0, 1] - highest) + math.exp(x[1, 1] - highest)
    return highest + math.log(total)


def picked(x: Float[np.ndarray, "m n"], s: float) -> float:
    y = x[0] - np.max(x[0])
    return s * (y[1] - np.log(np.sum(np.exp(y))))


def of_labels(x: Float[np.ndarray, "m n"], s: float) -> float:
    y = s * x - np.max(s * x, axis=1, keepdims=True)
    rows = np.arange(len(x))
    return s * np.sum(np.log(np.sum(np.exp(y), axis=1)) - y[rows, rows % 2])


def of_other_rows(x: Float[np.ndarray, "m n"], s: float) -> float:
    y = s * x - np.max(s * x, axis=1, keepdims=True)
    rows = np.arange(len(x))
    return s * np.sum(np.log(np.sum(np.exp(y), axis=1)) - y[rows[::-1], rows])


def tempered(x: Float[np.ndarray, "m n"], s: float) -> float:
    t = 0.5 + s * s
    highest = max(x[0, 0], s * x[0, 1], x[1, 1])
    total = math.exp((x[0, 0] - highest) / t) + math.exp((s * x[0, 1] - highest) / t)
    total += math.exp((x[1, 1] - highest) / t)
    return (highest + t * math.log(total)) ** 2


def tempered_otherwise(x: Float[np.ndarray, "m n"], s: float) -> float:
    t = 0.5 + s * s
    highest = np.max(x[0])
    return highest + s * np.log(np.sum(np.exp((x[0] - highest) / t)))


def in_turns(x: Float[np.ndarray, "m m"], s: float) -> float:
    a = s * x[0]
    for t in range(2):
        v = a[:, None] + x
        highest = np.max(v, axis=0)
        a = highest + np.log(np.sum(np.exp(v - highest), axis=0))
    return np.sum(a**2)


def across(x: Float[np.ndarray, "m m"], s: float) -> float:
    highest = np.max(x, axis=0)
    e = np.exp(x - highest)
    return s * np.sum((e / np.sum(e, axis=1)) ** 2)


def of_rows_and_columns(x: Float[np.ndarray, "m m"], s: float) -> float:
    highest = np.max(x, axis=1)
    return s * np.sum((x - highest[:, None]) + (highest - x))


def times(x: Float[np.ndarray, "m n"], s: float) -> float:
    highest = np.max(x)
    return s * np.sum(x - highest) + highest


def scaled(x: Float[np.ndarray, "m n"], s: float) -> float:
    highest = np.max(x)
    e = np.exp(s * (x - highest))
    return np.sum(e[0]) / np.sum(e[1]) + highest


def stored(x: Float[np.ndarray, "m n"], s: float) -> float:
    e = np.exp(x - np.max(x))
    e[0] = s * e[0] * 2.0
    e[1, 0] = 1.0
    return np.sum(e[0]) / np.sum(e)


def handed_on(x: Float[np.ndarray, "m n"], s: float) -> float:
    highest = np.max(x)
    y = s
    for k in range(2):
        if k > 0:
            y = highest
    return y * s + np.sum(np.exp(x - highest)) / np.sum(np.exp(0.5 * (x - highest))) ** 2


def in_a_branch(x: Float[np.ndarray, "m n"], s: float) -> float:
    highest = np.max(x)
    e = np.exp(x - highest)
    if s > 0.5:
        e = 2.0 * e + s
    return np.sum(e[0]) / np.sum(e)
"""


@pytest.mark.parametrize(
    ("name", "cancels"),
    [
        ("of_all", True),
        ("of_rows", True),
        ("of_an_item", True),
        ("softmax", True),
        ("masked", True),
        ("log_mean", True),
        ("of_numbers", True),
        ("picked", True),
        ("in_turns", True),
        ("of_labels", True),
        ("tempered", True),
        ("of_other_rows", False),
        ("tempered_otherwise", False),
        ("across", False),
        ("of_rows_and_columns", False),
        ("times", False),
        ("scaled", False),
        ("stored", False),
        ("in_a_branch", False),
        ("handed_on", False),
        ("twice", False),
        ("of_another_sum", False),
        ("of_a_part", False),
        ("down_and_across", False),
    ],
)
def test_an_extreme_has_no_adjoint_where_nothing_depends_on_it(name: str, cancels: bool) -> None:
    (piece,) = differentiate(PROGRAMS, "p.py", [Request(name, (0, 1), "both")])
    assert (re.search(r"ties|== highest|highest_(bar|dot)", piece.text) is None) == cancels, piece.text
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


def test_what_reads_or_changes_an_adjoint_in_between_finds_it() -> None:
    source = """
import numpy as np
import sct


def clipped(x: Float[np.ndarray, "n"]) -> float:
    y = x - np.max(x)
    with sct.adjoint_of(y) as y_bar:
        y_bar = np.clip(y_bar, -0.1, 0.1)
    return np.log(np.sum(np.exp(y)) * np.exp(np.max(x) - np.max(x)))
"""
    (piece,) = differentiate(source, "p.py", [Request("clipped", (0,), "adjoint")])
    assert "ties" in piece.text, piece.text
