"""Predators and prey, the state in an array."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


@grad(wrt=("state", "rates"))
def prey(
    state: Float[np.ndarray, "2"],
    rates: Float[np.ndarray, "4"],
    steps: int,
    dt: float = 0.01,
) -> float:
    for step in range(steps):
        growth = rates[0] * state[0] - rates[1] * state[0] * state[1]
        change = rates[2] * state[0] * state[1] - rates[3] * state[1]
        state[0] += dt * growth
        state[1] += dt * change
    return state[0]
