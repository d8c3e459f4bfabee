"""Loops along columns are run for a few rows at a time, where each row depends on itself alone."""

from __future__ import annotations

import random
import re
from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

numba = pytest.importorskip("numba")

HEAD = "import numpy as np\n"
ROWS = {
    "filtered": """
def filtered(A: Float[np.ndarray, "n m"], c: float) -> float:
    y = np.zeros_like(A)
    for j in range(2, A.shape[1]):
        y[:, j] = c * A[:, j] + 0.3 * y[:, j - 1] - c * y[:, j - 2]
    return np.sum(y**3)
""",
    "paths": """
def paths(A: Float[np.ndarray, "n m"], c: float) -> float:
    n, m = A.shape
    S = np.empty((n, m + 1))
    S[:, 0] = c
    for t in range(m):
        S[:, t + 1] = S[:, t] * np.exp((0.1 - 0.5 * c**2) * 0.2 + c * np.sqrt(0.2) * A[:, t])
    return np.sum(np.maximum(S[:, -1] - 1.0, 0.0)) / n
""",
    "inside": """
def inside(A: Float[np.ndarray, "n m"], c: float) -> float:
    for j in range(A.shape[1] - 2, 0, -1):
        A[1:, j] += c * A[1:, j + 1] - A[1:, j - 1]
    return np.sum(A**2)
""",
    "again": """
def again(A: Float[np.ndarray, "n m"], c: float) -> float:
    w = np.linspace(0.1, 0.2, A.shape[1])
    for r in range(3):
        for j in range(1, A.shape[1]):
            A[:, j] += A[:, j - 1] * w[j]
        A *= c
    return np.sum(np.sin(A))
""",
    "totals": """
def totals(A: Float[np.ndarray, "n m"], c: float) -> float:
    s = 0.0
    for j in range(1, A.shape[1]):
        A[:, j] += c * A[:, j - 1]
        s += 2.0 * np.sum(A[:, j] * A[:, j - 1])
    return s * np.sum(A)
""",
}
"""Programs of which each loop along columns, in both sweeps, is run in strips."""

MIXED = {
    "down": """
def down(A: Float[np.ndarray, "n m"], c: float) -> float:
    for j in range(1, A.shape[1]):
        A[1:, j] = c * A[:-1, j - 1]
    return np.sum(A**2)
""",
    "turned": """
def turned(A: Float[np.ndarray, "n m"], c: float) -> float:
    B = A.T
    for j in range(1, B.shape[1]):
        B[:, j] = c * B[:, j - 1]
    return np.sum(A**2)
""",
    "viewed": """
def viewed(A: Float[np.ndarray, "n m"], c: float) -> float:
    v = A[0]
    for j in range(1, A.shape[1]):
        A[:, j] = c * A[:, j - 1] + v[j - 1]
    return np.sum(A**2)
""",
    "changing": """
def changing(A: Float[np.ndarray, "n m"], c: float) -> float:
    for j in range(1, A.shape[1]):
        A[:, j] = c * A[:, j - 1]
        c = 0.9 * c
    return np.sum(A**2)
""",
    "growing": """
def growing(A: Float[np.ndarray, "n m"], c: float) -> float:
    for j in range(1, A.shape[1]):
        A[:j, j] = c * A[:j, j - 1]
    return np.sum(A**2)
""",
    "fed_back": """
def fed_back(A: Float[np.ndarray, "n m"], c: float) -> float:
    s = 0.0
    for j in range(1, A.shape[1]):
        A[:, j] = c * A[:, j - 1] + s
        s += 0.1 * np.sum(A[:, j])
    return np.sum(A**2)
""",
    "stopped": """
def stopped(A: Float[np.ndarray, "n m"], c: float) -> float:
    for j in range(1, A.shape[1]):
        A[:, j] = c * A[:, j - 1]
        if A[0, j] > 0.9:
            break
    return np.sum(A**2)
""",
    "along_rows": """
def along_rows(A: Float[np.ndarray, "n m"], c: float) -> float:
    for i in range(1, A.shape[0]):
        A[i, :] = c * A[i - 1, :]
    return np.sum(A**2)
""",
}
"""Programs whose forward loop has to stay, or is the faster as it is."""


