"""GradBench's `lse`: the logarithm of a sum of exponentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad
def logsumexp(x: Float[np.ndarray, "n"]) -> float:
    highest = np.max(x)
    return highest + np.log(np.sum(np.exp(x - highest)))
