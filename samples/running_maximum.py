"""A running maximum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad
def drawdown(x: Float[np.ndarray, "n"]) -> float:
    best = x[0]
    worst = 0.0
    for i in range(1, len(x)):
        best = max(best, x[i])
        worst = max(worst, best - x[i])
    return worst
