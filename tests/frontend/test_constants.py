"""Constants of a module: numbers, containers, arrays, several in a statement; and displays in the place of arrays."""

from __future__ import annotations

import numpy as np
import pytest

from sct.backend.sources import source_hash
from sct.errors import RefusedError
from sct.pipeline import Request, differentiate, module_head
from tests.programs import hold
from tests.refused import refused

HEAD = """import math
import numpy as np
C, D = 0.5, np.pi / 3
LINKS = ((0, 0.3, np.pi / 2), (0.1, C, -math.sqrt(3 / 5)))
STEPS = ((0.2,), (0.1, 0.3))
WEIGHTS = (C, 0.5 * np.sqrt(3 / 5))
PAIR = [0.1, 0.2]
COUNTS = (2 * 3, 1) + (len(PAIR),)
N = len(PAIR) * 2
NODES = np.array([math.cos(np.pi * (k + 0.5) / N) for k in range(N)])
TABLEAU = np.array([
    [0.5, 0.0],
    [-1.0, 2.0],
])
INNER, SINGLE = np.linspace(0.0, 1.0, N)[1:-1], np.ones((2, 2), dtype=np.float32)
BOUNDS = {"low": 0.1, "high": np.full(2, 2.0), "rows": [(1.0, 2), (3.0, 4)]}
"""
Q = np.array([0.7, 1.2])
PROGRAMS = {
    "rows of a table": """
def f(q):
    t = D
    for x, (a, b, c) in zip(q, LINKS):
        t += x * a + np.sin(x * b) + c * x**2 * C
    return t
""",
    "an item by a variable": """
def f(q):
    t = 0.0
    for i in range(2):
        for j in range(3):
            t += LINKS[i][j] * q[i] ** 2
    return t
""",
    "rows of different lengths": """
def f(q):
    return q[0] ** 2 * STEPS[0][0] + q[1] ** 2 * sum(STEPS[1])
""",
    "arrays of them": """
def f(q):
    w = np.array(WEIGHTS)
    w[0] = q[1]
    rest = np.asarray(WEIGHTS, dtype=float)
    return np.sum(w * rest * q**2) + np.sum((np.array(LINKS).T @ q) ** 2)
""",
    "arrays, and what is told of them": """
def f(q):
    total = 0.0
    for node in NODES:
        total += node * q[0] ** 2
    for k in range(N):
        total += NODES[k] * q[1] ** k
    return total + np.sum((TABLEAU @ q) ** 2) + np.sum(SINGLE @ q * q) + q[0] * len(NODES) + TABLEAU.shape[0] * q[1]
""",
    "an array that is updated in a copy": """
def f(q):
    w = INNER.copy()
    w[0] *= q[0]
    w /= np.sum(w) + q[1]
    y = TABLEAU
    for i in range(2):
        y = y * q[i]
    return np.sum(w * INNER) + np.sum(y)
""",
    "lists and dicts": """
def f(q):
    total = 0.0
    for k, c in enumerate(PAIR):
        total += c * q[k] ** 3
    for a, n in BOUNDS["rows"]:
        total += a * q[0] ** n
    total += q[0] ** COUNTS[0] * COUNTS[2]
    return total + BOUNDS["low"] * q[1] ** 2 + np.sum(np.clip(q, 0.0, 5.0) * BOUNDS["high"]) + sum(PAIR) * q[0]
""",
    "what a callee reads": """
def weighted(u, k):
    return np.sum(u * INNER) * TABLEAU[k, 0] + PAIR[k] * u[0]


def f(q):
    return weighted(q, 0) * weighted(q**2, 1)
""",
    "displays in the place of arrays": """
def f(q):
    xs = [x * x for x in q]
    a = np.asarray([q[0], 2.0, q[1]]) @ np.diag([1.0, q[1], 3.0])
    return np.sum(np.asarray(xs) ** 3) + a @ a + np.linalg.norm([q[0], 1.0]) + np.sum((q[0], q[0] * q[1]))
""",
}


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_that_reads_constants(text: str) -> None:
    hold(HEAD + text, "f", (0,), (Q,), annotated=False)


