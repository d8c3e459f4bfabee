"""What is folded into an expression is computed as often as it was in a statement of its own."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

CHOSEN = """
import math
import numpy as np
def f(u: Float[np.ndarray, "n"], v: Float[np.ndarray, "n"]) -> float:
    y = 0.0
    for i in range(3):
        g = math.sin if u[i] > 2.0 else (lambda t: t * v[i])
        y = 0.5 * g(v @ u)
        v[2] *= math.sin(max(y, 0.1))
    return np.sum(v)
"""


@pytest.mark.parametrize("seed", [7, 9, 11])
def test_what_is_saved_is_popped_whatever_is_chosen(seed: int) -> None:
    """``t_saved.pop() * g_bar if y > 0.1 else 0.0`` pops in some turns only."""
    (piece,) = differentiate(CHOSEN, "f.py", [Request("f", (0, 1))])
    popped = [line for line in piece.text.splitlines() if ".pop()" in line]
    assert popped and not [line for line in popped if " if " in line]
    rng = np.random.default_rng(seed)
    hold(CHOSEN, "f", (0, 1), (rng.normal(size=4), rng.normal(size=4)))
