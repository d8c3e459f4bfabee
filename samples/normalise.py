"""Mean and variance normalisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad
def kurtosis(x: Float[np.ndarray, "n"]) -> float:
    d = x - x.mean()
    variance = np.mean(d**2)
    return np.mean(d**4) / variance**2
