"""Loops that surely have a turn, and branches that raise: what needs no value from before is not kept."""

from __future__ import annotations

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from tests.programs import hold

HEAD = "import numpy as np\n\n\n"
LOOPS = {
    "a range of a literal": """
    for _ in range(n):
        for k in range(3):
            new = x + 0.1 * np.sin(x)
        x = new
""",
    "a loop that only ends by itself": """
    h = 0.3
    for _ in range(n):
        while True:
            new = x + h * np.sin(x)
            if np.max(np.abs(new - x)) < 0.2:
                break
            h *= 0.5
        x = new
        h *= 1.5
""",
    "a flag": """
    h = 0.3
    for _ in range(n):
        accepted = False
        while not accepted:
            new = x + h * np.sin(x)
            if np.max(np.abs(new - x)) < 0.2:
                accepted = True
            else:
                h *= 0.5
        x = new
""",
    "an error that is large at first": """
    for _ in range(n):
        err = 1.0
        while err > 1e-3:
            new = 0.5 * (x + 1.0 / x)
            err = np.max(np.abs(new - x))
            x = new
        x = new * 1.1
""",
}


@pytest.mark.parametrize("body", LOOPS.values(), ids=LOOPS.keys())
def test_a_loop_that_is_entered(body: str) -> None:
    source = f"{HEAD}def f(x, n):\n    x = x * 1.0{body}    return x @ x\n"
    hold(source, "f", (0,), (np.array([0.5, 1.2]), 3), annotated=False)
    (piece,) = differentiate(source.replace("(x, n)", "(x: float[:], n: int)"), "model.py", [Request("f")])
    assert "or_empty" not in piece.text


def test_a_loop_that_may_not_be_entered() -> None:
    """The second turn of the outer loop reads what the first one left."""
    body = "for i in range(n):\n        for k in range(n - 2 * i):\n            y = k * np.sin(x)\n        x = x * y"
    hold(f"{HEAD}def f(x, n):\n    {body}\n    return x @ x\n", "f", (0,), (np.array([0.5, 1.2]), 2), annotated=False)


BRANCHES = {
    "what another name stands for is written into": """
    v = x * 1.0
    s = np.ones_like(x)
    for _ in range(3):
        if kind == "a":
            w = np.maximum(v, 0.0)
        elif kind == "b":
            w = v
        else:
            raise ValueError(kind)
        s *= w
        v += 2.0 * w
    return np.sum(s * v)
""",
    "a function": """
    g = np.cos
    if kind == "a":
        g = np.sin
    else:
        raise ValueError(kind)
    if x[0] < 5.0:
        h = np.exp if x[1] > 0.0 else np.sin
    else:
        raise ValueError(kind)
    return np.sum(g(x) * h(x))
""",
    "an array that is read later": """
    v = x * 1.0
    row = v[1:]
    if kind == "a":
        row[0] = x[0] ** 2
    else:
        raise ValueError(kind)
    return np.sum(v**2) + row[0]
""",
}


@pytest.mark.parametrize("body", BRANCHES.values(), ids=BRANCHES.keys())
def test_a_branch_that_raises(body: str) -> None:
    hold(f"{HEAD}def f(x, kind):{body}", "f", (0,), (np.array([0.5, 1.2]), "a"), annotated=False)


def test_nothing_is_bound_for_a_branch_that_raises() -> None:
    body = BRANCHES["what another name stands for is written into"]
    (piece,) = differentiate(f"{HEAD}def f(x: float[:], kind: str):{body}", "model.py", [Request("f")])
    assert "or_empty" not in piece.text
