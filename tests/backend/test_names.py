"""Names of temporaries: never one of the author's, and never that of the function's value."""

from __future__ import annotations

import numpy as np

from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
import numpy as np


def scaled(Y: "float[:, :, :]", g: "float[:]") -> float:
    mu = np.mean(Y, axis=(0, 1))
    sd = np.std(Y, axis=(0, 1))
    Y = g * (Y - mu) / (sd + 1.0)
    return np.sum(np.maximum(Y, 0.1) ** 2)


def aligned(a: "float[:]", lab: "int[:]") -> float:
    v = 0.0
    for s in range(len(lab)):
        if s > 1 and lab[s] != lab[s - 2]:
            v = v * a[s] + a[s - 2]
        v = np.sin(v) + a[s]
    return v
"""


def _adjoint(name: str) -> str:
    wrt = (0, 1) if name == "scaled" else (0,)
    (piece,) = differentiate(SOURCE, "model.py", [Request(name, wrt)])
    return piece.text.partition("# reverse")[0 if name == "aligned" else 2]


def test_a_parameter_keeps_its_name() -> None:
    assert "\n    g = " not in _adjoint("scaled")
    Y = np.array([[[0.3, 1.2], [0.9, -0.4]], [[2.0, 0.1], [-0.7, 0.6]]])
    hold(SOURCE, "scaled", (0, 1), (Y, np.array([0.7, 1.1])))


def test_a_condition_is_no_value() -> None:
    text = _adjoint("aligned")
    assert "aligned_condition = s > 1 and lab[s] != lab[s - 2]" in text
    assert "aligned_value_saved" not in text
    hold(SOURCE, "aligned", (0,), (np.array([0.3, 1.2, 0.4, -0.6]), np.array([0, 1, 2, 1])))
