"""What Numba lacks of joins of lists, arrays of lists, norms and differences along an axis: spelled out for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import sct
from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

SOURCE = """
import math

import numpy as np


def joined(x):
    parts = []
    for k in range(len(x)):
        parts.append(x[: k + 1] * x[k])
    y = np.concatenate(parts)
    return np.sum(y * np.arange(len(y)))


def stacked(x):
    parts = [x]
    for k in range(2):
        parts.append(np.sin(parts[-1]))
    y, z = np.stack(parts, axis=1), np.column_stack(parts)
    v, h = np.vstack(parts), np.hstack(parts)
    return np.sum((x @ y) ** 2) + np.sum(x @ z**3) + np.sum((v @ x) ** 2) + h @ h


def matrices(A):
    parts = []
    for k in range(1, 3):
        parts.append(A[:k] * k)
    y, z = np.vstack(parts), np.concatenate(parts, axis=0)
    return np.sum(y * z**2)


def table(x):
    rows = []
    for i in range(len(x)):
        row = []
        for j in range(len(x)):
            row.append(x[i] * math.sin(x[j]))
        rows.append(row)
    return np.sum(np.array(rows) @ x)


def comprehension(x):
    A = np.array([[x[i] * math.sin(x[j]) for j in range(len(x))] for i in range(len(x))])
    return np.sum(A @ x)


def history(x):
    states = [x]
    for t in range(3):
        states.append(states[-1] + 0.1 * np.sin(states[-1]))
    H = np.array(states)
    return np.sum(np.diff(H, axis=0) ** 2) + np.sum(H[-1] * H[0])


def differences(A):
    return np.sum(np.diff(A, n=2, axis=0) ** 2) + np.sum(np.diff(A, axis=1) ** 3) + np.sum(np.diff(A, n=2) ** 2)


def norms(A):
    x = A[0]
    lengths = np.linalg.norm(A, axis=1) + np.linalg.norm(A, 1, axis=-1) + np.linalg.norm(A, 3, axis=1) ** 2
    units = A / np.linalg.norm(A - 2.0, axis=1, keepdims=True)
    largest = np.linalg.norm(A, np.inf, axis=0)
    return np.sum(lengths) + np.sum(units @ x) + largest @ x + np.linalg.norm(A, "fro") + np.linalg.norm(x, axis=0)
"""
x = np.array([0.3, 0.5, 0.7])
A = np.outer(x, x + 1.0) + np.array([0.1, -0.3, 0.2])
PROGRAMS: dict[str, Any] = {
    **dict.fromkeys(("joined", "stacked", "table", "comprehension", "history"), x),
    **dict.fromkeys(("matrices", "differences", "norms"), A),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_derivatives(name: str, target: Target) -> None:
    hold(SOURCE, name, (0,), (PROGRAMS[name],), annotated=False, target=target)


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_numba_compiles_it(name: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    path = tmp_path / "lists_for_numba.py"
    path.write_text(SOURCE)
    module: dict[str, Any] = {"__name__": "lists_for_numba"}
    exec(compile(SOURCE, str(path), "exec"), module)
    f = module[name]
    np.testing.assert_allclose(sct.grad(f, compile="numba")(PROGRAMS[name]), sct.grad(f)(PROGRAMS[name]), rtol=1e-12)


@pytest.mark.parametrize("join", ["concatenate(parts, axis=1)", "hstack(parts)", "column_stack(parts)"])
def test_a_join_along_another_axis_is_refused(join: str) -> None:
    text = f"""import numpy as np


def f(A: float[:, :]) -> float:
    parts = [A]
    for k in range(2):
        parts.append(parts[-1] * k)
    return np.sum(np.{join} ** 2)
"""
    with pytest.raises(RefusedError) as caught:
        differentiate(text, "f.py", [Request("f", target="numba")])
    assert caught.value.diagnostics[0].reason == f"Numba does not compile `{join.partition('(')[0]}`"
    assert caught.value.diagnostics[0].span.line == 8
