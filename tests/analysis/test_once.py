"""Which indices name no element twice, and what is added at them."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
import numpy as np
def f(x: "float[:, :]", y: "float[:]", labels: "int[:]", n: int) -> float:
    ROWS
    return np.sum(x[INDEX] ** 2)
"""
ONCE = [
    ("rows = np.arange(len(labels))", "rows, labels"),
    ("rows = np.arange(1, len(labels) - 1)", "rows, rows"),
    ("rows = np.argsort(y)", "rows"),
    ("rows = np.argsort(y)", "0, rows"),
]
PERHAPS_TWICE = [
    ("rows = np.arange(n)", "rows, labels"),  # of one row, and of many labels, each label's place is in that row
    ("rows = np.arange(-1, len(labels) - 1)", "rows, labels"),  # -1 is the last row
    ("rows = np.arange(len(labels))[::2] // 2", "rows, labels[:len(rows)]"),
    ("rows = np.arange(len(labels))", "rows[:, None], labels"),
    ("rows = labels", "rows"),
]


def _text(rows: str, index: str) -> str:
    return SOURCE.replace("ROWS", rows).replace("INDEX", index)


@pytest.mark.parametrize(("rows", "index"), [*ONCE, *PERHAPS_TWICE])
def test_what_is_added_where_no_place_is_named_twice(rows: str, index: str) -> None:
    source = _text(rows, index)
    (piece,) = differentiate(source, "f.py", [Request("f")])
    assert ("np.add.at(" in piece.text) is ((rows, index) in PERHAPS_TWICE)
    assert (f"x_bar[{index}] = " in piece.text) is ((rows, index) in ONCE)
    rng = np.random.default_rng(1)
    labels = np.array([0, 2, 2, 1])
    hold(source, "f", (0,), (rng.normal(size=(4, 4)), rng.normal(size=4), labels, 4))


def test_one_row_of_many_labels() -> None:
    """The sizes agree on paper only where they are known to be equal."""
    rng = np.random.default_rng(1)
    hold(_text(*PERHAPS_TWICE[0]), "f", (0,), (rng.normal(size=(4, 4)), rng.normal(size=4), np.array([0, 2, 2]), 1))


def test_what_is_stored_where_no_place_is_named_twice() -> None:
    source = SOURCE.replace("ROWS", "x[np.arange(len(labels)), labels] = y").replace("INDEX", "labels")
    (piece,) = differentiate(source, "f.py", [Request("f", (0, 1))])
    assert "last" not in piece.text
    rng = np.random.default_rng(1)
    hold(source, "f", (0, 1), (rng.normal(size=(4, 4)), rng.normal(size=4), np.array([0, 2, 2, 1]), 4))
