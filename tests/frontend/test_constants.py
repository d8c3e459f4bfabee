"""Constants of a module: numbers, tuples of numbers, several in a statement; and displays in the place of arrays."""

from __future__ import annotations

import numpy as np
import pytest

from sct.backend.sources import source_hash
from sct.pipeline import Request, differentiate, module_head
from tests.programs import hold

HEAD = """import math
import numpy as np
C, D = 0.5, np.pi / 3
LINKS = ((0, 0.3, np.pi / 2), (0.1, C, -math.sqrt(3 / 5)))
STEPS = ((0.2,), (0.1, 0.3))
WEIGHTS = (C, 0.5 * np.sqrt(3 / 5))
PAIR = [0.1, 0.2]
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


def test_the_head_repeats_what_is_constant() -> None:
    lines = module_head(HEAD, "model.py").splitlines()
    assert "C, D = 0.5, np.pi / 3" in lines and any(line.startswith("LINKS = ((0, 0.3") for line in lines)


def test_what_a_pair_is_made_of_counts_for_the_hash() -> None:
    text = "K = 2.0\nA, B = K, 1.0\n\n\ndef f(x):\n    return x * A\n"
    assert source_hash(text, "f") != source_hash(text.replace("K = 2.0", "K = 3.0"), "f")
    (piece,) = differentiate(text.replace("(x)", "(x: float)"), "model.py", [Request("f")])
    assert "x_bar = A * f_bar" in piece.text
