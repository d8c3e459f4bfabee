"""Arrays that are joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("a", "b"))
def joined(a: Float[np.ndarray, "m"], b: Float[np.ndarray, "n"]) -> float:
    c = np.concatenate([a, b, a])
    return np.sum(np.sin(c) * c)
