"""What may be None, passed to a function that asks whether it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.programs import hold

HEAD = """import numpy as np


def smoothed(prev, x):
    return x if prev is None else 0.5 * (prev + x)


def weighted(x, w):
    return x * x if w is None else x * w


def total(x, w=None):
    return np.sum(weighted(x, w)) if w is None else np.sum(w * weighted(x, w))


def attention(q, mask=None):
    scores = q @ q.T
    if mask is not None:
        scores = np.where(mask, scores, -10.0)
    e = np.exp(scores)
    return e / np.sum(e, axis=1, keepdims=True) @ q


"""
X = np.array([[0.3, 0.2], [0.1, 0.4], [0.5, 0.7]])
PROGRAMS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "a mask": (
        """
def f(x, causal=True):
    T = x.shape[0]
    mask = np.tril(np.ones((T, T), dtype=bool)) if causal else None
    return np.sum(attention(x, mask) ** 2)
""",
        (X, True),
    ),
    "through two functions": (
        """
def f(x, use):
    w = x * 0.5 if use else None
    return total(x, w) + total(x)
""",
        (X[0], True),
    ),
    "one of three": (
        """
def f(x, use):
    w = None
    if use == 1:
        w = np.exp(x)
    elif use == 2:
        w = x + 1.0
    return total(x, w)
""",
        (X[0], 2),
    ),
    "carried by a loop": (
        """
def f(x, n):
    prev, energy = None, 0.0
    for row in x:
        prev = smoothed(prev, row)
        energy += np.sum(prev**2)
    return energy * n
""",
        (X, 2),
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("other", [False, True])
def test_derivatives(name: str, other: bool) -> None:
    text, (x, option) = PROGRAMS[name]
    hold(HEAD + text, "f", (0,), (x, type(option)(0) if other else option), annotated=False)
