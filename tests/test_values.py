"""The value that an adjoint returns beside the gradient, where the reverse sweep takes back what the value shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.arguments import type_of
from sct.pipeline import Request, differentiate
from tests.trees import random_like, same

SOURCE = """
import numpy as np

def written(x, n):
    y = x.copy()
    for i in range(n):
        y[i] = np.sin(y[i]) * y[i - 1]
    return y

def in_a_tuple(x, n):
    y = x.copy()
    for i in range(n):
        y[i] = np.sin(y[i]) * y[i - 1]
    return y, 1.0

def in_a_dict(x, n):
    y = x.copy()
    for i in range(n):
        y[i] = np.sin(y[i]) * y[i - 1]
    return {"y": y, "x": (x, y)}

def in_a_list(x, n):
    y = x.copy()
    for i in range(n):
        y[i] = np.sin(y[i]) * y[i - 1]
    return [y, x]

def a_part(x, n):
    y = x.copy()
    for i in range(n):
        y[i] = np.sin(y[i]) * y[i - 1]
    z = y[:-1]
    return z, n

def either(x, n):
    y = x.copy()
    for i in range(n):
        y[i] = np.sin(y[i]) * y[i - 1]
    pair = (x, y) if n > 2 else (y, x)
    return pair

def fill(buffer, x):
    for i in range(len(x)):
        buffer[i] = np.sqrt(x[i])
    return buffer

def handed_back(x, n):
    return fill(np.empty(4), x)

def handed_back_and_scaled(x, n):
    b = fill(np.empty(4), x)
    b *= x
    return b, 2.0
"""
NAMES = [line[4:].split("(")[0] for line in SOURCE.splitlines() if line.startswith("def ") and "(x, n)" in line]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mode", ["adjoint", "pullback"])
def test_a_value_is_what_the_function_returns(name: str, mode: Any) -> None:
    args = (np.array([0.3, 0.4, 0.7, 0.2]), 4)
    primals: dict[str, Any] = {}
    exec(SOURCE, primals)
    expected = primals[name](*args)

    (piece,) = differentiate(
        SOURCE, "f.py", [Request(name, (0,), mode, tuple(map(type_of, args, ("x", "n"))), "python")]
    )
    module: dict[str, Any] = {}
    exec("\n".join(["from __future__ import annotations", SOURCE, piece.text, *piece.helpers.values()]), module)
    seed = random_like(expected, np.random.default_rng(1))
    if mode == "adjoint":
        value, _ = module[f"{name}_adjoint"](*args, seed)
    else:
        value, residuals = module[f"{name}_forward"](*args)
        module[f"{name}_reverse"](residuals, seed)
    assert same(value, expected)
