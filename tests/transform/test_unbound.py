"""What some path leaves unbound has an adjoint on every path, and raises where it did."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

SOURCE = """
import numpy as np


def chosen(w: Float[np.ndarray, "n"], c: float) -> float:
    if c > 0.0:
        v = w[w > 0.0]
    w = w * c
    if c > 0.0:
        return v.sum() * w[0]
    return c * c + w[1]


def looped(w: Float[np.ndarray, "n"], k: int) -> float:
    for i in range(k):
        v = np.sin(w[1:]) * i
        if i > 1:
            w[1:] = w[1:] * 2.0
    if k > 0:
        return (v**2).sum() * w[0]
    return w[1]


def halves(w, c):
    w[0] = w[0] * c
    return w[1:], c * w[0]


def paired(w: Float[np.ndarray, "n"], c: float) -> float:
    if c > 0.0:
        pair = halves(w, c)
    if c > 0.0:
        return (pair[0] ** 2).sum() * pair[1]
    return c * w[1]
"""
W = np.array([0.3, -0.4, 0.5])


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("chosen", (W, 0.7)),
        ("chosen", (W, -0.7)),
        ("looped", (W, 0)),
        ("looped", (W, 3)),
        ("paired", (W, 0.7)),
        ("paired", (W, -0.7)),
    ],
)
def test_derivatives(name: str, args: tuple[Any, ...], target: Target) -> None:
    hold(SOURCE, name, (0, 1) if name != "looped" else (0,), args, target=target)


def test_a_shape_is_asked_of_what_is_bound_everywhere() -> None:
    (piece,) = differentiate(SOURCE, "unbound.py", [Request("chosen", (0,))])
    assert "v_or_empty = v\n    else:\n        v_or_empty = np.zeros(0)\n" in piece.text
    assert "v_bar = np.zeros_like(v_or_empty)\n" in piece.text
    assert "v_bar = np.full_like(v, w_0 * chosen_bar)\n" in piece.text


def test_what_is_unbound_raises() -> None:
    source = SOURCE.replace("    w = w * c\n    if c > 0.0:", "    w = w * c\n    if c > -1.0:", 1)
    (piece,) = differentiate(source, "unbound.py", [Request("chosen", (0,))])
    module: dict[str, Any] = {}
    exec("from __future__ import annotations\nimport numpy as np\n" + piece.text, module)
    with pytest.raises(UnboundLocalError, match="'v'"):
        module["chosen_adjoint"](W, -0.7)
