"""What is zero where a branch was not taken is added in the branch alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

SOURCE = """
import math

import numpy as np


def pairs(p: Float[np.ndarray, "n 2"], cutoff: float) -> float:
    energy = 0.0
    for i in range(len(p)):
        for j in range(i + 1, len(p)):
            dx = p[i, 0] - p[j, 0]
            dy = p[i, 1] - p[j, 1]
            r2 = dx * dx + dy * dy + 0.1
            if r2 < cutoff:
                energy += energy * dx + 1.0 / r2
    return energy


def rows(x: Float[np.ndarray, "m n"], W: Float[np.ndarray, "n n"], s: float) -> float:
    total = s
    for i in range(len(x)):
        h = np.tanh(W @ x[i])
        if i % 2 == 0:
            total = total * np.sum(h * h)
    return total


def used_elsewhere(x: Float[np.ndarray, "n"], s: float) -> float:
    total = s
    for i in range(len(x)):
        z = s * x[i]
        if total > 0.2:
            total = total * z
        total += math.sin(z)
    return total


def otherwise(x: Float[np.ndarray, "n"], s: float) -> float:
    total = s
    for i in range(len(x)):
        z = -x[i]
        w = 2.0 * s
        if total > 0.2:
            total = total + 0.1 * w * total
        else:
            total = total * z * w
    return total


def added_to_in_the_branch(x: Float[np.ndarray, "n"], s: float) -> float:
    total = s
    for i in range(1, len(x)):
        z = s * x[i]
        if total > 0.2:
            total = total * z * x[i - 1]
    return total
"""
RNG = np.random.default_rng(6)
CASES: dict[str, tuple[tuple[int, ...], tuple[Any, ...]]] = {
    "pairs": ((0,), (RNG.normal(size=(4, 2)), 1.5)),
    "rows": ((0, 1, 2), (RNG.normal(size=(4, 3)), RNG.normal(size=(3, 3)), 0.7)),
    "used_elsewhere": ((0, 1), (RNG.normal(size=5), 0.9)),
    "otherwise": ((0, 1), (RNG.normal(size=5), 0.9)),
    "added_to_in_the_branch": ((0, 1), (RNG.uniform(0.4, 1.4, 5), 0.9)),
}


def _reverse(name: str, target: Target = "python") -> str:
    (piece,) = differentiate(SOURCE, "f.py", [Request(name, CASES[name][0], target=target)])
    return piece.text.split("# reverse\n")[1].split("\ndef ")[0]


@pytest.mark.parametrize("name", CASES)
def test_it_is_right(name: str) -> None:
    hold(SOURCE, name, *CASES[name])


@pytest.mark.parametrize("target", ["python", "numba"])
@pytest.mark.parametrize("name", ["pairs", "rows", "added_to_in_the_branch"])
def test_nothing_is_added_where_the_branch_was_not_taken(name: str, target: Target) -> None:
    reverse = _reverse(name, target)
    assert "else:" not in reverse and "zeros_like(h)" not in reverse, reverse


def test_the_comments_of_the_statements_go_with_them() -> None:
    lines = _reverse("pairs").splitlines()
    branch = next(line for line in lines if line.lstrip().startswith("if "))
    comment = next(line for line in lines if line.lstrip() == "# dx = p[i, 0] - p[j, 0]")
    assert len(comment) - len(comment.lstrip()) == len(branch) - len(branch.lstrip()) + 4


def test_what_another_statement_needs_stays_behind_the_branch() -> None:
    reverse = _reverse("used_elsewhere")
    assert "x_bar[i] = s * z_bar" in reverse or "x_bar[i] += s * z_bar" in reverse, reverse
    assert "z_bar" in reverse.split("x_bar[i]")[0], reverse


def test_of_two_branches_each_has_what_is_zero_in_the_other_one() -> None:
    taken, other = _reverse("otherwise").split("else:")
    assert "x_bar[i] = " not in taken and "        x_bar[i] = " in other, taken + other
    assert "x_i_bar = 0.0" not in taken
    assert other.count("s_bar += 2.0 * w_bar") == 1
