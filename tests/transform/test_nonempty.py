"""A part ``[:1]`` that compiled loops take for one element is one: it is asserted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

numba = pytest.importorskip("numba")
SOURCE = """
import numpy as np


def broadcast(x: Float[np.ndarray, "n"], z: Float[np.ndarray, "m"]) -> float:
    return np.sum((np.sin(z[:1]) - 2.0 * x) ** 2)


def column(x: Float[np.ndarray, "m n"], z: Float[np.ndarray, "m k"]) -> float:
    s = 0.0
    for i in range(3):
        first = x[:, 0:1] * z[:, :1]
        s += np.sum(z * first * i)
    return s


def filled(x: Float[np.ndarray, "n"], z: Float[np.ndarray, "m"]) -> float:
    y = np.zeros(len(x) + 2)
    y[1:-1] = z[:1]
    return np.sum(y[1:] * y[:-1]) * x[0]


def turned(x: Float[np.ndarray, "n"], z: Float[np.ndarray, "m"]) -> float:
    y = np.concatenate((x[1:], x[:1]))
    return np.sum(x * y) + np.sum(z[:1] ** 2)
"""
X, Z = np.sin(np.arange(1.0, 7.0)), np.cos(np.arange(1.0, 5.0))


@pytest.mark.parametrize(
    ("name", "asserted"),
    [
        ("broadcast", ["assert z.shape[0] > 0"]),
        ("column", ["assert x.shape[1] > 0"]),  # where z has no columns, the loop over them has no turns
        ("filled", ["assert z.shape[0] > 0"]),
        ("turned", []),
    ],
)
def test_what_is_broadcast_is_asserted(name: str, asserted: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    args = (X.reshape(2, 3), np.cos(X).reshape(2, 3)) if name == "column" else (X, Z)
    hold(SOURCE, name, (0, 1), args, target="numba")
    (piece,) = differentiate(SOURCE, "f.py", [Request(name, (0, 1), target="numba")])
    lines = [line.strip() for line in piece.text.split("# forward")[1].split("# reverse")[0].splitlines()]
    assert [line for line in lines if "> 0" in line] == asserted


def test_of_what_is_empty_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    (piece,) = differentiate(SOURCE, "f.py", [Request("broadcast", (0, 1), target="numba")])
    module: dict[str, Any] = {"np": np, "numba": numba}
    exec("\n".join(["from __future__ import annotations", piece.text, *piece.helpers.values()]), module)
    for function in (module["broadcast"], module["broadcast_adjoint"]):  # NumPy has a sum of nothing
        with pytest.raises(AssertionError):
            function(X, np.zeros(0))
