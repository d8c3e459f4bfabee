"""Displays with the items of another container, ``[a, *xs]``: held to differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold
from tests.refused import refused

HEAD = "import numpy as np\n\n\n"
PROGRAMS = {
    "of an array": "xs = [*x]\n    return xs[0] * xs[1]",
    "beside those of an array": "xs = [2.0, *np.sin(x), *x]\n    return xs[0] * xs[1] ** 2 * xs[-1]",
    "of containers of every kind": (
        "a, b, c = (x[0], 2.0), [x[1]], {'p': x}\n    y = [*a, *b, *c['p'], *x[:2], *[x[2]], *(x[0],)]\n"
        "    return sum([v * v for v in y]) * len(y)"
    ),
    "of what a call gives": "st = [[x[0]], [x[1], x[2]]]\n    y = [*st.pop(), *st.pop()]\n    return y[0] * y[1]",
    "in arrays": (
        "xs, t = [x, 2 * x], (x[0], x[1])\n    y = np.concatenate([x[:1], *xs]) ** 2\n"
        "    z = np.vstack((x, *xs)) * np.stack([*xs, x**2])\n"
        "    return y.sum() + z.sum() + np.asarray([*t, 1.0]) @ x + np.array((*t, 2.0)) @ np.array([*x]) ** 2"
    ),
    "of arguments": "f = lambda *rest: np.stack([*rest, x]).sum() * [*rest][0][1]\n    return f(x**2, x**3)",
    "in a tuple": (
        "first, *mid = (x[0], x[1], x[2])\n    last, (h, *j) = first, (first, *mid)\n    t = (*mid, last)\n"
        "    return h * sum(j) + t[0] * t[-1] * len(t)"
    ),
    "of shapes": "y = np.zeros((*x.shape, 2))\n    y[:, 1] = x\n    return np.sum(y**2)",
}


@pytest.mark.parametrize("body", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_programs(body: str) -> None:
    hold(f"{HEAD}def f(x):\n    {body}\n", "f", (0,), (np.array([0.4, -0.7, 1.3]),), annotated=False)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("return (*‹x›, 2.0)[0]", "it is not known how many items this has"),
        ("return [*‹np.outer(x, x)›][0][0]", "it is not known how many items this has"),
    ],
)
def test_refused(body: str, reason: str) -> None:
    assert refused(f"{HEAD}def f(x: float[:]):\n    {body}\n").reason == reason


LISTS = {
    "the first": "a, *rest = xs\n    return a * sum(rest) + rest[-1] * xs[1]",
    "the last": "*rest, z = xs\n    return z * z * sum(rest[1:])",
    "both ends": (
        "a, b, *rest, z = xs\n    rest[0] = a * z + rest[0] ** 2\n    rest.append(b * z)\n"
        "    return sum(rest) * z * xs[2]"
    ),
    "in a loop": "s = 0.0\n    for k in range(2):\n        a, *xs = xs\n        s = s * 0.5 + a * xs[0]\n    return s",
    "parts": "(a, *rest), z = [x * w for w in xs], 2.0\n    *_, b = rest\n    return a * b * z",
}


@pytest.mark.parametrize("target", ["python", "numba"])
@pytest.mark.parametrize("body", LISTS.values(), ids=LISTS.keys())
def test_lists_of_unknown_length(body: str, target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    if target == "numba":
        monkeypatch.setattr(pytest.importorskip("numba").config, "DISABLE_JIT", True)
    source = f"def f(x: float, n: int):\n    xs = [x * (k + 1) for k in range(n)]\n    {body}\n"
    hold(source, "f", (0,), (0.7, 5), target=target)


def test_a_list_that_is_too_short_raises() -> None:
    source = "def f(x: float, n: int):\n    xs = [x] * n\n    a, *_, z = xs\n    return a * z\n"
    (piece,) = differentiate(source, "f.py", [Request("f")])
    module: dict[str, Any] = {}
    exec(piece.text, module)
    assert module["f_adjoint"](0.7, 2)[1] == pytest.approx(1.4)
    with pytest.raises(ValueError, match="expected at least 2"):
        module["f_adjoint"](0.7, 1)
