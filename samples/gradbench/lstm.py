"""GradBench's `lstm`: a recurrent net with diagonal weights reads characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def cell_step(weight, bias, hidden, cell, x):
    """Return the new hidden and cell state of one layer."""
    forget = sigmoid(x * weight[0] + bias[0])
    ingate = sigmoid(hidden * weight[1] + bias[1])
    outgate = sigmoid(x * weight[2] + bias[2])
    change = np.tanh(hidden * weight[3] + bias[3])
    cell = cell * forget + ingate * change
    return outgate * np.tanh(cell), cell


@grad(wrt=("main", "extra"))
def loss(
    main: Float[np.ndarray, "l 2 4 b"],
    extra: Float[np.ndarray, "3 b"],
    state: Float[np.ndarray, "l 2 b"],
    sequence: Float[np.ndarray, "c b"],
) -> float:
    total = 0.0
    for t in range(len(sequence) - 1):
        x = sequence[t] * extra[0]
        for i in range(len(main)):
            x, cell = cell_step(main[i, 0], main[i, 1], state[i, 0], state[i, 1], x)
            state[i, 0] = x
            state[i, 1] = cell
        y = x * extra[1] + extra[2]
        total += np.sum(sequence[t + 1] * (y - np.log(2.0 + np.sum(np.exp(y)))))
    return -total / ((len(sequence) - 1) * sequence.shape[1])
