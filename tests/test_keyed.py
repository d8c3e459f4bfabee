"""``min``, ``max`` and ``sorted`` with a key: held to differences."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

HEAD = """
from typing import NamedTuple

import numpy as np


class P(NamedTuple):
    x: float
    y: float


"""
X = [0.3, -2.0, 1.0, 5.0]
PROGRAMS: dict[str, tuple[str, Any]] = {
    "of records": (
        """
    points = [P(x[0], x[1]), P(x[2], x[3]), P(x[1], x[0])]
    cost = lambda p: (p.x - n) ** 2 + p.y
    return min(points, key=cost).x * max(points, key=lambda p: p.y).y * sorted(points, key=cost)[1].x
""",
        X,
    ),
    "of numbers": (
        """
    xs = sorted(x, key=lambda v: abs(v - n))
    ys = sorted(x, key=lambda v: -v, reverse=True)
    return xs[0] * 2.0 + xs[1] * xs[3] + ys[0] * xs[-1] + max(x[0], x[1], key=abs) ** 2
""",
        X,
    ),
    "of an array, and of rows": (
        """
    rows = sorted(np.outer(x, x), key=lambda row: row[0] * n)
    return rows[0] @ rows[1] + min(x, key=lambda v: v * v) ** 3
""",
        np.array(X),
    ),
    "of conditions": (
        """
    xs = sorted(x, key=lambda v: v > 0.0, reverse=True)
    return xs[0] * 2.0 + xs[1] * xs[3] + n * max(x, key=lambda v: v > 0.5)
""",
        X,
    ),
    "of places, and of what is computed": (
        """
    order, total = sorted(range(len(x)), key=lambda k: x[k]), 0.0
    for rank, k in enumerate(order):
        total += rank * x[k] ** 2
    k, v = max(enumerate(x), key=lambda pair: pair[1] ** 2)
    return total * min((u * u for u in x), key=lambda u: -u) + k * v
""",
        X,
    ),
}


@pytest.mark.parametrize("case", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_programs(case: tuple[str, Any]) -> None:
    body, x = case
    hold(f"{HEAD}def f(x, n):{body}", "f", (0,), (x, 2), annotated=False)


def test_equal_keys_keep_their_order() -> None:
    """As Python's sort does, backwards too; the first of equal ones is the least, and the greatest."""
    body = """
    keys = [0, 1] * 12
    one = sorted(range(24), key=lambda k: keys[k])
    other = sorted(range(24), key=lambda k: keys[k], reverse=True)
    first = min(range(24), key=lambda k: keys[k]) + 10 * max(range(24), key=lambda k: keys[k])
    return sum([x**2 * (k + 1) * j for k, j in enumerate(one)]) + sum([x * k * j for k, j in enumerate(other)]) * first
"""
    hold(f"{HEAD}def f(x):{body}", "f", (0,), (0.7,), annotated=False)


def test_keys_that_are_no_numbers_are_not_ordered() -> None:
    """Python's ``min`` of ``[x, nan, 0.1]`` is 0.1, and that of ``[nan, x, 0.1]`` is nan; NumPy's are both nan."""
    (piece,) = differentiate(
        "import math\n\n\ndef f(x: float) -> float:\n    return min([x, math.nan, 0.1], key=lambda v: v) * 2\n",
        "f.py",
        [Request("f")],
    )
    module: dict[str, Any] = {"math": math, "np": np}
    exec(piece.text, module)
    with pytest.raises(AssertionError, match="a key is not a number"):
        module["f_adjoint"](0.7)
