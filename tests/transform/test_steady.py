"""What no turn of a reverse loop changes is computed before it, and what one may change is not."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

PROGRAMS = """
import numpy as np


def weights(x: Float[np.ndarray, "n"], s: float, turns: int) -> float:
    w = np.zeros(len(x))
    for t in range(turns):
        x = x * np.cos(s * t)
        w = w - 0.5 * x**2 - s * np.log(s)
    return np.sum(np.exp(w))


def paths(x: Float[np.ndarray, "n"], s: float, turns: int) -> float:
    v = np.full(len(x), s)
    for t in range(turns):
        x = x + (s - 0.5 * v) * 0.1 + v
        v = v + np.sin(v)
    return x @ x


def inner(x: Float[np.ndarray, "n"], s: float, turns: int) -> float:
    total = x * 1.0
    for t in range(turns):
        w = x * t
        for k in range(3):
            w = w + s * (k + 1.0)
        total = total * w
    return np.sum(total)


def changed(x: Float[np.ndarray, "n"], s: float, turns: int) -> float:
    w = x * s
    for t in range(turns):
        w = np.sin(w) + s * x
    return np.sum(w)


def changed_in_place(x: Float[np.ndarray, "n"], s: float, turns: int) -> float:
    w = x * s
    for t in range(turns):
        w = w + s * np.sin(s * t)
        w[t] = s * w[t]
    return np.sum(w**2)


def in_a_branch(x: Float[np.ndarray, "n"], s: float, turns: int) -> float:
    w = x * 2.0
    for t in range(turns):
        if s * t > 0.5:
            w = w + s * s
    return w @ w
"""
BEFORE = {
    "weights": ["w_bar_sum = np.sum(w_bar)"],
    "paths": ["s_diff_bar = 0.1 * x_bar", "s_diff_bar_sum = np.sum(s_diff_bar)", "g = -0.5 * s_diff_bar"],
    "inner": ["s_product_bar = float(np.sum(w_bar))"],
}
NAMES = [line[4 : line.index("(")] for line in PROGRAMS.splitlines() if line.startswith("def ")]


@pytest.mark.parametrize("name", NAMES)
def test_what_no_turn_changes_stands_before_the_loop(name: str, target: Target) -> None:
    (piece,) = differentiate(PROGRAMS, "p.py", [Request(name, (0, 1), "adjoint")])
    reverse = piece.text.split("# reverse")[1].split("\ndef ")[0]
    lines = [line.strip() for line in reverse.splitlines() if not line.strip().startswith("#")]
    last = max(k for k, line in enumerate(lines) if line.startswith("for "))
    assert all(line in lines[:last] for line in BEFORE.get(name, [])), reverse
    assert name in BEFORE or not any("np.sum" in line for line in lines[:last]), reverse
    for turns in (0, 1, 3):
        hold(PROGRAMS, name, (0, 1), (np.array([0.3, -0.8, 1.1]), 0.7, turns), target=target)
