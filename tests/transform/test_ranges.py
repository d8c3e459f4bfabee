"""Ranges that the reverse sweep runs backwards: what they visit, and how they read."""

from __future__ import annotations

import itertools
import re

import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
def f(x: float, n: int, m: int) -> float:
    for k in {}:
        x = x * x + k
    return x
"""


@pytest.mark.parametrize(
    ("written", "reverse"),
    [
        ("range(n)", "range(n - 1, -1, -1)"),
        ("range(m, n)", "range(n - 1, m - 1, -1)"),
        ("range(n, 0, -1)", "range(1, n + 1)"),
        ("range(n - 1, -1, -1)", "range(n)"),
        ("range(n - 1, m, -1)", "range(m + 1, n)"),
        ("range(n, -1, -2)", "range(n % 2, n + 1, 2)"),
        ("range(n, 0, -3)", "range(n - (n - 1) // 3 * 3, n + 1, 3)"),
        ("range(m + 2, n - 1, -2)", "range(m + 2 - (m + 2 - (n - 1) - 1) // 2 * 2, m + 3, 2)"),
        ("range(0, n, 3)", "range((n - 1) // 3 * 3, -1, -3)"),
        ("range(3, n, 2)", "range(3 + (n - 4) // 2 * 2, 2, -2)"),
        ("range(-2, n, 2)", "range(-2 + (n + 1) // 2 * 2, -3, -2)"),
    ],
)
def test_a_range_is_run_backwards(written: str, reverse: str) -> None:
    (piece,) = differentiate(SOURCE.format(written), "m.py", [Request("f", (0,))])
    found = re.findall(r"for k in (.*):", piece.text)[-1]
    assert found == reverse
    for n, m in itertools.product(range(-6, 12), range(-6, 8)):
        known = {"n": n, "m": m}
        assert list(eval(found, known)) == list(eval(written, known))[::-1], known


UNUSED = """
import math
def f(x: float, n: int, m: int) -> float:
    for _ in range(n):
        x = x * math.sin(x)
    for _ in range(100):
        x = x * x + 0.1
        if x > 2.0:
            break
    return x
"""


def test_a_loop_without_an_index_counts_its_turns() -> None:
    (piece,) = differentiate(UNUSED, "m.py", [Request("f", (0,), "adjoint")])
    reverse = piece.text.split("# reverse")[1]
    assert re.findall(r"for _ in (.*):", reverse) == ["range(len(x_saved_2))", "range(n)"]
    assert "_ = " not in piece.text and "diff" not in piece.text
    (piece,) = differentiate(UNUSED.replace("in range(n)", "in range(7)"), "m.py", [Request("f", (0,), "adjoint")])
    assert "for _ in range(7):" in piece.text.split("# reverse")[1]
    hold(UNUSED, "f", (0,), (0.8, 9, 2))
