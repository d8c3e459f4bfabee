"""An integral by the trapezoid rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    pass


@grad(wrt=("a", "b", "k"))
def integral(a: float, b: float, k: float, n: int) -> float:
    h = (b - a) / n
    total = 0.5 * (np.exp(-k * a**2) + np.exp(-k * b**2))
    for i in range(1, n):
        x = a + i * h
        total += np.exp(-k * x**2)
    return h * total
