"""Loops over combinations of what is gone through: held to differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.programs import hold
from tests.refused import refused

HEAD = """
import itertools
from itertools import combinations, pairwise, product

import numpy as np


"""
PROGRAMS = {
    "other names are bound again": """
def f(x, n):
    total = 0.0
    for a, b in itertools.combinations(x, 2):
        a = a * 2.0
        total += a * b
    for i, j in itertools.product(range(n), range(n)):
        j = j + i
        total += x[i] * x[j] ** 2
    return total
""",
    "products of ranges": """
def f(x, n):
    total = 0.0
    for i, j in product(range(n), range(1, 4)):
        for k, l in itertools.product(range(2), repeat=2):
            if i == l:
                continue
            total += x[i] * x[j] ** 2 * (k + 1)
    return total * x[i] * j
""",
    "a product that returns": """
def f(x, n):
    total = 0.0
    for i, j in product(range(4), range(4)):
        total = total + x[i] * x[j] ** 2
        if j == n:
            return total
    return 0.0
""",
    "products of displays and arrays": """
def f(x, n):
    total = sum(a * b**2 for a, b in product(x, x))
    for a, b in product([0, 1], (n, 3)):
        total += x[a] * x[b] ** 2
    return total
""",
    "combinations of numbers": """
def f(x, n):
    total = 0.0
    for i, j, k in combinations(range(len(x)), 3):
        total += x[i] * x[j] ** 2 * x[k] ** 3
    for i, j in combinations(range(1, n + 1), 2):
        total += np.exp(x[i] - x[j])
    return total + sum([x[i] * x[j] for i, j in combinations(range(4), 2) if i > 0])
""",
    "combinations of items": """
def f(x, n):
    a_index, total = float(n), 0.0
    points = [(x[0], x[1]), (x[2], x[3]), (x[1], x[2])]
    for a, b in combinations(x, 2):
        for (c, d), (e, g) in combinations(points, 2):
            total += np.exp(a - b) * a_index * (c - e) * d * g
    return total
""",
    "combinations of rows": """
def f(x, n):
    rows = np.outer(x, x)
    return sum(np.sum((p - q) ** 2) for p, q in itertools.combinations(rows, 2))
""",
    "the places of arrays": """
def f(x, n):
    A, total = np.outer(x, x), 0.0
    for i, j in np.ndindex(A.shape):
        A[i, j] *= i + x[j]
    for i, j in np.ndindex(*A.shape):
        total += A[i, j] ** 2 * (j + 1)
    for i, j in np.ndindex(2, n):
        total += A[i, j]
    return total
""",
    "pairs": """
def f(x, n):
    total, last = 0.0, [x[0], x[1] * n, x[2]]
    for a, b in pairwise(x):
        total += a * (b - a) ** 2
    return total + sum((b - a) ** 3 for a, b in itertools.pairwise(last))
""",
}


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_programs(text: str) -> None:
    args: tuple[Any, ...] = (np.array([0.3, -0.4, 1.2, 0.7]), 2)
    hold(HEAD + text, "f", (0,), args, annotated=False)


CHANGED = "what the items of this are computed from changes as the loop goes on"


@pytest.mark.parametrize(
    ("over", "body", "reason"),
    [
        ("product(range(n), range(n))", "n = 2", CHANGED),
        ("combinations(y, 2)", "y[0] = t", CHANGED),
        ("combinations(y, 2)", "z[0] = t", CHANGED),
        ("pairwise(y)", "y[2] = t", CHANGED),
        ("np.ndindex(y.shape)", "y = y[1:]", "the loop binds a name that tells what it goes over"),
        ("product(range(n), range(n))", "break", "a loop over combinations that may be left by `break`"),
        ("combinations(range(n), n)", "pass", "this `combinations` is not supported"),
        ("product(range(n), range(n), range(n))", "pass", "this `product` is not supported"),
        ("np.ndindex(n)", "pass", "this `np.ndindex` is not supported"),
    ],
)
def test_refused(over: str, body: str, reason: str) -> None:
    hint = "    # sct: x: float[:]\n    y = z = x.copy()\n    t = 0.0\n"
    loop = f"    for i, j in ‹{over}›:\n        t += i * j\n        {body}\n    return t\n"
    assert reason in refused(f"{HEAD}def f(x, n: int):\n{hint}{loop}").reason


@pytest.mark.parametrize("over", ["product(range(n), range(n))", "combinations(range(n), 2)", "np.ndindex(n, n)"])
@pytest.mark.parametrize("body", ["i += 1", "for i in range(2):\n            t += x"])
def test_an_outer_name_is_not_bound_again(over: str, body: str) -> None:
    loop = f"    for ‹i›, j in {over}:\n        {body}\n        t += i * x\n    return t\n"
    text = f"def f(x: float, n: int):\n    t = 0.0\n{loop}"
    assert "the loop binds `i` again" in refused(HEAD + text).reason


def test_pairs_need_a_name() -> None:
    text = "def f(x: float):\n    for a, b in pairwise(‹[x, 2.0]›):\n        x = a * b\n    return x\n"
    assert "the pairs of what has no name" in refused(HEAD + text).reason
