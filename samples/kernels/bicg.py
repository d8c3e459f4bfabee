"""The two products of the biconjugate gradient method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("A", "p", "r"))
def bicg(
    A: Float[np.ndarray, "m n"], p: Float[np.ndarray, "n"], r: Float[np.ndarray, "m"]
) -> float:
    s = r @ A
    q = A @ p
    return np.sum(s**2) + np.sum(q**3)
