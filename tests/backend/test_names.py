"""Names of temporaries: never one of the author's, and never that of the function's value."""

from __future__ import annotations

import numpy as np

from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
import numpy as np


def shifted(x: "float[:]", g: float) -> float:
    A = np.zeros(2)
    A[0] = x[0] * x[1] + g
    A[1] = A[0] * A[0]
    return A[1] * x[0]


def aligned(a: "float[:]", lab: "int[:]") -> float:
    v = 0.0
    for s in range(len(lab)):
        if s > 1 and lab[s] != lab[s - 2]:
            v = v * a[s] + a[s - 2]
        v = np.sin(v) + a[s]
    return v
"""


def _adjoint(name: str) -> str:
    (piece,) = differentiate(SOURCE, "model.py", [Request(name, (0,))])
    return piece.text


def test_a_parameter_keeps_its_name() -> None:
    text = _adjoint("shifted")
    assert " g = " not in text and "g_2 = A_bar[0]" in text
    hold(SOURCE, "shifted", (0,), (np.array([0.3, 1.2]), 0.7))


def test_a_condition_is_no_value() -> None:
    text = _adjoint("aligned")
    assert "aligned_condition = s > 1 and lab[s] != lab[s - 2]" in text
    assert "aligned_value_saved" not in text
    hold(SOURCE, "aligned", (0,), (np.array([0.3, 1.2, 0.4, -0.6]), np.array([0, 1, 2, 1])))