@pytest.mark.parametrize(
    "table", ["(1 / 3, math.sqrt(2), 0.5 * math.pi)", "(C, -C, C * D)", "(np.sqrt(0.6), float(3), 1e3)"]
)
def test_a_loop_over_arithmetic_stays_a_loop(table: str) -> None:
    loop = "    for t in TABLE:\n        s += t * x**2\n"
    text = f"{HEAD}TABLE = {table}\n\n\ndef f(x: float):\n    s = 0.0\n{loop}    return s\n"
    (piece,) = differentiate(text, "model.py", [Request("f")])
    assert "TABLE[t_index]" in piece.text and "TABLE[1]" not in piece.text, piece.text
    hold(text, "f", (0,), (1.3,))


CHANGED = [
    "def g():\n    W[0] = 1.0",
    "def g():\n    W[1:] += 1.0",
    "def g(v):\n    np.add(v, 1.0, out=W)",
    "def g():\n    np.fill_diagonal(W, 1.0)",
    "def g():\n    W.sort()",
    "W *= 2.0",
    "for k in range(3):\n    W[k] = k",
    "def fill(v):\n    v[0] = 1.0\n\n\nfill(W)",
]
WRITES = [
    ("def f(x: float):\n    w = W\n    ‹w += x›\n    return w[0]", "writes into"),
    ("def f(x: float):\n    w = W[1:]\n    ‹w[0]› = x\n    return w[0]", "writes into"),
    ("def g(v, x):\n    v[0] = x\n\n\ndef f(x: float):\n    ‹g(W, x)›\n    return x", "writes into"),
    ("def f(x: float):\n    p = [W, W]\n    ‹p[0][1]› = x\n    return p[1][1]", "writes into"),
    (
        "def ‹g›(k):\n    v = W\n    for i in range(k):\n        v = W\n    return v\n\n\n"
        "def f(x: float):\n    w = g(2)\n    w[0] = x\n    return w[0]",
        "returns",
    ),
]


@pytest.mark.parametrize("change", CHANGED)
def test_an_array_that_its_module_changes_is_no_constant(change: str) -> None:
    text = f"{HEAD}W = np.zeros(3)\n\n\n{change}\n\n\ndef f(x: float):\n    return x * W[0]\n"
    with pytest.raises(RefusedError, match=r"`W` (holds is changed in its module|is bound more than once)") as caught:
        differentiate(text, "model.py", [Request("f")])
    (problem,) = caught.value.diagnostics
    assert problem.note is not None and "W" in text.splitlines()[problem.note[0].line - 1]


@pytest.mark.parametrize("unchanged", ["def g(W):\n    W[0] = 1.0", "def g():\n    W = [1.0]\n    W.append(2.0)"])
def test_a_name_of_a_function_is_no_constant(unchanged: str) -> None:
    text = f"{HEAD}W = np.zeros(3)\n\n\n{unchanged}\n\n\ndef f(x: float):\n    return x * W[0]\n"
    (piece,) = differentiate(text, "model.py", [Request("f")])
    assert "x_bar = W[0] * f_bar" in piece.text


@pytest.mark.parametrize(("marked", "what"), WRITES)
def test_a_function_that_writes_into_a_constant_is_refused(marked: str, what: str) -> None:
    problem = refused(f"{HEAD}W = np.zeros(3)\n\n\n{marked}\n")
    assert f"this {what} the module constant `W`" in problem.reason


def test_numba_reads_arrays_and_tuples_of_a_module_but_no_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pytest.importorskip("numba").config, "DISABLE_JIT", True)
    hold(HEAD + PROGRAMS["what a callee reads"].replace("PAIR[k]", "0.5"), "f", (0,), (Q,), False, "numba")
    with pytest.raises(RefusedError, match="Numba reads no list and no dict of a module, as `PAIR` is"):
        hold(HEAD + "def f(q: float):\n    return q * PAIR[0]", "f", (0,), (0.5,), target="numba")


def test_the_head_repeats_what_is_constant() -> None:
    lines = module_head(HEAD, "model.py").splitlines()
    assert "C, D = 0.5, np.pi / 3" in lines and any(line.startswith("LINKS = ((0, 0.3") for line in lines)


def test_what_a_pair_is_made_of_counts_for_the_hash() -> None:
    text = "K = 2.0\nA, B = K, 1.0\n\n\ndef f(x):\n    return x * A\n"
    assert source_hash(text, "f") != source_hash(text.replace("K = 2.0", "K = 3.0"), "f")
    (piece,) = differentiate(text.replace("(x)", "(x: float)"), "model.py", [Request("f")])
    assert "x_bar = A * f_bar" in piece.text
