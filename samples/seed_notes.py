"""The course notes' two examples: a chain of scalars, and one layer of a ReLU net."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("x1", "x2"))
def F(x1: float, x2: float) -> float:
    v1 = x1 - x2
    v2 = x1 * x2
    w1 = v1**2
    w2 = v1 - v2
    return (w1 - 8) ** 2 + (w2 - 3) ** 2


@grad(wrt=("A", "b", "c"))
def loss(
    A: Float[np.ndarray, "m n"],
    b: Float[np.ndarray, "m"],
    c: Float[np.ndarray, "m"],
    v: Float[np.ndarray, "n"],
    target: float,
) -> float:
    y = A @ v + b
    z = np.maximum(y, 0.0)
    w = c @ z
    return (w - target) ** 2
