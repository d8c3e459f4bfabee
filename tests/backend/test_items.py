"""What the reverse sweep reads item by item of what the author unpacks is unpacked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

SOURCE = """
import numpy as np


def rows(u: Float[np.ndarray, "t 2"], x: float) -> float:
    total = x
    for a, b in u:
        total = total * a + np.sin(b * total)
    return total


def written(u: Float[np.ndarray, "t 2"], x: float) -> float:
    u = u.copy()
    total = x
    for i in range(len(u)):
        a, b = u[i]
        total = total * a + np.sin(b * total)
        u[i, 0] = total
        u[i, 1] = a * total
    return total + np.sum(u)
"""
U = np.array([[0.3, 0.8], [1.2, -0.4], [0.7, 0.5]])


def _reverse(name: str) -> str:
    (piece,) = differentiate(SOURCE, "f.py", [Request(name, (0, 1))])
    return piece.text.split("# reverse\n")[1].split("\ndef ")[0]


def test_in_one_statement() -> None:
    assert "        a, b = u[a_index]\n" in _reverse("rows")


@pytest.mark.parametrize("name", ["rows", "written"])
def test_derivative(name: str, target: Target) -> None:
    args: tuple[Any, ...] = (U, 0.9)
    hold(SOURCE, name, (0, 1), args, target=target)
