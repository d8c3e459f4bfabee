"""Names of temporaries: never one of the author's, and never that of the function's value."""

from __future__ import annotations

import numpy as np

from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
import numpy as np


def shifted(x: "float[:]", g: float) -> float:
    return np.mean(np.exp(g * x) - x * x[0])


def aligned(a: "float[:]", lab: "int[:]") -> float:
    v = 0.0
    for s in range(len(lab)):
        if s > 1 and lab[s] != lab[s - 2]:
            v = v * a[s] + a[s - 2]
        v = np.sin(v) + a[s]
    return v
"""


def _adjoint(name: str) -> str:
    (piece,) = differentiate(SOURCE, "model.py", [Request(name, (0,))])
    return piece.text


def test_a_parameter_keeps_its_name() -> None:
    text = _adjoint("shifted")
    assert " g = " not in text and "g_2 = shifted_bar / x.size" in text
    hold(SOURCE, "shifted", (0,), (np.array([0.3, 1.2]), 0.7))


def test_a_condition_is_no_value() -> None:
    text = _adjoint("aligned")
    assert "aligned_condition = s > 1 and lab[s] != lab[s - 2]" in text
    assert "aligned_value_saved" not in text
    hold(SOURCE, "aligned", (0,), (np.array([0.3, 1.2, 0.4, -0.6]), np.array([0, 1, 2, 1])))


VERSIONS = """
import math


def f(x: float, a: float) -> float:
    x = x * a
    x = math.sin(x) + x
    {}x = math.exp(-x)
    x = x / (1.0 + x * x)
    x = x * a
    return x * x
"""


def test_versions_are_told_apart_by_what_they_are() -> None:
    (piece,) = differentiate(VERSIONS.format(""), "f.py", [Request("f", (0, 1), "adjoint")])
    forward = piece.text.split("# forward")[1].split("# reverse")[0]
    made = [line.split(" = ")[0].strip() for line in forward.splitlines() if " = " in line]
    assert made[:3] == ["x_product", "x_sum", "x_exp"], made
    assert not [name for name in made if name in ("x_3", "x_4", "x_5")]
    hold(VERSIONS.format(""), "f", (0, 1), (0.4, 1.3))


def test_a_statement_more_leaves_the_other_names_alone() -> None:
    (before,), (after,) = (
        differentiate(VERSIONS.format(more), "f.py", [Request("f", (0, 1), "adjoint")])
        for more in ("", "x = x - a\n    ")
    )
    kept = set(before.text.splitlines()) & set(after.text.splitlines())
    lines = [line for line in before.text.split("# forward")[1].split("def f_grad")[0].splitlines() if " = " in line]
    assert sum(line in kept for line in lines) >= len(lines) - 3


PARTS = """
import numpy as np


def parts(A: Float[np.ndarray, "n n"], k: int) -> float:
    A[0, k] = A[1, k] * A[2, k]
    A[1:3] = A[0] * A[1:3]
    return np.sum(A)
"""


def test_parts_of_adjoints_are_called_after_their_places() -> None:
    (piece,) = differentiate(PARTS, "f.py", [Request("parts", (0,), "adjoint")])
    assert "A_0_k_bar = A_bar[0, k]\n" in piece.text and "A_part_bar = A_bar[1:3]" in piece.text, piece.text
    hold(PARTS, "parts", (0,), (np.random.default_rng(1).uniform(0.5, 1.5, (3, 3)), 1))


LENGTH = """
def f(w: float, n: int) -> float:
    xs = [1.0, 2.0, 3.0]
    for _ in range(n):
        xs = [1.0 * i for i in range(len(xs))]
    return w * w * sum(xs)
"""


def test_what_a_range_is_computed_of_keeps_its_name_until_then() -> None:
    """The list that the loop makes is bound before ``range(len(xs))``, where ``xs`` is the one of the turn before."""
    hold(LENGTH, "f", (0,), (0.8, 2))
    (piece,) = differentiate(LENGTH, "model.py", [Request("f")])
    assert (
        "xs_2 = []\n        for i in range(len(xs)):\n            xs_2.append(1.0 * i)\n        xs = xs_2" in piece.text
    )


AGAIN = """
import math


def f(m0: float, b: float, n: int) -> float:
    s = 0.0
    m = m0
    for i in range(n):
        s += math.sin(m * s)
        m = m - b * m * s
        if m < 0.1:
            m = 0.1
    return s * m
"""


def test_what_is_computed_again_is_told_apart_by_what_it_is() -> None:
    (piece,) = differentiate(AGAIN, "model.py", [Request("f", (0, 1))])
    reverse = piece.text.split("# reverse")[1]
    assert "m_diff = m - b_product * s\n" in reverse and "m_2" not in reverse, reverse
