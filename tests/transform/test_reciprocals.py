"""What Numba's text divides by one number, element by element, it multiplies by its reciprocal; the primal does not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

numba = pytest.importorskip("numba")

SOURCE = """
import numpy as np


def spread(u: Float[np.ndarray, "n"], h: float, k: int) -> float:
    for t in range(k):
        slope = (u[2:] - u[:-2]) / (2 * h)
        u[1:-1] = np.sin(slope) + np.exp(u[1:-1] / h)
    return np.sum(u**2)


def relative(u: Float[np.ndarray, "n"], h: float, k: int) -> float:
    total = np.sum(u) + k
    return np.sum((u / total) ** 3) * h


def thirds(u: Float[np.ndarray, "n"], h: float, k: int) -> float:
    return np.sum(np.sin(u / 3.0)) + h * k
"""
U = np.array([0.4, -0.3, 0.8, 0.1])


@pytest.mark.parametrize("name", ["spread", "relative", "thirds"])
@pytest.mark.parametrize("u", [U, U[:2], U[:0]])
def test_derivatives(name: str, u: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    hold(SOURCE, name, (0, 1), (u, 0.7, 2), target="numba")


def test_the_reciprocal_is_computed_once_and_the_author_divides() -> None:
    (piece,) = differentiate(SOURCE, "f.py", [Request("spread", (0,), target="numba")])
    forward, reverse = piece.text.split("# reverse")
    assert "np.divide" not in forward
    assert "/ (2 * h)" in forward
    assert [line.strip() for line in reverse.splitlines() if "np.divide" in line] == [
        "h_inverse = np.divide(1.0, h)",
        "slope_product_inverse = np.divide(1.0, slope_product)",
    ]


def test_a_constant_stays_where_it_is() -> None:
    (piece,) = differentiate(SOURCE, "f.py", [Request("thirds", (0,), target="numba")])
    assert "np.divide" not in piece.text


def test_a_number_that_is_zero_divides_no_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    (piece,) = differentiate(SOURCE, "f.py", [Request("relative", (0,), target="numba")])
    module: dict[str, Any] = {"np": np}
    exec("from __future__ import annotations\n" + "\n".join([*piece.needs, piece.text]), module)
    with np.errstate(divide="ignore"):
        value, bar = module["relative_adjoint"](np.zeros(0), math.inf, 0)
    assert math.isnan(value)
    assert bar.shape == (0,)
