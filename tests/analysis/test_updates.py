"""``a += b`` where the rank of ``a`` is not known: bound anew where nobody could tell, refused elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.programs import hold
from tests.refused import refused

PROGRAMS = """
import numpy as np


def item(w: Float[np.ndarray, "n"], z: np.ndarray) -> float:
    s = w[0] * z[0]
    s += w[1]
    for i in range(3):
        s += w[i] * s
    return np.sum(s * w[2])


def reduced(w: Float[np.ndarray, "n"], z: np.ndarray) -> float:
    x = z.sum(axis=0)
    y = x
    y -= w[0]
    return np.sum(y * w[2])


def array(w: Float[np.ndarray, "n"], z: np.ndarray) -> float:
    a = z * w[0]
    a += w[1]
    a[0] += w[2]
    b = a.copy()
    b *= a
    return np.sum(b * w[2])


def part(w: Float[np.ndarray, "n"], z: np.ndarray) -> float:
    s = np.sum(z * w[1])
    r = z[0]
    r += w[0]
    return s * np.sum(r)


def best(w: Float[np.ndarray, "n"], z: np.ndarray) -> float:
    found = z[0] * w[0]
    for e in z:
        if np.sum(e) > 0.5:
            found += e * w[1]
        found *= w[2]
    return np.sum(found * found)
"""
RNG = np.random.default_rng(4)
ARRAYS = [RNG.normal(size=shape) for shape in ((4,), (4, 3), (2, 2, 2))]
REFUSED = [
    (
        "    a = z[0] * 2.0\n    b = a\n    for i in range(3):\n        ‹b += w[i]›\n    return np.sum(a) + w[0]",
        "another name sees this write",
    ),
    (
        "    t = z.sum(axis=0) * w[0]\n    s = t\n    while np.sum(t) < 3.0:\n        ‹t += 1.0 + w[1]›\n"
        "    return np.sum(s * w[2])",
        "another name sees this write",
    ),
    ("    y = z[0] * w[0]\n    return np.sum(g(y, w[1]) + y)", "it is not known whether this writes into an array"),
]


@pytest.mark.parametrize("z", ARRAYS, ids=[f"rank {z.ndim}" for z in ARRAYS])
@pytest.mark.parametrize("name", ["item", "reduced", "array", "part", "best"])
def test_of_unknown_rank(name: str, z: Any) -> None:
    hold(PROGRAMS, name, (0,), (np.array([0.4, -0.7, 0.9]), z))


@pytest.mark.parametrize(("body", "reason"), REFUSED)
def test_where_another_name_would_tell(body: str, reason: str) -> None:
    callee = "def g(y, t):\n    ‹y += t›\n    return y * t\n\n\n" if "g(" in body else ""
    text = f'import numpy as np\n\n\n{callee}def f(w: "float[:]", z: np.ndarray) -> float:\n{body}\n'
    assert reason in refused(text).reason
