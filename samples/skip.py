"""A loop that skips."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad
def positive_logs(x: Float[np.ndarray, "n"]) -> float:
    total = 0.0
    for i in range(len(x)):
        if x[i] <= 0.0:
            continue
        total += np.log(x[i])
    return total
