"""Two multiples of one array are added up as one: ``0.5 * r @ r`` has ``g * r`` for its derivative."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

_HEAD = """
import numpy as np
"""
_HALF = """
def f(r: Float[np.ndarray, "n"], s: float) -> float:
    return 0.5 * r @ r
"""
_SCALED = """
def f(r: Float[np.ndarray, "n"], s: float) -> float:
    return s * r @ r - np.dot(0.25 * r, r)
"""
_ROWS = """
def f(r: Float[np.ndarray, "n"], s: float) -> float:
    total = 0.0
    for i in range(1, len(r)):
        total += 0.01 * r[:i] @ r[:i] * s
    return total
"""
_NAMED = """
def f(r: Float[np.ndarray, "n"], s: float) -> float:
    q = 0.5 * r
    return q @ r
"""
_OVERWRITTEN = """
def f(r: Float[np.ndarray, "n"], s: float) -> float:
    value = 0.5 * r @ r
    r[1:] = s * r[:-1] * value
    return value + 0.5 * r @ r
"""


def _reverse(source: str) -> str:
    (piece,) = differentiate(_HEAD + source, "model.py", [Request("f", (0, 1) if "s *" in source else (0,))])
    return piece.text.split("# reverse")[1]


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (_HALF, "    r_bar = f_bar * r\n"),
        (_SCALED, "2.0 * f_bar * s * r\n"),
        (_ROWS, "        r_bar[:i] += 0.02 * "),
    ],
)
def test_they_are_one(source: str, line: str) -> None:
    assert line in _reverse(source), _reverse(source)


def test_what_the_author_has_a_name_for_is_left() -> None:
    assert "q_bar = f_bar * r" in _reverse(_NAMED)


@pytest.mark.parametrize("source", [_HALF, _SCALED, _ROWS, _NAMED, _OVERWRITTEN])
@pytest.mark.parametrize("target", ["python", "numba"])
def test_derivatives(source: str, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    monkeypatch.setattr("numba.config.DISABLE_JIT", True)
    wrt = (0, 1) if "s *" in source or "* s" in source else (0,)
    hold(_HEAD + source, "f", wrt, (np.random.default_rng(5).normal(size=4), 0.7), target=target)  # type: ignore[arg-type]


_MOMENTS = """
def f(r: Float[np.ndarray, "n"], s: float) -> float:
    v = np.zeros_like(r)
    for i in range(3):
        v = 0.9 * v + 0.1 * r * r
        r = r - 0.1 * r / (np.sqrt(v) + 0.5)
    return np.sum(r * v)
"""


def test_equal_products_of_arrays_are_one() -> None:
    assert "r_bar += 0.2 * r * v_bar\n" in _reverse(_MOMENTS) and _reverse(_MOMENTS).count("r * v_bar") == 1
    hold(_HEAD + _MOMENTS, "f", (0,), (np.random.default_rng(5).normal(size=4), 0.7))
