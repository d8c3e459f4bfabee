"""Lists and tuples in the place of arrays, and sums of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sct.errors import RefusedError
from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
import math
import numpy as np


def st(x):
    al = [x * i for i in range(3)]
    return np.sum(np.stack(al)**2)


def st1(x):
    al = [x * i for i in range(3)]
    return np.sum(np.stack(al, axis=1)[:, 1]**2)


def vs(x):
    al = []
    for i in range(3):
        al.append(x * i)
    return np.sum(np.vstack(al)**2)


def sts(x):
    al = [x[i] * i for i in range(len(x))]
    return np.sum(np.stack(al)**3)


def cc(x):
    al = [x * i for i in range(3)]
    return np.sum(np.concatenate(al)**2)


def hs(x):
    al = [x * i for i in range(3)]
    return np.sum(np.hstack(al)**2)


def cc2(x):
    al = [x[:i+1] for i in range(3)]
    return np.sum(np.concatenate(al)**2)


def colst(x):
    al = [x * i for i in range(3)]
    return np.sum(np.column_stack(al)[:, 1]**2)


def tups(x):
    al = (x, 2*x)
    return np.sum(np.stack(al)**2)


def mean(x):
    xs = [math.sin(x[i]) for i in range(len(x))]
    return np.mean(xs)


def mx(x):
    xs = [math.sin(x[i]) for i in range(len(x))]
    return np.max(xs)**2 + np.min(xs) + np.prod(xs)


def gram(x):
    K = np.array([[math.exp(-(a-b)**2) for b in x] for a in x])
    return np.sum(K**2)


def gram2(x):
    K = np.array([[np.exp(-np.sum((a-b)**2)) for b in x] for a in x])
    return np.sum(K@K)


def pairs(x):
    xs = []
    for i in range(3):
        xs.append([x[i], 2*x[i]])
    return np.sum(np.array(xs)**2)


def pairs2(x):
    xs = np.array([(v, v*v) for v in x])
    return np.sum(xs[:, 0]*xs[:, 1])


def pairs3(x):
    xs = np.array([[v, v*v] for v in x])
    return np.sum(xs[:, 0]*xs[:, 1])


def dotl(x):
    xs = [math.sin(v) for v in x]
    return np.dot(xs, xs)


def tupa(y0):
    y = np.array(y0)
    return np.sum(y**2)


def tupn(y0):
    y = np.asarray(y0)
    return np.sum(y**2)


def tupl(x):
    t = (x[0], x[1]**2)
    y = np.array(t)
    return np.sum(y**2)


def mul(x):
    return np.sum(x * [1, 2, 3])


def mulx(x):
    return np.sum([1.0, 2.0, 3.0] * x)


def outer(p, A):
    s = sum(a * p for a in A)
    return np.sum(np.outer(s, p)**2)


def outer2(p):
    s = sum(i * p for i in range(3))
    return np.sum(np.outer(s, p)**2)


def outer3(p, A):
    s = sum(a * p * b for a in A for b in p if b > 0.1)
    return np.sum(np.outer(s, p)**2)


def stages(y, k):
    t = 0.0
    while t < 1.0:
        ks = []
        for row in ([], [0.5], [0.0, 0.75]):
            z = y
            for a, slope in zip(row, ks):
                z = z + a * slope
            ks.append(np.array([-k[0] * z[0], z[1] * z[0], z[2]]))
        y = y + 0.5 * sum(b * slope for b, slope in zip([0.2, 0.3, 0.5], ks))
        t += 0.4
    return np.sum(y**2)


def selected(x):
    conditions = (x < 0.6, x < 1.0)
    return np.sum(np.select(conditions, [2 * x, x**2], default=x**3))


def dofs(x):
    dofs = [0, 2]
    return np.sum(x[dofs]**2)


def dofs2(x):
    dofs = [0, 2]
    y = np.zeros(3)
    y[dofs] = x[dofs]**2
    y[dofs] += x[:2]
    return np.sum(y**2)


def disp(x):
    K = np.zeros((2, 2))
    K[0, :2] = [x[0], x[1]**2]
    K[1] = x[1], x[2]
    return np.sum(K**3)


def disp2(x):
    y = np.zeros(4)
    y[1:3] += [x[0], x[1]]
    return np.sum(y**2)


def srt(x):
    ys = sorted([v*v for v in x])
    return ys[0] * 2 + ys[1]


def srt2(x):
    ys = sorted(x)
    return ys[0] * 2 + ys[1]**2


def srt3(x):
    ys = sorted(x, reverse=True)
    return ys[0] * 2 + ys[1]**2
"""
A = np.array([0.5, 0.7, 1.3])
B = np.array([[0.5, 0.7, 1.3], [0.1, 0.2, 0.3]])
OTHERS: dict[str, tuple[Any, ...]] = {
    **{
        "gram2": (B,),
        "tupa": ((0.5, 0.6),),
        "tupn": ((0.5, 0.6),),
        "outer": (A, B),
        "outer3": (A, B),
        "stages": (A, A),
    },
}
NAMES = [line[4:].split("(")[0] for line in SOURCE.splitlines() if line.startswith("def ")]


