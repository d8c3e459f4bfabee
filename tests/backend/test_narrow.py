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


MASKED = """
import math
def wide(first: float, second: float, third: float) -> float:
    return max(
        second * third * math.sqrt(first) * math.sqrt(second + 1.0) * math.sqrt(third + 2.0)
        * math.exp(-second * third) * math.sqrt(second * third + 0.25) - 10.0, 0.0)
"""


def test_what_may_raise_is_not_taken_out_of_an_arm() -> None:
    """The slope of the root is infinite at 0, where the maximum is the other one."""
    (piece,) = differentiate(MASKED, "m.py", [Request("wide", (0, 1, 2), "tangent")])
    module: dict[str, Any] = {}
    exec(f"import math\n{piece.text}", module)
    assert module["wide_tangent"](0.0, 0.3, 0.2, 1.0, 1.0, 1.0) == (0.0, 0.0)
    assert "        if wide_diff > 0.0\n        else 0.0\n" in piece.text
    hold(MASKED.replace("10.0", "0.01"), "wide", (0, 1, 2), (0.4, 0.3, 0.2))


def test_no_name_is_given_to_what_is_hardly_wider() -> None:
    (piece,) = differentiate(MASKED, "m.py", [Request("wide", (0, 1, 2), "tangent")])
    assert "_is_greater" not in piece.text


def test_parts_are_computed_in_their_order() -> None:
    source = """
def pair(w: float, a: float, b: float, focal: float, first: float, other: float) -> tuple[float, float]:
    scale = 1.0 + a * b
    return w * (a * scale * focal + first - 2.0 * other), w * (b * scale * focal + other - 2.0 * first * first)
"""
    (piece,) = differentiate(source, "m.py", [Request("pair", (0, 1, 2, 3, 4, 5), "tangent")])
    assert "(w_product_dot, w_product_dot_2)" in piece.text, piece.text
