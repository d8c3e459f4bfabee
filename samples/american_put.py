"""An American put on a binomial tree, which may be exercised at each step."""

from __future__ import annotations

import math

import numpy as np

from sct import value_and_grad


@value_and_grad(wrt=("spot", "volatility", "rate"))
def american_put(
    spot: float,
    strike: float,
    volatility: float,
    rate: float,
    expiry: float,
    steps: int,
) -> float:
    dt = expiry / steps
    up = math.exp(volatility * math.sqrt(dt))
    discount = math.exp(-rate * dt)
    p = (1.0 / discount - 1.0 / up) / (up - 1.0 / up)
    values = np.empty(steps + 1)
    for j in range(steps + 1):
        values[j] = max(strike - spot * up ** (2 * j - steps), 0.0)
    for step in range(steps - 1, -1, -1):
        for j in range(step + 1):
            hold = discount * (p * values[j + 1] + (1.0 - p) * values[j])
            exercise = strike - spot * up ** (2 * j - step)
            values[j] = max(hold, exercise)
    return values[0]
