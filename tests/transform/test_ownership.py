"""Where adjoints and tangents are copied: as seldom as a careful person would."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

TEXT = """
import numpy as np


def carried(u: float[:], y: float):
    w = u + 1.0
    for k in range(1, len(u)):
        w[k] = w[k - 1] * y
    return w.sum() + y * u[0]


def shifted(w):
    return w + 1.0


def of_a_callee(u: float[:], y: float):
    for k in range(3):
        v = shifted(u)
        u[k] = v[k] * y
    return u.sum()


def items(u: float[:], y: float):
    pairs = []
    for k in range(len(u)):
        pairs.append((u[k], y))
    return sum(a * b for a, b in pairs)
"""


@pytest.mark.parametrize(("name", "copies"), [("carried", 0), ("of_a_callee", 0), ("items", 0)])
def test_no_tangent_is_copied_in_a_loop(name: str, copies: int) -> None:
    (piece,) = differentiate(TEXT, "model.py", [Request(name, (0, 1), "tangent")])
    text = piece.text[piece.text.index(f"def {name}_tangent") :]
    loops = [line for line in text.splitlines() if line.startswith("        ")]
    assert sum("_dot.copy()" in line for line in loops) == copies


GATED = """
import numpy as np


def gated(Wx: float[:, :], Wh: float[:, :], xs: float[:, :], n: int):
    h = np.zeros(n)
    c = np.zeros(n)
    for x in xs:
        gates = Wx @ x + Wh @ h
        c = gates[:n] * c + gates[n:]
        h = np.tanh(c)
    return np.sum(h**2)
"""


def test_nothing_is_copied_for_updates_that_are_not_made_in_place() -> None:
    """What is cut out of `gates` may be longer than `c`, which is not known: its adjoint is made anew in each turn."""
    (piece,) = differentiate(GATED, "model.py", [Request("gated", (0, 1, 2), "adjoint")])
    assert "_bar.copy()" not in piece.text
    rng = np.random.default_rng(0)
    hold(GATED, "gated", (0, 1, 2), (rng.normal(size=(4, 3)), rng.normal(size=(4, 2)), rng.normal(size=(3, 3)), 2))


MAY_BE_BROADCAST = """
import numpy as np


def newton(k: float[:], y: float[:], n: int) -> float:
    for _ in range(n):
        r = y * y - k
        if r[0] < 0.0:
            r = r - np.sin(k)
        y = y - 0.3 * r * y[0] - 0.1 * np.array([y[0] * y[1], y[1] ** 2])
    return np.sum(y * y)


def weighted(w: float[:, :], x: float[:, :]) -> float:
    return np.sum((x[:, None, :] - w[None, :, :]) ** 2)


def gated(h: float[:], a: float[:], b: float[:, :], n: int) -> float:
    for _ in range(n):
        z = 1 / (1 + np.exp(-(a + b @ h)))
        h = (1 - z) * h + z * np.tanh(h + a)
    return np.sum(h**2)
"""
VECTORS = np.array([1.2, 0.8]), np.array([0.9, 1.1])


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("newton", (*VECTORS, 3)),
        ("newton", (VECTORS[0][:1], VECTORS[1], 3)),
        ("weighted", (np.array([[0.1, 0.7], [0.3, -0.2]]), np.array([[1.0, 2.0], [0.5, 0.4], [0.3, 0.1]]))),
        ("weighted", (np.array([[0.1], [0.3]]), np.array([[1.0, 2.0], [0.5, 0.4], [0.3, 0.1]]))),
        ("gated", (*VECTORS, np.array([[0.3, 0.1], [-0.4, 0.2]]), 3)),
        ("gated", (VECTORS[0], VECTORS[1][:1], np.array([[0.3, 0.1]]), 3)),
    ],
)
def test_what_may_have_been_broadcast_is_added_to_in_place(name: str, args: tuple[Any, ...]) -> None:
    """What is summed over nothing is what it was, and what is summed over is new: both are this sweep's own."""
    wrt = tuple(k for k, arg in enumerate(args) if not isinstance(arg, int))
    hold(MAY_BE_BROADCAST, name, wrt, args)
    (piece,) = differentiate(MAY_BE_BROADCAST, "model.py", [Request(name, wrt, "adjoint")])
    assert ".copy()" not in piece.text and "_bar = h_bar +" not in piece.text, piece.text
