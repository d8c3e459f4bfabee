"""A European call, and its Greeks as the gradient."""

from __future__ import annotations

import math

from sct import grad


def normal_cdf(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


@grad(wrt=("spot", "vol", "rate", "time"))
def call(spot: float, strike: float, vol: float, rate: float, time: float) -> float:
    spread = vol * math.sqrt(time)
    d1 = (math.log(spot / strike) + (rate + 0.5 * vol**2) * time) / spread
    d2 = d1 - spread
    return spot * normal_cdf(d1) - strike * math.exp(-rate * time) * normal_cdf(d2)
