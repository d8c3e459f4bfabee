"""Where adjoints and tangents are copied: as seldom as a careful person would."""

from __future__ import annotations

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