def text_of(source: str, name: str) -> str:
    (piece,) = differentiate(HEAD + source, "programs.py", [Request(name, (0, 1), target="numba")])
    return piece.text


@pytest.mark.parametrize("shape", ((17, 6), (6, 4), (1, 3), (8, 2)))
@pytest.mark.parametrize("name", [*ROWS, *MIXED])
def test_loops_are_right(name: str, shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    args: tuple[Any, ...] = (np.random.default_rng(3).normal(size=shape), 0.7)
    hold(HEAD + {**ROWS, **MIXED}[name], name, (0, 1), args, target="numba")


@pytest.mark.parametrize("name", ROWS)
def test_columns_are_done_in_strips(name: str) -> None:
    text = text_of(ROWS[name], name)
    loops = re.findall(
        r"for first in range\((\d), n, 8\):\n(?: +\w+ = 0\.0\n)* +for [jt] in .*\n(?: *#.*\n)* +(.*)", text
    )
    assert [inner for _, inner in loops] == ["for i in range(first, min(first + 8, n)):"] * 3  # the primal, both sweeps
    assert {begin for begin, _ in loops} == {"1" if name == "inside" else "0"}


@pytest.mark.parametrize("name", MIXED)
def test_other_loops_stay(name: str) -> None:
    assert "first" not in text_of(MIXED[name], name).split(f"def {name}_adjoint")[0]


def columns(seed: int) -> str:
    """A program of statements about columns, and about vectors as long."""
    rng = random.Random(seed)

    def operand() -> str:
        array = rng.choice(("A", "B", "v", "w", "c"))
        at = f"j{rng.choice((' - 1', '', ' + 1'))}"
        return {"v": "v", "w": f"w[{at}]", "c": "c"}.get(array, f"{array}[{rng.choice((':', ':', '1:', ':-1'))}, {at}]")

    def statement() -> str:
        place = f"{rng.choice('AB')}[{rng.choice((':', ':', '1:'))}, j{rng.choice(('', '', ' + 1'))}]"
        if rng.random() < 0.15:
            return f"s {rng.choice('+-')}= 0.1 * np.sum({rng.choice(('A[:, j]', 'A[:, j] * B[:, j]', 'v'))})"
        if rng.random() < 0.1:
            return "v += 0.1 * A[:, j]"
        rows = "1:" if "1:" in place else ":"
        terms = [operand().replace("1:,", ":,").replace(":-1,", ":,").replace(":,", f"{rows},") for _ in range(3)]
        if rng.random() < 0.2:
            terms[0] = terms[0].replace("1:,", ":-1,")
        terms = [term.replace("v", f"v[{rows}]") if term == "v" else term for term in terms]
        return f"{place} {rng.choice(('=', '+='))} 0.3 * {terms[0]} - {terms[1]} * np.sin({terms[2]})"

    body = "\n        ".join(statement() for _ in range(rng.randrange(1, 4)))
    over = rng.choice(("range(1, A.shape[1] - 1)", "range(A.shape[1] - 2, 0, -1)"))
    return f"""
def f(A: Float[np.ndarray, "n m"], B: Float[np.ndarray, "n m"], v: Float[np.ndarray, "n"], c: float) -> float:
    s, w = c, np.linspace(0.0, 1.0, A.shape[1])
    for j in {over}:
        {body}
    return np.sum(A * B) + np.sum(v) * s
"""


@pytest.mark.parametrize("block", range(4))
def test_random_columns(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    rng = np.random.default_rng(block)
    for seed in range(8 * block, 8 * block + 8):
        args = (rng.normal(size=(10, 6)), rng.normal(size=(10, 6)), rng.normal(size=10), 0.6)
        hold(HEAD + columns(seed), "f", (0, 1, 2, 3), args, target="numba")
