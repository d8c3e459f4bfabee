"""What takes long, and is the same in all turns of a loop, is not saved: the reverse sweep has the last turn's."""

from __future__ import annotations

import re

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

HEAD = """
import numpy as np


def f(x: Float[np.ndarray, "n"], A: Float[np.ndarray, "n n"], n: int, s: float) -> float:
"""
ARGS = (np.array([0.4, -0.3]), np.array([[1.5, 0.2], [-0.4, 0.9]]), 3, 0.7)
IN_A_LOOP = """
    total = 0.0
    for t in range(n):
        x = np.linalg.inv(A) @ x + s * np.eye(2) @ x
        total += np.sum(x * x)
    return total
"""
IN_A_BRANCH = """
    for t in range(n):
        if x[0] > s:
            x = np.linalg.inv(A) @ x * x
        else:
            x = 1.3 * x * x
    return np.sum(x)
"""
NESTED = """
    for t in range(n):
        for k in range(t):
            x = np.sin(np.linalg.inv(A) @ x) * (k + 1.0)
    return np.sum(x)
"""
UNTIL = """
    while np.sum(x * x) < 9.0:
        x = np.linalg.inv(A) @ x * 2.0 + x * x
    return np.sum(x)
"""
WRITTEN = """
    for t in range(n):
        B = np.linalg.inv(A)
        x = B @ x * x
        A[0, 1] = 0.5 * A[0, 1] + 0.1 * s
    return np.sum(x)
"""
OF_THE_TURN = """
    for t in range(n):
        B = np.linalg.inv(A + t)
        x = B @ x * x
    return np.sum(x)
"""
CALLED = """
    for t in range(n):
        x = x * x + s
        x = g(x, A)
    return np.sum(x)


def g(x, A):
    for t in range(2):
        x = np.linalg.inv(A) @ x * x
    return x
"""


@pytest.mark.parametrize("target", ["python", "numba"])
@pytest.mark.parametrize("n", [0, 3])
@pytest.mark.parametrize("body", [IN_A_LOOP, IN_A_BRANCH, NESTED, UNTIL, WRITTEN, OF_THE_TURN, CALLED])
def test_derivatives(monkeypatch: pytest.MonkeyPatch, body: str, n: int, target: Target) -> None:
    if target == "numba":
        pytest.importorskip("numba")
        monkeypatch.setattr("numba.config.DISABLE_JIT", True)
    hold(HEAD + body, "f", (0, 1, 3), (ARGS[0], ARGS[1], n, ARGS[3]), target=target)


@pytest.mark.parametrize(
    ("body", "saved"),
    [(IN_A_LOOP, 1), (IN_A_BRANCH, 2), (NESTED, 1), (UNTIL, 1), (WRITTEN, 1), (OF_THE_TURN, 1)],
)
def test_what_is_saved(body: str, saved: int) -> None:
    (piece,) = differentiate(HEAD + body, "f.py", [Request("f", (0,), "adjoint")])
    sweeps = piece.text.split("# forward")[1].split("\ndef ")[0]
    assert len(re.findall(r"saved\w*\.append", sweeps)) == saved, sweeps
