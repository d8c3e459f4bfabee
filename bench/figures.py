"""Figures: how they are printed, and their mean."""

from __future__ import annotations

import math
from collections.abc import Iterable


def number(x: float) -> str:
    return f"{x:.0f}" if x >= 20 or x == 0 else f"{x:.1f}" if x >= 2 else f"{x:.2f}" if x >= 0.05 else f"{x:.3f}"


def mean(values: Iterable[float]) -> float:
    """The geometric mean."""
    logs = [math.log(value) for value in values]
    return math.exp(sum(logs) / len(logs)) if logs else math.nan
