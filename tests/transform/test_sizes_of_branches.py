"""Branches whose results have other sizes: the adjoint of the whole has, in each of them, the size of what it gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.ir.types import Type
from sct.pipeline import Request, differentiate

SOURCE = """
import numpy as np


def returned(x, c, n):
    if n > 2:
        return x[:, None] + c
    return 3 + x[:, None]


def chosen(x, c, n):
    return c + x[:, None] if n > 2 else x[:, None] if n > 1 else 3 + x[:, None]


def of_another_rank(x, c, n):
    return x[:, None] + c if n > 2 else x[:, None, None] + c
"""
NAMES = ("returned", "chosen", "of_another_rank")


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("name", NAMES)
def test_the_adjoint_has_the_size_of_the_branch(name: str, n: int) -> None:
    module: dict[str, Any] = {}
    exec(SOURCE, module)
    types = (Type("array", ("m",)), Type("array", ("k",)), Type("int"))
    (piece,) = differentiate(SOURCE, "f.py", [Request(name, (0, 1), "adjoint", types)])
    primal = module[name]
    exec("\n".join([*piece.needs, piece.text, *piece.helpers.values()]), module)
    x, c = np.array([0.3, -0.4, 1.2]), np.array([0.5, 2.0, 0.1, -1.0])
    weights = np.cos(np.arange(float(primal(x, c, n).size))).reshape(primal(x, c, n).shape)
    x_bar, c_bar = module[f"{name}_adjoint"](x, c, n, weights)[1]
    for bar, value, moved in ((x_bar, x, lambda d: (x + d, c, n)), (c_bar, c, lambda d: (x, c + d, n))):
        steps = 1e-6 * np.eye(len(value))
        slopes = [np.sum(weights * (primal(*moved(d)) - primal(*moved(-d)))) / 2e-6 for d in steps]
        assert bar == pytest.approx(np.array(slopes), abs=1e-8)
