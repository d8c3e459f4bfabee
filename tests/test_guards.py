"""A branch or a mask that keeps a value out of a root or a quotient keeps it out of the derivative too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Mode, Request, differentiate
from tests.programs import hold

HEAD = "import math\nimport numpy as np\n\n\ndef f(x: float, y: float) -> float:\n"
ROOT = "    r = math.sqrt(x * x + y * y)\n"
# The slopes at (0, 0) are those of the branch that is taken there, told by hand.
AT_ZERO = {
    "early return": (ROOT + "    if r == 0.0:\n        return 3.0 * x\n    return y / r + 3.0 * x\n", (3.0, 0.0)),
    "statement": (
        ROOT + "    if r > 0.0:\n        a = y / r\n    else:\n        a = 2.0 * y\n    return a * a + a\n",
        (0.0, 2.0),
    ),
    "expression": (ROOT + "    a = y / r if r > 1e-9 else 0.0\n    return a + x\n", (1.0, 0.0)),
    "of its size": (
        ROOT + "    if not (abs(r) > 1e-9 and r < 5.0):\n        return y\n    return math.sin(r) / r\n",
        (0.0, 1.0),
    ),
    "of its argument": (ROOT + "    if x == 0.0 and y == 0.0:\n        return x - y\n    return x / r\n", (1.0, -1.0)),
    "of a multiple": (
        ROOT + "    q = 2.0 * r\n    if q < 1e-8:\n        return x\n    return math.log(q) * y\n",
        (1.0, 0.0),
    ),
    "in a turn": (
        "    s = 0.0\n    for i in range(3):\n        d = i * math.sqrt(x * x + y * y)\n        if d > 0.0:\n"
        "            s += x / d\n        s += y\n    return s\n",
        (0.0, 3.0),
    ),
    "the next turn": (
        "    s = 0.0\n    for i in range(3):\n        d = math.sqrt(i * x * x)\n        if d < 1e-9:\n"
        "            continue\n        s += x / d\n    return s + y\n",
        (0.0, 1.0),
    ),
    "the second of two": (
        ROOT + "    if x > 1.0:\n        z = x\n    elif r > 0.0:\n        z = y / r\n    else:\n        z = 2.0 * x\n"
        "    return z + x * y\n",
        (2.0, 0.0),
    ),
    "one in another": (
        ROOT + "    z = y\n    if y < 1.0:\n        if r > 0.0:\n            z += x / r\n    return z\n",
        (0.0, 1.0),
    ),
    "a power": ("    p = (x * x + y) ** 0.5\n    if p > 0.0:\n        return x / p\n    return x\n", (1.0, 0.0)),
    "what it is added to": (
        ROOT + "    s = x * y + x\n    if r > 0.0:\n        s += 1.0 / r\n    return s\n",
        (1.0, 0.0),
    ),
}


def _made(source: str, mode: Mode, numba: bool = False) -> dict[str, Any]:
    (piece,) = differentiate(source, "f.py", [Request("f", (0, 1), mode, target="numba" if numba else "python")])
    module: dict[str, Any] = {}
    exec("\n".join([*HEAD.splitlines()[:2], *piece.needs, piece.text, *piece.helpers.values()]), module)
    return module


@pytest.mark.parametrize("numba", [False, True])
@pytest.mark.parametrize("case", AT_ZERO)
def test_a_root_behind_a_branch(case: str, numba: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if numba:
        monkeypatch.setattr(pytest.importorskip("numba").config, "DISABLE_JIT", True)
    lines, expected = AT_ZERO[case]
    adjoint = _made(HEAD + lines, "adjoint", numba)["f_adjoint"]
    tangent = _made(HEAD + lines, "tangent", numba)["f_tangent"]
    assert adjoint(0.0, 0.0)[1] == expected
    assert (tangent(0.0, 0.0, 1.0, 0.0)[1], tangent(0.0, 0.0, 0.0, 1.0)[1]) == expected
    hold(HEAD + lines, "f", (0, 1), (0.6, 0.3), target="numba" if numba else "python")


def test_the_norm_of_an_array() -> None:
    source = (
        'import numpy as np\n\n\ndef f(x: Float[np.ndarray, "n"], y: float) -> float:\n'
        "    r = np.sqrt(np.sum(x**2))\n    if r < 1e-8:\n        return y\n    u = x / r\n    return u[0] * y\n"
    )
    with np.errstate(all="raise"):
        x_bar, y_bar = _made(source, "adjoint")["f_adjoint"](np.zeros(3), 2.0)[1]
    assert not x_bar.any() and y_bar == 1.0
    hold(source, "f", (0, 1), (np.array([0.4, -1.0, 0.2]), 2.0))


def test_only_what_the_branch_asks_of_is_differentiated_in_it() -> None:
    lines = ROOT + "    a = 0.0\n    if x - y > 0.5:\n        a = 1.0 / r\n    return a\n"
    (piece,) = differentiate(HEAD + lines, "f.py", [Request("f", (0, 1), "adjoint")])
    assert "\n    # r = math.sqrt(x * x + y * y)\n" in piece.text, piece.text
    hold(HEAD + lines, "f", (0, 1), (0.9, 0.2))


@pytest.mark.parametrize("statement", ["s[s == 0.0] = 1.0", "m = s < 1e-9\n    s[m] = y"])
def test_a_masked_store(statement: str) -> None:
    """The deviation of a constant column is 0, and is replaced: the column has the slope of what is left."""
    source = (
        'import numpy as np\n\n\ndef f(x: Float[np.ndarray, "n m"], y: float) -> float:\n'
        f"    d = x - np.sum(x, axis=0) / len(x)\n    s = np.sqrt(np.sum(d**2, axis=0))\n    {statement}\n"
        "    z = d / s\n    return np.sum(z**3) + np.sum(x) * y\n"
    )
    x = np.array([[1.0, 2.0], [1.0, 3.0], [1.0, 5.0]])
    x_bar, _ = _made(source, "adjoint")["f_adjoint"](x, 0.5)[1]
    assert x_bar[:, 0] == pytest.approx(0.5) and np.isfinite(x_bar).all()
    x[0, 0] = 4.0
    hold(source, "f", (0, 1), (x, 0.5))


@pytest.mark.parametrize("changed", ["", "    m[0] = True\n", "    m[:] = w > 5.0\n", "    w[1] = y * w[3]\n"])
def test_a_root_behind_a_masked_store(changed: str) -> None:
    """In both modes; of a mask that is written into behind the store, the contents are others then."""
    source = (
        'import numpy as np\n\n\ndef f(x: Float[np.ndarray, "n"], y: float) -> float:\n'
        f"    w = x - 0.1\n    m = w < 0.0\n    w[m] = 0.0\n{changed}"
        "    r = np.sqrt(w)\n    return np.sum(r * x) * y + np.sum(w[m] * x[m])\n"
    )
    x = np.array([0.5, -1.0, 2.0, -0.3])
    if not changed:
        with np.errstate(all="ignore"):
            hold(source, "f", (0, 1), (x, 0.7))
    hold(source, "f", (0, 1), (np.abs(x), 0.7))


HINGE = """
import numpy as np
def f(w: "float[:]", X: "float[:, :]", y: "float[:]") -> float:
    loss = 0.0
    for i in range(len(y)):
        margin = y[i] * np.dot(w, X[i])
        if margin < 1.0:
            loss += 1.0 - margin
    return loss / len(y)
