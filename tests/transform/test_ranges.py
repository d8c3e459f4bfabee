"""Ranges that the reverse sweep runs backwards: what they visit, and how they read."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
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


BATCHES = """
import numpy as np
def train(w: Float[np.ndarray, "n"], X: Float[np.ndarray, "m n"], batch: int) -> float:
    for start in range(0, len(X), batch):
        xb = X[start : start + batch]
        w = w - 0.1 * xb.T @ np.tanh(xb @ w) / len(xb)
    return np.sum(w**2)
def nested(w: Float[np.ndarray, "n"], X: Float[np.ndarray, "m n"], batch: int) -> float:
    total = 0.0
    for k in range(1, 3):
        for i in range(len(X) - k, -1, -batch * k):
            total = np.tanh(total) + X[i] @ w
    return total
"""


def test_a_range_with_a_variable_step_is_reversed() -> None:
    (piece,) = differentiate(BATCHES, "m.py", [Request("train", (0,))])
    assert "    for start in reversed(range(0, len(X), batch)):\n" in piece.text and "//" not in piece.text
    (piece,) = differentiate(BATCHES, "m.py", [Request("train", (0,), target="numba")])
    assert "reversed" not in piece.text and " // batch * batch" in piece.text


def test_one_of_an_outer_turn_is_not() -> None:
    """What it is made of belongs to that turn."""
    (piece,) = differentiate(BATCHES, "m.py", [Request("nested", (0,))])
    assert "reversed" not in piece.text


@pytest.mark.parametrize("batch", [1, 2, 3, 7])
def test_derivatives_of_batches(batch: int) -> None:
    rng = np.random.default_rng(batch)
    for rows in (0, 1, 5, 6):
        for name in ("train", "nested"):
            hold(BATCHES, name, (0, 1), (rng.normal(size=2), rng.normal(size=(rows + 2, 2)), batch))


def test_a_name_like_the_built_in_one_keeps_it() -> None:
    source = BATCHES.replace("total", "reversed").replace("xb", "reversed")
    (piece,) = differentiate(source, "m.py", [Request("train", (0,))])
    assert "reversed(" not in piece.text


AUTHORED = """
import math
def f(x: float, n: int, m: int) -> float:
    for i in reversed(range(1, n, m)):
        x = math.sin(x) + 0.1 * i * x
    return x
"""


@pytest.mark.parametrize("target", ["python", "numba"])
def test_the_author_may_reverse_a_range_with_a_variable_step(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    monkeypatch.setattr("numba.config.DISABLE_JIT", True)
    for n, m in ((8, 3), (7, 2), (0, 2), (1, 1), (-6, -2), (-5, -3), (4, -1)):
        hold(AUTHORED, "f", (0,), (0.7, n, m), target=target)
