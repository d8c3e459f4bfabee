"""Tangents have the shape of their values, where it is not known which operand gives that."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate

TEXT = """
from __future__ import annotations

import numpy as np


def summed(x: Float[np.ndarray, "a b"], c: Float[np.ndarray, "d e"]) -> float:
    return np.sum(x + c)


def squeezed(x: Float[np.ndarray, "a b"], c: Float[np.ndarray, "d e"]) -> float:
    y = np.sin(c - x) + 2.0
    return np.sum(y.T @ y) + np.sum(np.exp(x + c)[0])


def stored(x: Float[np.ndarray, "a b"], c: Float[np.ndarray, "d e"]) -> float:
    out = np.zeros((4, 3))
    out[:, :] = x + c
    return np.sum(out * c)


def returned(x: Float[np.ndarray, "a b"], c: Float[np.ndarray, "d e"]):
    return x - c


def carried(x: Float[np.ndarray, "a b"], c: Float[np.ndarray, "d e"]) -> float:
    y = x + c
    for _ in range(2):
        y = y * 0.5 + x
    return np.sum(y)


def of_any_rank(x: np.ndarray, c: np.ndarray) -> float:
    return np.sum(c - x)
"""


@pytest.mark.parametrize("name", ["summed", "squeezed", "stored", "returned", "carried", "of_any_rank"])
@pytest.mark.parametrize("shape", [(1, 3), (4, 1), (4, 3)])
def test_an_operand_that_is_held_widens_a_tangent(name: str, shape: tuple[int, int]) -> None:
    (piece,) = differentiate(TEXT, "model.py", [Request(name, (0,), "tangent")])
    module: dict[str, Any] = {}
    exec("from __future__ import annotations\nimport numpy as np\n" + piece.text, module)
    rng = np.random.default_rng(2)
    x, x_dot, c = rng.normal(size=shape), rng.normal(size=shape), rng.normal(size=(4, 3))
    primal = module[name]
    expected = (primal(x + 1e-6 * x_dot, c) - primal(x - 1e-6 * x_dot, c)) / 2e-6
    _, found = module[f"{name}_tangent"](x, c, x_dot=x_dot)
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-8)
