"""A part of an adjoint that would be put back as it was is left as it is: right, and only where it is as it was."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

PROGRAMS = """
import numpy as np

def staggered(u: Float[np.ndarray, "n"], h: Float[np.ndarray, "n"], c: float) -> float:
    for t in range(2):
        u[1:] = u[1:] - c * (h[1:] - h[:-1])
        h[:-1] = h[:-1] - c * (u[1:] - u[:-1])
    return np.sum(h**2)


def alone(u: Float[np.ndarray, "n"], h: Float[np.ndarray, "n"], c: float) -> float:
    for t in range(2):
        u[1:] = u[1:] + c * h[:-1]
    return np.sum(u**2)


def swapped(u: Float[np.ndarray, "n"], h: Float[np.ndarray, "n"], c: float) -> float:
    u[1:] = h[1:]
    h[1:] = u[:-1] + h[1:]
    h[:-1] = u[1:] + h[1:] * c
    return np.sum(h**2) + np.sum(u**3)


def scaled(u: Float[np.ndarray, "n"], h: Float[np.ndarray, "n"], c: float) -> float:
    for k in range(len(u)):
        u[k] = u[k] + c * h[k] ** 2
        h[k:] = h[k:] + u[k]
        u[::2] = c * u[::2] + h[::2]
    return np.sum(u * h)


def own(u: Float[np.ndarray, "n"], h: Float[np.ndarray, "n"], c: float) -> float:
    for t in range(2):
        u[1:] = u[1:] - c * u[:-1]
        u[[0, 2]] = u[[0, 2]] + h[[1, 3]]
    return np.sum(u**2)
"""


@pytest.mark.parametrize("target", ["python", "numba"])
@pytest.mark.parametrize("name", ["staggered", "alone", "swapped", "scaled", "own"])
def test_derivatives_are_right(name: str, target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    monkeypatch.setattr("numba.config.DISABLE_JIT", True)
    rng = np.random.default_rng(len(name))
    for wrt in ((0,), (0, 1, 2)):
        hold(PROGRAMS, name, wrt, (rng.normal(size=5), rng.normal(size=5), 0.7), target=target)


def test_nothing_is_written_that_is_there() -> None:
    (piece,) = differentiate(PROGRAMS, "f.py", [Request("staggered", (1,))])
    reverse = piece.text.split("# reverse\n")[1].split("    return")[0]
    assert (
        """\
        # h[:-1] = h[:-1] - c * (u[1:] - u[:-1])
        h_diff_bar = -c * h_bar[:-1]
        u_bar[:-1] -= h_diff_bar
        u_bar[1:] += h_diff_bar
        # u[1:] = u[1:] - c * (h[1:] - h[:-1])
        u_diff_bar = -c * u_bar[1:]
        h_bar[:-1] -= u_diff_bar
        h_bar[1:] += u_diff_bar
"""
        in reverse
    ), reverse


def test_what_is_another_by_then_is_written() -> None:
    (piece,) = differentiate(PROGRAMS, "f.py", [Request("scaled", (0,))])
    reverse = piece.text.split("# reverse\n")[1]
    assert "u_bar[::2] = c * u_part_bar\n" in reverse and "u_bar[k] = " not in reverse, reverse
