"""Containers made of others, ``s._replace(x=…)`` and ``{**d, "k": x}``; ``d.get("k", default)``, ``np.allclose``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from tests.programs import hold

HEAD = """
import numpy as np
from typing import NamedTuple
class S(NamedTuple):
    x: float
    v: float
class Table:
    def __init__(self, scale: float):
        self.scale = scale
    def get(self, key, default):
        return self.scale * default
class P:
    a: float
"""
PROGRAMS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "a named tuple with other fields": (
        """
def f(x):
    s = S(x, 1.0)
    for k in range(3):
        s = s._replace(x=s.x + 0.1 * s.v * x)
        s = s._replace(v=s.v - s.x, x=s.x * 2)
    return s.x * s.v
""",
        (0.7,),
    ),
    "an item of a dict, or what there is in its place": (
        "def f(x, p):\n    return x**2 * p.get('k', 1.0) + p.get('a', 2.0) * x + (p.get('b') is None)",
        (0.7, {"a": 3.0}),
    ),
    "dicts made of dicts": (
        """
def f(x, p):
    q = {**p, "k": x, "z": 2.0}
    r = {"a": 1.0, **q}
    return q["k"] ** 2 * q["a"] + r["a"] * r["k"] * q["z"] + len(r)
""",
        (0.7, {"a": 3.0, "k": 1.0}),
    ),
}


@pytest.mark.parametrize(("text", "args"), PROGRAMS.values(), ids=PROGRAMS)
def test_a_program(text: str, args: tuple[Any, ...]) -> None:
    hold(HEAD + text, "f", tuple(range(len(args))), args, annotated=False)


def test_a_class_may_have_a_get_of_its_own() -> None:
    (piece,) = differentiate(
        HEAD + 'def f(x: float, t: Table):\n    return t.get("k", x * x)\n', "m.py", [Request("f")]
    )
    module: dict[str, Any] = {}
    exec(HEAD + piece.text, module)
    assert module["f_adjoint"](3.0, module["Table"](2.0)) == (18.0, 12.0)


def test_allclose_is_a_condition() -> None:
    text = """
def f(q):
    assert np.allclose(q, q + 1e-4, atol=1e-3)
    if np.allclose(q, 1.0, 1e-3):
        return np.sum(q)
    return q[0] * q[1]
"""
    hold("import numpy as np\n" + text, "f", (0,), (np.array([1.0, 2.0]),), annotated=False)


@pytest.mark.parametrize(
    ("text", "marked", "reason"),
    [
        ("def f(x: float, s: S):\n    return s._replace(w=x).x", "w=x", "`S` has no such field"),
        ("def f(x: float, s: S):\n    return s._replace(x).x", "x", "`S` has no such field"),
        ("def f(x: float, s: tuple[float]):\n    return {**s}['a']", "**s", "it is not known how many items this has"),
        (
            "def f(x: float, s: list[float]):\n    return s.get('a')",
            "s.get('a')",
            "the method `.get()` is not supported",
        ),
        (
            "def f(x: float[:]):\n    np.fill_diagonal(x, 1.0)\n    return np.sum(x)",
            "np.fill_diagonal(x, 1.0)",
            "the diagonal of what is no matrix is filled",
        ),
    ],
)
def test_what_is_refused(text: str, marked: str, reason: str) -> None:
    with pytest.raises(RefusedError) as caught:
        differentiate(HEAD + text + "\n", "m.py", [Request("f")])
    (found,) = caught.value.diagnostics
    line = (HEAD + text).split("\n")[found.span.line - 1]
    assert found.reason == reason and line[found.span.col : found.span.end_col] == marked
