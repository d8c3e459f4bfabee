"""Lists whose items are written into once they are popped."""

from __future__ import annotations

import numpy as np
import pytest

from sct.arguments import type_of
from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from sct.stages import Target
from tests.programs import hold

HEAD = "import math\nimport numpy as np\n\n\n"
X = np.array([0.5, 0.4, -0.7])
PUSH = "xs = []\nfor i in range(3):\n    xs.append(x * (i + 1.0))\nt = 0.0\n"
PAIRS = "xs = []\nfor i in range(3):\n    xs.append((x * (i + 1.0), x[i]))\nt = 0.0\n"
TAKEN = {
    "arrays, read in the list before": PUSH
    + "for i in range(3):\n    t += np.sum(xs[-1] ** 2)\n    a = xs.pop()\n    for k in range(2):\n"
    "        a[k] = 3 * a[k]\n    t += np.sum(a)\nreturn t",
    "arrays of pairs": PAIRS
    + "for i in range(3):\n    t += np.sum(xs[-1][0] ** 3)\n    a, s = xs.pop()\n    a[0] = 3 * a[1]\n    a *= s\n"
    "    t += np.sum(a) * s\nreturn t",
    "a pair that a loop carries": PAIRS
    + "pair = xs.pop()\nwhile len(xs) > 0:\n    t += np.sum(pair[0] ** 2)\n    a, s = pair\n    for k in range(2):\n"
    "        a[k] = 3 * a[k]\n    t += np.sum(a) * s\n    pair = xs.pop()\nreturn t",
    "lists": "xs = []\nfor i in range(3):\n    ys = []\n    for k in range(i + 1):\n"
    "        ys.append(x[k] * (i + 1.0))\n    xs.append(ys)\nt = 0.0\nfor i in range(3):\n"
    "    t += xs[-1][0] ** 2\n    ys = xs.pop()\n"
    "    for k in range(len(ys)):\n        t += 2.0 * ys.pop() * t\nreturn t",
    "of a dict that is read no more": (
        "p = {'a': x * 2, 'b': x[0]}\nt = np.sum(p['a'] ** 2) * p['b']\na = p['a']\na[0] = 5 * a[1]\na[1] = 5 * a[1]\n"
        "return t + np.sum(a * x[1])"
    ),
}
REFUSED = {
    "one list, twice": "ys = [x[0], x[1]]\nxs = []\nfor i in range(3):\n    xs.append(ys)\nt = 0.0\n"
    "for i in range(3):\n    ys = xs.pop()\n    for k in range(1):\n        ys[0] = ys[0] * 2.0\n"
    "    t += ys[0]\nreturn t",
    "twice in one item": "xs = []\nfor i in range(3):\n    ys = [x[0] * i, x[1]]\n    xs.append((ys, ys))\nt = 0.0\n"
    "for i in range(3):\n    ys, zs = xs.pop()\n    for k in range(1):\n        ys[0] = ys[0] * 2.0\n"
    "    t += ys[0] * zs[0]\nreturn t",
    "one array in some turns": "xs = []\na = x * 2\nb = a\nfor i in range(3):\n    xs.append((b, x[0]))\n"
    "    b = a if i > 1 else x * 3\nt = 0.0\nfor i in range(3):\n    b, s = xs.pop()\n    b *= 3\n    t += np.sum(b)\n"
    "return t",
    "in another list, too": "xs = [x * 2]\nys = []\nt = 0.0\nfor i in range(3):\n    a = xs.pop()\n    ys.append(a)\n"
    "    xs.append(a * 2)\n    a[0] = 3 * t\n    t += np.sum(ys[0] ** 2)\nreturn t",
    "not popped": PUSH + "for i in range(3):\n    a = xs[i]\n    for k in range(2):\n        a[k] = 3 * t\n"
    "    t += np.sum(xs[i - 1] ** 2)\nreturn t",
}


def program(lines: str) -> str:
    return f"{HEAD}def f(x):\n" + "".join(f"    {line}\n" for line in lines.splitlines())


@pytest.mark.parametrize("case", TAKEN)
def test_what_is_popped_is_written_into(case: str, target: Target) -> None:
    hold(program(TAKEN[case]), "f", (0,), (X,), annotated=False, target=target)


@pytest.mark.parametrize("case", REFUSED)
def test_what_something_else_still_holds_is_not(case: str) -> None:
    with pytest.raises(RefusedError, match="another name sees this write"):
        differentiate(program(REFUSED[case]), "model.py", [Request("f", (0,), "both", (type_of(X, "x"),))])


LOOSE = {
    "a branch": "b = xs.pop()\n    a = b if t > 1.0 else x * 2.0\n    a[0] = 3 * a[1]\n    t += np.sum(a)",
    "the next turn": "b = xs.pop()\n    a[0] = 3 * a[1]\n    t += np.sum(a)\n    a = b",
}


@pytest.mark.parametrize("case", LOOSE)
def test_what_may_be_of_a_list_is_not_in_reverse_mode(case: str) -> None:
    """It could not be brought back, and the list is read in the reverse sweep."""
    lines = f"a = x * 7\n{PUSH}for i in range(3):\n    t += np.sum(xs[-1] ** 2)\n    {LOOSE[case]}\nreturn t"
    with pytest.raises(RefusedError, match="which one is not known"):
        differentiate(program(lines), "model.py", [Request("f", (0,), "adjoint", (type_of(X, "x"),))])


@pytest.mark.parametrize("loop", ["x[0] = 2 * x[1]", "for k in range(2):\n        x[k] = 2 * x[k]"])
def test_the_callers_containers_are_left_alone(loop: str) -> None:
    """A list's arrays are not copied: in a loop, they were written into.  Those of a tuple are."""
    text = f"def f(xs):\n    x = xs[0]\n    {loop}\n    return x[0] * x[1]\n"
    hold(text, "f", (0,), ((X, 1.0),), annotated=False)
    with pytest.raises(RefusedError, match="this writes into what a container holds"):
        differentiate(text, "model.py", [Request("f", (0,), "both", (type_of([X, X], "xs"),))])
