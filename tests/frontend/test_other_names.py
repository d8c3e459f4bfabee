"""Other names of functions, and what is said of names that are not followed."""

from __future__ import annotations

import numpy as np
import pytest

from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from tests.programs import hold

PROGRAM = """
import functools
import sys
import numpy as np
from numpy import cos as c

norm = np.linalg.norm
sin, exp = np.sin, np.exp


def long(x, n):
    y = x
    for _ in range(n):
        y = y * sin(x) + c(y)
    return y


step = long


def f(x: float, v: float[:], n: int) -> float:
    if n < 0:
        sys.exit("no turns")
    return norm(v) * step(x, n) + exp(x) ** (np.pi) - x


def inner(x):
    rows = [[0] * 2 for _ in range(2)]
    rows[0][1] = x
    return rows[0][1]


def untyped(x: float) -> float:
    return inner(x) * 2.0


def reduced(x: float) -> float:
    return functools.singledispatch(max)(x)
"""


def test_another_name_is_the_function() -> None:
    hold(PROGRAM, "f", (0, 1), (0.4, np.array([0.3, 0.9]), 3))


def test_a_generated_module_has_the_name() -> None:
    (piece,) = differentiate(PROGRAM, "model.py", [Request("f", (0, 1))])
    assert piece.text.index("def long(") < piece.text.index("step = long") < piece.text.index("def f(")
    assert "raise SystemExit(" in piece.text


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("untyped", "this writes into what a container holds"),
        ("reduced", "`functools.singledispatch` is not supported: it is of Python's own module `functools`"),
    ],
)
def test_refused(name: str, reason: str) -> None:
    with pytest.raises(RefusedError) as caught:
        differentiate(PROGRAM, "model.py", [Request(name)])
    assert reason in caught.value.diagnostics[0].reason
