"""Sums over what was broadcast, of sizes that are not told: right for each of them that is 1, and none too many."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
import numpy as np


def f(a: float[:], b: float[:], c: float[:], d: float[:, :], t: float) -> float:
    z = a + t * (b + 2 * c + 3 * d) / 6
    h = (1 - a) * z + np.tanh(b * c) * (d - np.exp(-(a + c)))
    return np.sum(h * h) + np.sum(np.where(a > 0, b * d, c / (2 + b)))
"""


@pytest.mark.parametrize("sizes", list(product((1, 3), (1, 3), (1, 3), (1, 2), (1, 3))))
def test_each_size_may_be_one(sizes: tuple[int, ...]) -> None:
    x = np.sin(np.arange(1.0, 16.0))
    a, b, c, d = x[: sizes[0]], x[3 : 3 + sizes[1]], x[6 : 6 + sizes[2]], x[9:15].reshape(2, 3)[: sizes[3], : sizes[4]]
    hold(SOURCE, "f", (0, 1, 2, 3, 4), (a.copy(), b.copy(), c.copy(), d.copy(), 0.7))


GATE = """
import numpy as np


def f(z: float[:], h: float[:], c: float[:]) -> float:
    return np.sum(((1 - z) * h + z * c) ** 2)
"""


def test_a_sum_without_a_name_is_not_computed_for_its_shape() -> None:
    (piece,) = differentiate(GATE, "f.py", [Request("f", (0, 1, 2), "adjoint")])
    reverse = piece.text.split("# reverse")[1].split("_grad")[0]
    assert reverse.count("_unbroadcast(") == 4, reverse  # twice for z, once for h and c
    assert all(f", {name})" in reverse for name in "zhc"), reverse
