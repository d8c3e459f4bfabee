"""A decaying oscillation against measurements: a loss that is a sum over them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sct import value_and_grad

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float


@value_and_grad(wrt="p", compile="numba")
def loss(
    p: Float[np.ndarray, "4"], t: Float[np.ndarray, "n"], y: Float[np.ndarray, "n"]
) -> float:
    total = 0.0
    for i in range(len(t)):
        wave = p[0] * math.exp(-p[1] * t[i]) * math.cos(p[2] * t[i] + p[3])
        total += (wave - y[i]) ** 2
    return total
