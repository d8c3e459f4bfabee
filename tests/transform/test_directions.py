"""Many directions at once, where the tangents of a callee come in a structure."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import sct
from sct.pipeline import Request, differentiate


def shares(y):
    total = np.zeros(len(y) + 1)
    total[1:] = np.cumsum(np.sort(y))
    share = np.zeros(len(y) + 1)
    for i in range(len(y) + 1):
        share[i] = total[i] / total[-1]
    return total, share


def area(y):
    total, share = shares(y)
    return np.sum(total * share)


def test_directions_are_counted_in_a_structure() -> None:
    gradient = sct.grad(area)
    for n in (1, 4):
        y = np.random.default_rng(3).uniform(0.2, 1.0, n)
        step = 1e-5 * np.eye(n)
        expected = [(gradient(y + e) - gradient(y - e)) / 2e-5 for e in step]
        assert np.allclose(sct.hessian(area)(y), expected, rtol=1e-7, atol=1e-7)


CHOSEN = """
import math


def powers(x: float, y: float, n: int) -> float:
    total = 0.0
    for k in range(n):
        total += x**k * (k + 1) + y**k * x
    return total


def roots(x: float, y: float) -> float:
    r = math.hypot(x, y)
    return max(math.sqrt(x * x), 0.0) * y + (x / r if r > 0.0 else 0.0) + abs(y + 0.3) + max(-y / 0.5, x)


def many(x: float, y: float) -> float:
    return max(min(-x / y, 3.0), -2.0) * x + (math.sqrt(x) if x > 0.0 else x)
"""


@pytest.mark.parametrize("args", [(0.0, 0.0), (0.0, -0.4), (0.7, 0.2), (-0.7, 0.2)])
@pytest.mark.parametrize("name", ["powers", "roots", "many"])
def test_what_a_number_chooses_is_computed_alone(name: str, args: tuple[float, float]) -> None:
    """NumPy's ``where`` computes both: ``0.0**-1`` raises, and so does what is divided by a root that is 0."""
    if name == "many" and not args[1]:
        pytest.skip("it has no value there")
    given = (*args, 4) if name == "powers" else args
    (piece,) = differentiate(CHOSEN, "model.py", [Request(name, (0, 1), "tangents")])
    (other,) = differentiate(CHOSEN, "model.py", [Request(name, (0, 1), "adjoint")])
    module: dict[str, Any] = {"math": math, "np": np}
    exec("\n\n".join([*piece.needs, piece.text, other.text]), module)
    _, (x_bar, y_bar) = module[f"{name}_adjoint"](*given)
    _, dots = module[f"{name}_tangents"](*given, x_dot=np.array([1.0, 0.0, 2.0]), y_dot=np.array([0.0, 1.0, -1.0]))
    np.testing.assert_allclose(dots, [x_bar, y_bar, 2.0 * x_bar - y_bar], rtol=1e-12)
    assert "np.where" not in piece.text
