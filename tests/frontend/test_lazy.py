"""What Python computes as it is asked for is computed then, or refused."""

from __future__ import annotations

import numpy as np
import pytest

from tests.programs import hold
from tests.refused import refused

HEAD = "import math\nimport numpy as np\n\n\n"
PROGRAMS = """
import math
import numpy as np


def captured_by_map(x, xs):
    total, scale = 0.0, x
    for y in map(lambda v: v * scale, xs):
        scale = scale + 1.0
        total += y
    return total


def captured_by_a_generator(x, xs):
    total, scale = 0.0, x
    for i, (y, v) in enumerate(zip((v * scale for v in xs), xs)):
        scale = scale * y
        total += y * v * i
    return total


def written_by_what_is_mapped(x, xs):
    def added(v):
        xs[2] += v
        return v * x

    total = 0.0
    for y in map(added, xs[:2]):
        total += y * xs[2]
    return total


def left_before_the_last(x, xs):
    total = x
    for y in (1.0 / (v - 1.3) for v in xs):
        total += y * x
        if total < 0.5:
            break
    return total


def counted(x, xs):
    calls = [0]

    def large(v):
        calls[0] += 1
        return v > 0.5

    if any(large(v) for v in xs):
        x = x * calls[0]
    if all(large(v) and large(w) for v in xs if v < 10.0 for w in xs):
        x = x * 10.0
    return x * calls[0]


def up_to_the_end(x, xs):
    if any(xs[i] > xs[i + 1] for i in range(len(xs))):
        return x * x
    return x


def items_that_would_fail(x, xs):
    return x * x if any(1 / v > 0.5 for v in (x, 0.0)) and not all(2 / v < 1.0 for v in (x, 0.0)) else x


def at_once(x, xs):
    sums = [0.0]

    def running(v):
        sums[0] += v * x
        return sums[0]

    a, b, c = map(math.sin, xs)
    ys = list(map(running, xs))
    kept = list(filter(lambda v: v > 0.5, map(math.cos, xs)))
    return a * b + c + sum(ys) * sums[0] + max(map(math.cos, xs)) * len(kept) + sum(kept)


def sifted(x, xs):
    total = 0.0
    for v in filter(lambda v: v > 0.5, xs):
        total += v * x
        x = x * total
    for v in (v * x for v in xs if v > 0.5):
        total += v * v
    return total
"""
XS = np.array([0.7, -0.4, 1.3])


@pytest.mark.parametrize("name", [line[4:].split("(")[0] for line in PROGRAMS.splitlines() if line.startswith("def ")])
def test_derivatives(name: str) -> None:
    wrt: tuple[int, ...] = (0,) if name == "up_to_the_end" else (0, 1)
    hold(PROGRAMS, name, wrt, (0.8, XS), annotated=False)


TWICE = "def twice(v):\n    return sum(v) + sum(v)\n\n\n"
CHANGES = "changes as the loop goes on"
KEPT = "gives its items once, and computes them when they are asked for"
CASES: list[tuple[str, str]] = [
    ("k = x\n    for v in ‹filter(lambda v: v > k, xs)›:\n        k = k + v\n    return k", CHANGES),
    ("k = x\n    for v, w in zip(xs, (‹v for v in xs if v > k›)):\n        k += v * w\n    return k", CHANGES),
    ("for i in map(int, ‹filter(lambda v: v > 0, xs)›):\n        xs[i] = x\n    return xs[0] * x", CHANGES),
    (
        "def big(v):\n        return v > xs[0]\n"
        "    for v in ‹filter(big, xs)›:\n        xs[0] = v\n    return xs[0] * x",
        CHANGES,
    ),
    ("ys = ‹map(math.sin, xs)›\n    return x * sum(ys)", KEPT),
    ("return x * np.sum(‹map(math.sin, xs)›)", KEPT),
    ("return twice(‹filter(lambda v: v > 0, xs)›) * x", KEPT),
]


@pytest.mark.parametrize(("lines", "reason"), CASES)
def test_refusals(lines: str, reason: str) -> None:
    found = refused(f'{HEAD}{TWICE}def f(x: float, xs: Float[np.ndarray, "n"]):\n    {lines}\n')
    assert reason in found.reason and "list" in found.help