"""
PATHS = """
import numpy as np
def f(x: float, y: float, n: int) -> float:
    total = 0.0
    for k in range(n):
        a = x * y
        b = a + k * y
        total += b * x
        if b > 1.0:
            total += a * b * x
            y = y + a
        elif b < 0.5:
            total += np.sin(a)
    return total
"""


def test_what_only_one_branch_needs_is_differentiated_there() -> None:
    """Elsewhere its contributions are zeros, and no adjoint of theirs is set to zero."""
    (piece,) = differentiate(HINGE, "f.py", [Request("f", (0,))])
    reverse = piece.text.split("# reverse\n")[1].split("\ndef ")[0]
    assert "else:" not in reverse and "            w_bar += y[i] * margin_bar * X_i\n" in reverse
    rng = np.random.default_rng(2)
    hold(HINGE, "f", (0, 1, 2), (rng.normal(size=3), rng.normal(size=(6, 3)), rng.normal(size=6)))


@pytest.mark.parametrize("x", [0.3, -0.7, 1.4])
def test_what_both_branches_need_stays_outside(x: float) -> None:
    hold(PATHS, "f", (0, 1), (x, 0.9, 4))


ELSEWHERE = """
import numpy as np


def f(y: float, u: Float[np.ndarray, "n"], z: Float[np.ndarray, "n"], B: Float[np.ndarray, "n"]) -> float:
    w = (np.sum(u) if y > 0.5 else y) * z
    if y > 0.1:
        B[0] = w @ w
    return np.sum(z) + np.mean(B)
