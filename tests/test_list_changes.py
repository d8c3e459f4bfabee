"""Changes of a list elsewhere than at its end: held to differences, and refused where another name may see them."""

from __future__ import annotations

from typing import Any

import pytest

import sct
from tests.programs import hold
from tests.refused import refused

HEAD = """
import collections
from collections import deque

import numpy as np


class Ring:
    def __init__(self, x):
        self.items = [x, x * x]

    def turn(self):
        v = self.items.pop(0)
        self.items.append(v)
        return v


"""
PROGRAMS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "at its beginning and amid": (
        """
    xs = [x, 2.0, x * x]
    xs.reverse()
    xs.insert(0, 3 * x)
    xs.insert(2, x**3)
    xs.insert(-1, 0.5 * x)
    y = xs.pop(1)
    z = xs.pop(0)
    w = xs.pop()
    return sum(v * (k + 1) for k, v in enumerate(xs)) * y + z * w
""",
        (1.3, 0),
    ),
    **{
        f"at a place that is not known, {k}": (
            "\n    xs = [x, 2.0, x * x]\n    v = xs.pop(n)\n    return v * xs[0]\n",
            (1.3, k),
        )
        for k in (0, 2, -1, -3)
    },
    "a queue": (
        """
    queue, total = [x], 0.0
    while queue:
        first = queue.pop(0)
        total += first * first
        if n > 0:
            queue.append(first * 0.5)
            queue.extend([first * x, first])
            n -= 1
    return total
""",
        (0.7, 3),
    ),
    "a window": (
        """
    window, total = [], 0.0
    for t in range(n):
        window.append(x**t)
        if len(window) > 2:
            window.pop(0)
        total += sum(window) * window[0]
    return total
""",
        (0.7, 5),
    ),
    "arrays": (
        """
    rows = [np.array([x, 1.0]), np.array([2.0, x]), np.array([x, x])]
    first = rows.pop(0)
    rows.insert(1, first * rows[0])
    return np.sum(rows[1] * rows[0] + rows[2])
""",
        (0.7, 0),
    ),
    "two names, and a nested function": (
        """
    xs = [x, 2.0]
    ys = xs
    xs.reverse()

    def turn():
        xs.reverse()

    turn()
    return ys[1] * 3.0 + x * ys[0]
""",
        (0.7, 0),
    ),
    "deleted": (
        """
    xs, total = [], 0.0
    for k in range(n):
        xs.append(x**k)
        if k % 2 == 1:
            del xs[0]
        total += sum(xs)
    xs.append(x)
    del xs[-1], xs[n - 5]
    return total * xs[0]
""",
        (0.7, 5),
    ),
    "in order": (
        """
    xs, d = [x, 2.0 - x, x * x], {"q": []}
    xs.sort()
    for k in range(n):
        xs.append(x**k)
        d["q"].append((xs[0], x * k))
        xs.sort(reverse=True)
    d["q"].sort(key=lambda pair: -pair[1])
    a = np.array([x, 0.3])
    a.sort()
    return xs[0] * xs[2] + d["q"][0][0] * d["q"][1][1] + xs[-1] * a[0]
""",
        (0.7, 3),
    ),
    "a deque": (
        """
    queue, total = deque([x]), 0.0
    while queue:
        first = queue.popleft()
        total += first * first
        if n > 0:
            queue.append(first * 0.5)
            queue.extend([first * x, first])
            n -= 1
    return total
""",
        (0.7, 3),
    ),
    "a line of delays": (
        """
    line, total = collections.deque([0.0] * 2), 0.0
    for t in range(n):
        line.append(x**t - 0.5 * total)
        total += line.popleft() * line[-1]
    line.appendleft(total * x)
    line.reverse()
    return line.pop() * len(line) + max(line)
""",
        (0.7, 5),
    ),
    "in a dict, and in an object": (
        """
    d, ring = {"q": [x, x * x]}, Ring(x)
    d["q"].reverse()
    first = d["q"].pop(0)
    return first * 3.0 + d["q"][0] * ring.turn() + 2.0 * ring.turn() + 3.0 * ring.turn()
""",
        (0.7, 0),
    ),
}


@pytest.mark.parametrize("case", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_programs(case: tuple[str, tuple[Any, ...]]) -> None:
    body, args = case
    hold(f"{HEAD}def f(x, n):{body}", "f", (0,), args, annotated=False)


def test_an_argument_is_left_alone() -> None:
    def f(xs: list[float]) -> float:
        xs.insert(0, 2.0)
        return xs.pop(1) * sum(xs)

    given = [0.5, 3.0]
    assert sct.grad(f)(given) == [5.0, 0.5]
    assert given == [0.5, 3.0]


def test_nothing_to_pop() -> None:
    def f(x: float, n: int) -> float:
        xs = [x] * n
        return xs.pop(0) * x

    assert sct.grad(f)(3.0, 1) == 6.0
    with pytest.raises(IndexError):
        sct.grad(f)(3.0, 0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "def f(x: float):\n    xs = [x, 2.0]\n    d = {'a': xs}\n    ‹xs.reverse()›\n    return d['a'][0]\n",
            "another name sees this write, through a view or an alias",
        ),
        (
            "def f(x: float):\n    xs = [x, 2.0]\n    d = {'a': xs}\n    ‹xs.sort()›\n    return d['a'][0]\n",
            "another name sees this write, through a view or an alias",
        ),
        (
            "from collections import deque\n\n\ndef f(x: float):\n    return ‹deque([x], maxlen=2)›[0]\n",
            "a deque that has a greatest length is not supported",
        ),
        (
            "from collections import deque\n\ndef f(x: float):\n    q = deque([x])\n    ‹q.rotate(1)›\n    return x\n",
            "the method `.rotate()` is not supported",
        ),
        (
            "from collections import deque\n\n\ndef f(x: float):\n"
            "    q = deque([x])\n    return x if isinstance(q, ‹list›) else x * x\n",
            "a deque is no list, and this module may make one",
        ),
        (
            "def f(x: float):\n    d = {'a': x}\n    del ‹d['a']›\n    return x\n",
            "only a name, or an item of a list, can be deleted",
        ),
        (
            "def f(x: float):\n    d = {1: x}\n    del ‹d[1]›\n    return x\n",
            "only a name, or an item of a list of items of one kind, can be deleted",
        ),
        (
            "def f(x: float):\n    xs = [x]\n    for v in xs:\n        ‹xs.insert(0, v)›\n    return xs[0]\n",
            "this changes the length of a list while a loop goes over it",
        ),
        (
            "def g(xs):\n    ‹xs.insert(0, 1.0)›\n\n\ndef f(x: float):\n    xs = [x]\n    g(xs)\n    return xs[0]\n",
            "this changes a list that came in as an argument, elsewhere than at its end",
        ),
    ],
)
def test_refused(text: str, reason: str) -> None:
    assert refused(text).reason == reason
