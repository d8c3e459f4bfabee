"""Ridge regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("w", "penalty"))
def ridge(
    w: Float[np.ndarray, "d"],
    penalty: float,
    X: Float[np.ndarray, "n d"],
    y: Float[np.ndarray, "n"],
) -> float:
    r = X @ w - y
    return r @ r + penalty * (w @ w)
