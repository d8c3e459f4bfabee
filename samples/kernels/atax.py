"""A matrix and its transpose times a vector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("A", "x"))
def atax(A: Float[np.ndarray, "m n"], x: Float[np.ndarray, "n"]) -> float:
    return np.sum(((A @ x) @ A) ** 2)
