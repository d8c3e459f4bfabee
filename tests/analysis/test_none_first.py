"""What is None at first, and a number or an array from then on."""

from __future__ import annotations

import numpy as np
import pytest

from sct import derivative
from sct.pipeline import Request, differentiate
from tests.programs import hold

SOURCE = """
import math
import numpy as np


def prev(y):
    J = 0.0
    prev = None
    for i in range(3):
        z = math.sin(y * i)
        if prev is not None:
            J += (z - prev)**2
        prev = z
    return J


def preva(y):
    J = 0.0
    prev = None
    for i in range(3):
        z = np.sin(y * i)
        if prev is not None:
            J += np.sum((z - prev)**2)
        prev = z
    return J


def prevx(x):
    J = 0.0
    last = None
    for v in x:
        if last is None:
            J += v
        else:
            J += (v - last)**2
        last = v
    return J


def f(a, b):
    return (a - b)**2


def call(x):
    J = 0.0
    last = None
    for v in x:
        if last is not None and v > 0.1:
            J += f(v, last)
        last = v * v
    return J


def best(x):
    b = None
    for v in x:
        if b is None or v * v > b:
            b = v * v
    J = 0.0
    if b is not None:
        J += b ** 2
    return J


def early(x):
    J = 0.0
    last = None
    for v in x:
        if last is None:
            last = v
            continue
        J += v * last
        if v > 1.0:
            break
        last = last * v
    return J


def nested(x):
    J = 0.0
    last = None
    for i in range(2):
        for v in x:
            if last is not None:
                J += (v - last)**2 * (i + 1)
            last = v * v
    return J


def whl(x):
    J = 0.0
    last = None
    i = 0
    while i < len(x):
        if last is not None:
            J += (x[i] - last)**2
        last = x[i] * x[i]
        i += 1
    return J


def nn(x):
    n = None
    for v in x:
        e = math.sin(v)
        n = e if n is None else n * e
    return n


def nn2(x):
    J = 0.0
    n = None
    for v in x:
        e = math.sin(v)
        n = e if n is None else n * e
        J += n
    return J


def rows(X):
    J = 0.0
    last = None
    for row in X:
        if last is not None:
            J += np.sum((row - last)**2)
        last = row * row
    return J


def acc(X):
    total = None
    for row in X:
        total = row * row if total is None else total + row * row
    if total is not None:
        return np.sum(total ** 2)
    return 0.0


def lost(x):
    J = 0.0
    last = None
    for v in x:
        if last is not None:
            J += (v - last)**2
            last = None
        else:
            last = v * v
    return J


def outside(x, flag):
    c = None
    if flag > 0:
        c = x * x
    J = 0.0
    if c is not None:
        J += np.sum(c * 2)
    return J + np.sum(x)


def bads(x):
    J = 0.0
    last = None
    for v in x:
        if last:
            J = J + (v - last)**2
        last = v * v
    return J


def badeq(x):
    J = 0.0
    last = None
    for v in x:
        if last != None:
            J = J + (v - last)**2
        last = v * v
    return J


def g(v, last):
    if last is None:
        return v
    return (v - last)**2


def callee(x):
    J = 0.0
    last = None
    for v in x:
        J = J + g(v, last)
        last = v * v
    return J


def place(X, t):
    found = None
    J = 0.0
    for i, row in enumerate(X):
        for j, v in enumerate(row):
            J += v * v
            if J > t:
                found = (i, j)
                break
        if found is not None:
            break
    if found is None:
        return J * t
    i, j = found
    return J * X[i, j] + (i - j) * t


def largest(x):
    best = None
    for k, v in enumerate(x):
        w = math.sin(v * k)
        if best is None or w > best[0]:
            best = (w, k)
    if best is None:
        return np.sum(x)
    w, k = best
    return w * k + best[0] ** 2


def state(x):
    s = None
    J = 1.0
    for v in x:
        if s is not None and s[1] > 0:
            J += s[0] * v
        if s is None:
            s = (v * v, 0)
        else:
            s = (s[0] * J, s[1] + 1)
    return J + s[0] if s is not None else J
"""
A = np.array([0.5, 0.7, 1.3])
B = np.array([[0.5, 0.7, 1.3], [0.1, 0.9, 0.3], [0.2, 0.5, 0.3]])
OTHERS = {"prev": (0.5,), "rows": (B,), "acc": (B,), "outside": (A, 1), "place": (B, 0.9)}
NAMES = [line[4:].split("(")[0] for line in SOURCE.splitlines() if line.startswith("def ")]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("f", "g")])
def test_program(name: str) -> None:
    hold(SOURCE, name, (0,), OTHERS.get(name, (A,)), annotated=False)


def test_where_nothing_comes() -> None:
    hold(SOURCE, "outside", (0,), (A, 0), annotated=False)
    hold(SOURCE, "acc", (0,), (np.zeros((0, 3)),), annotated=False)
    hold(SOURCE, "place", (0, 1), (B, 90.0), annotated=False)
    for name in ("largest", "state"):
        hold(SOURCE, name, (0,), (A[:0],), annotated=False)
        hold(SOURCE, name, (0,), (A[:1],), annotated=False)


def rough(y: float) -> float:
    total, last = 0.0, None
    for k in range(3):
        z = y**k
        if last is not None:
            total += (z - last) ** 2
        last = z
    return total


def test_a_second_derivative() -> None:
    # (y - 1)**2 + (y**2 - y)**2
    assert derivative(rough, order=2)(0.5) == pytest.approx(2 + 12 * 0.25 - 12 * 0.5 + 2)


def test_it_has_the_kind_of_what_it_becomes() -> None:
    source = "def f(x: float[:]) -> float:\n    s = 0.0\n    last = None\n    for v in x:\n"
    source += "        if last is not None:\n            s += (v - last) ** 2\n        last = v\n    return s\n"
    (piece,) = differentiate(source, "f.py", [Request("f")])
    assert "        if last is not None:\n            # s += (v - last) ** 2\n" in piece.text


@pytest.mark.parametrize("test", ["last", "last != None", "i > 0"])
def test_other_questions_guard_as_well(test: str) -> None:
    source = "import numpy as np\n\n\ndef f(x: float[:]) -> float:\n    s = 0.0\n    last = None\n"
    source += f"    for i, v in enumerate(x):\n        if {test}:\n            s += (v - last) ** 2\n        last = v\n"
    hold(f"{source}    return s\n", "f", (0,), (np.array([1.0, -0.5, 3.0, 2.0]),))