@pytest.mark.parametrize("name", NAMES)
def test_program(name: str) -> None:
    args = OTHERS.get(name, (A,))
    hold(SOURCE, name, tuple(range(len(args))), args, annotated=False)


def test_a_list_is_made_an_array_of_once() -> None:
    source = "import numpy as np\n\n\ndef f(x: float[:]):\n    y = np.zeros(3)\n    dofs = [0, 2]\n"
    source += "    y[dofs] = x[dofs] ** 2\n    return np.sum(y)\n"
    (piece,) = differentiate(source, "f.py", [Request("f")])
    assert piece.text.count("dofs_array = np.array([0, 2])") == 1
    assert "    x_bar[dofs_array] = 2 * x_item * y_bar[dofs_array]\n" in piece.text  # no element is named twice


def test_a_sum_of_no_arrays_is_no_array() -> None:
    module: dict[str, Any] = {}
    source = "import numpy as np\n\n\ndef f(p: float[:], A: float[:, :]):\n    s = sum(a * p for a in A)\n"
    source += "    return np.sum(np.outer(s, p))\n"
    (piece,) = differentiate(source, "f.py", [Request("f")])
    exec(f"import numpy as np\n{piece.text}", module)
    with pytest.raises(AssertionError, match="the sum of no arrays is no array"):
        module["f_adjoint"](A, np.zeros((0, 3)))


SUMMED = {
    "begun with an int": "s = 0\n    for row in A:\n        s = s + np.outer(row, p)\n    assert np.ndim(s) > 0\n",
    "begun with a float": (
        "s = 0.0\n    for i in range(3):\n        s = s + np.outer(A[i], p) * i\n    assert s.ndim == 2\n"
    ),
    "in two loops": (
        "s = 0\n    for row in A:\n        for i in range(2):\n            s = s + np.outer(row, p) * p[i]\n"
        "    assert np.ndim(s) > 0, 'none'\n"
    ),
    "a generator": "s = sum(np.outer(row, p) for row in A)\n",
}


@pytest.mark.parametrize("statements", SUMMED.values(), ids=SUMMED)
def test_a_sum_that_is_said_to_be_an_array(statements: str) -> None:
    """Of its rank all is known that its derivative asks for, and what was generated says it, too."""
    head = "import numpy as np\n\n\n"
    source = f"{head}def f(p: float[:], A: float[:, :]) -> float:\n    {statements}    return np.trace(s) ** 2\n"
    given = (np.array([0.3, 0.8, -0.4]), np.arange(9.0).reshape(3, 3))
    hold(source, "f", (0, 1), given)
    (piece,) = differentiate(source, "f.py", [Request("f")])
    slope = "\n\ndef g(p: float[:], A: float[:, :]) -> float:\n    return np.sum(f_adjoint(p, A)[1] ** 2)\n"
    hold(head + piece.text + slope, "g", (0, 1), given)


def test_a_loop_that_asks_what_its_sum_is() -> None:
    """In the first turn it is a number: what is asserted behind the loop says nothing of that."""
    source = (
        "import numpy as np\n\n\ndef f(p: float[:], A: float[:, :]) -> float:\n    s = 0.0\n    t = 0.0\n"
        "    for row in A:\n        if np.ndim(s) == 0:\n            t = t + row[0] ** 2\n        s = s + p * row\n"
        "    assert np.ndim(s) > 0\n    return np.sum(s) * t\n"
    )
    hold(source, "f", (0, 1), (np.array([0.3, 0.8]), np.array([[0.4, 1.5], [-0.2, 0.7]])))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("ys = sorted([(v, 1.0) for v in x])", "a sorted list of other than numbers"),
        ("ys = np.array({'a': x[0]})", "an array of a structure with labels"),
        ("ys = np.stack(x)", "`stack` of what is no list of arrays"),
    ],
)
def test_refused(body: str, reason: str) -> None:
    source = f"import numpy as np\n\n\ndef f(x: float[:]):\n    {body}\n    return np.sum(np.array(ys))\n"
    with pytest.raises(RefusedError, match=reason):
        differentiate(source, "f.py", [Request("f")])