"""


@pytest.mark.parametrize("y", [0.05, 0.3, 0.7])
def test_an_arm_in_an_outer_block_is_out_of_reach(y: float) -> None:
    hold(ELSEWHERE, "f", (0, 1, 2), (y, np.array([0.3, 0.8]), np.array([1.1, -0.4]), np.ones(2)))


CLIPPED = {
    "in an arm": "    if y > 0.0:\n        p = np.maximum(x, 0.0)\n    else:\n        p = x * x\n",
    "in an arm of two": "    p = x * y\n    if y > 0.0:\n        if y < 5.0:\n            p = np.maximum(p, 0.0)\n",
    "in the last turn": "    p = x\n    for i in range(2):\n        p = np.maximum(p * y, 0.0)\n",
}


@pytest.mark.parametrize("statements", CLIPPED.values(), ids=CLIPPED)
def test_a_root_behind_the_branch_that_clips(statements: str) -> None:
    """Forward mode has zeros where an arm clipped, along one direction and along many, as reverse mode has."""
    source = (
        'import numpy as np\n\n\ndef f(x: Float[np.ndarray, "n"], y: float) -> float:\n'
        f"{statements}    return np.sum(np.sqrt(p)) + np.sum(x)\n"
    )
    x, x_dot = np.array([0.5, -1.0, 2.0]), np.array([1.0, 2.0, 0.0])
    with np.errstate(all="ignore"):
        _, (x_bar, _) = _made(source, "adjoint")["f_adjoint"](x, 1.5)
        _, dot = _made(source, "tangent")["f_tangent"](x, 1.5, x_dot, 0.0)
        _, dots = _made(source, "tangents")["f_tangents"](x, 1.5, np.eye(3), np.zeros(3))
    assert x_bar[1] == 1.0
    assert dot == pytest.approx(x_bar @ x_dot)
    assert dots == pytest.approx(x_bar)
    hold(source, "f", (0, 1), (np.array([0.5, 2.0]), 1.5))


HELD = {
    "by max, and named": "    v = max(x, 0.0)\n    r = math.sqrt(v)\n    return r * r * y + r + v * y\n",
    "by both": "    d = min(max(x, -1.0), 1.0)\n    return math.acos(d) ** 2 + d * y\n",
    "by a branch": (
        "    if x > 0.5:\n        x = 0.5\n    elif x < 0.0:\n        x = 0.0\n    return math.acos(2.0 * x) * y\n"
    ),
    "by an expression": "    m = 0.0 if x < 0.0 else x\n    return m**0.5 * y + y\n",
    "before an array is written": (
        "    a = np.zeros(2)\n    v = max(x, 0.0)\n    r = math.sqrt(v)\n    a[0] = v * y + r\n    a[1] = y * a[0]\n"
        "    return a[0] * a[1] + r + v\n"
    ),
    "a power of both": "    b = max(x, 0.0)\n    u = b ** (y + 0.1)\n    return 2.0 * u + u * b\n",
    "in turns": (
        "    s = 1.0\n    v = x\n    for i in range(4):\n        p = max(v, 0.0)\n"
        "        s *= math.exp(math.sqrt(p) - 0.5 * p)\n        v += 0.5 * (0.4 - p) + y * math.sqrt(p)\n    return s\n"
    ),
}


@pytest.mark.parametrize("numba", [False, True])
@pytest.mark.parametrize("x", [-0.9, -3.0, 0.3, 1.25])
@pytest.mark.parametrize("statements", HELD.values(), ids=HELD)
def test_a_number_held_at_a_bound(statements: str, x: float, numba: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the slope is infinite at the bound, what is multiplied by zero is not computed: it would raise."""
    if numba:
        monkeypatch.setattr(pytest.importorskip("numba").config, "DISABLE_JIT", True)
    source = HEAD + statements
    hold(source, "f", (0, 1), (x, 0.7), target="numba" if numba else "python")
    _, bars = _made(source, "adjoint", numba)["f_adjoint"](x, 0.7)
    directions = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    if not numba:
        _, dots = _made(source, "tangents")["f_tangents"](x, 0.7, *directions.T)
        assert dots == pytest.approx([*bars, 0.0])


@pytest.mark.parametrize("statements", [HELD["by max, and named"], HELD["by a branch"]])
def test_a_second_derivative_at_a_bound(statements: str) -> None:
    (piece,) = differentiate(HEAD + statements, "f.py", [Request("f", (0, 1), "adjoint")])
    slope = "\n\ndef g(x: float, y: float) -> float:\n    return f_adjoint(x, y)[1][1]\n"
    hold("import math\n" + piece.text + slope, "g", (0, 1), (-0.9, 0.7))
