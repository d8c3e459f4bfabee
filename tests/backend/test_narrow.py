"""What is too wide is named in parts, and computes no more than it did."""

from __future__ import annotations

from typing import Any

from sct.pipeline import Request, differentiate
from tests.programs import hold

PUT = """
def american_put_by_trees(s0: float, strike: float, up: float, p: float, n: int) -> float:
    values = [0.0] * (n + 1)
    for j in range(n + 1):
        values[j] = max(strike - s0 * up**j, 0.0)
    for i in range(n - 1, -1, -1):
        for j in range(i + 1):
            hold = p * values[j + 1] + (1.0 - p) * values[j]
            exercise = strike - s0 * up**j
            values[j] = max(hold, exercise)
    return values[0]
"""


def test_what_may_raise_stays_in_its_arm() -> None:
    """``0.0 ** -1`` raises, where ``j`` is 0, and is not asked for."""
    (piece,) = differentiate(PUT, "f.py", [Request("american_put_by_trees", (0, 2))])
    module: dict[str, Any] = {}
    exec(piece.text, module)
    _, (s0_bar, _) = module["american_put_by_trees_adjoint"](0.5, 1.0, 0.0, 0.4, 3)
    assert abs(s0_bar + 0.6**3) < 1e-12  # the leaf without a step up is all that `s0` reaches
    hold(PUT, "american_put_by_trees", (0, 2), (0.5, 1.0, 0.9, 0.4, 3))
