"""``xs[i] += …`` on the arrays of a container: what it writes into has to be the container's alone."""

from __future__ import annotations

import numpy as np
import pytest

from sct.arguments import type_of
from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

X = np.array([0.5, 0.4, -0.7])
ITEMS = {
    "a list": (
        "xs = [np.zeros(3) for _ in range(3)]\nt = 0.0\nfor i in range(3):\n    xs[i] += x * i\n"
        "    t += np.sum(xs[i] ** 2)\n    xs[i - 1] *= x + t\nreturn t + np.sum(xs[0] * xs[2] ** 2)"
    ),
    "a list of a list's arrays": (
        "ys = [x * i for i in range(3)]\nxs = [np.zeros_like(y) for y in ys]\nfor i in range(2, -1, -1):\n"
        "    xs[i] += ys[i] ** 2\n    xs[0] -= ys[i] * xs[i]\nreturn np.sum(xs[0] * xs[1] + xs[2])"
    ),
    "a dict": "d = {'a': x * 2, 'b': x[0]}\nd['a'] += x**2\nd['a'] *= d['b']\nreturn np.sum(d['a'] ** 2)",
}
OTHERS = {
    "an array, twice": "a = x * 2\nxs = [a, a]\nfor i in range(2):\n    xs[0] += x\nreturn np.sum(xs[1])",
    "a name": "xs = [x * i for i in range(2)]\nw = xs[0]\nfor i in range(2):\n    xs[i] += x\nreturn np.sum(w * xs[1])",
    "the name it came from": "a = x * 2\nxs = [a]\nfor i in range(1):\n    xs[i] += x\nreturn np.sum(a * xs[0])",
    "another list": (
        "xs = [x * i for i in range(2)]\nys = list(xs)\nfor i in range(2):\n    xs[i] += x\n"
        "return np.sum(ys[0] * xs[1])"
    ),
    "the caller": "xs = [x]\nfor i in range(1):\n    xs[i] += x\nreturn np.sum(xs[0] ** 2)",
    "a dict's": "a = x * 2\nd = {'a': a}\nd['a'] += x\nreturn np.sum(d['a'] * a)",
    "a caller's": "a = x * 2\nkeep(a)\nreturn np.sum(a**2)",
}
KEEP = "def keep(a):\n    xs = [a]\n    for i in range(1):\n        xs[i] += 1.0\n    return xs[0][0]\n\n\n"


def program(lines: str) -> str:
    return f"import numpy as np\n\n\n{KEEP}def f(x):\n" + "".join(f"    {line}\n" for line in lines.splitlines())


@pytest.mark.parametrize("case", ITEMS)
def test_an_item_is_updated(case: str, target: Target) -> None:
    hold(program(ITEMS[case]), "f", (0,), (X,), annotated=False, target=target)


def test_a_callee_that_no_derivative_flows_through_stays_as_it_is() -> None:
    lines = "a = np.ones(3)\nt = keep(a)\nreturn np.sum(a * x) * t"
    hold(program(lines), "f", (0,), (X,), annotated=False)
    with pytest.raises(RefusedError, match="something else may hold"):  # for Numba, it is written anew
        differentiate(program(lines), "model.py", [Request("f", (0,), "both", (type_of(X, "x"),), "numba")])


@pytest.mark.parametrize("case", OTHERS)
def test_what_something_else_holds_is_not(case: str) -> None:
    with pytest.raises(RefusedError):
        differentiate(program(OTHERS[case]), "model.py", [Request("f", (0,), "both", (type_of(X, "x"),))])
