"""GradBench's `llsq`: a polynomial fitted to the sign function by least squares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad
def objective(x: Float[np.ndarray, "m"], n: int) -> float:
    t = np.linspace(-1.0, 1.0, n)
    residual = np.sign(t)
    power = np.ones(n)
    for j in range(len(x)):
        residual -= x[j] * power
        power *= t
    return 0.5 * np.sum(residual**2)
