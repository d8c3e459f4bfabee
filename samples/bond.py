"""A bond's price: a loop with a running discount."""

from __future__ import annotations

from sct import grad


@grad
def price(rate: float, coupon: float, years: int, face: float = 100.0) -> float:
    discount = 1.0
    total = 0.0
    for year in range(1, years + 1):
        discount = discount / (1.0 + rate)
        total += coupon * discount
    return total + face * discount
