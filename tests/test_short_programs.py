"""Short random programs of whole arrays, in loops, branches and callees, against differences.

They use each variable seldom, so that most derivatives need an operand, or the result, but not both.
"""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from sct.stages import Target
from tests.programs import hold

HEAD = """
import math
import numpy as np


def h(a: Float[np.ndarray, "n"], c: float) -> Float[np.ndarray, "n"]:
    if c > 0.6:
        return np.exp(-c * a)
    return np.sin(a) * c


def g(p: float, q: float) -> float:
    r = math.sqrt(1.0 + p * p)
    if p > q:
        return math.exp(-r) * q
    return r * math.sin(q * p)


"""
PARAMETERS = ", ".join([*(f'{name}: Float[np.ndarray, "n"]' for name in "xyw"), "k: float", "s: float"])
PROGRAMS = 40


class Writer:
    """Writes one program."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def function(self) -> str:
        lines = [
            *self.block("    ", 2),
            f"    return {self.pick('s + np.sum(x * y)', 'np.sum(w)', 's * k', 'y @ w + s')}",
        ]
        return "\n".join([f"def f({PARAMETERS}) -> float:", *lines])

    def block(self, indent: str, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(self.random.randint(1, 3)):
            kind = self.random.random() if depth else 1.0
            inner = indent + "    "
            if kind < 0.22:
                lines += [f"{indent}for i{depth} in range({self.pick('2', '3')}):", *self.block(inner, depth - 1)]
            elif kind < 0.35:
                lines += [f"{indent}if {self.pick('s > 0.4', 'k > s', 'np.sum(y) > 1.0')}:"]
                lines += [*self.block(inner, depth - 1), f"{indent}else:", *self.block(inner, depth - 1)]
            else:
                lines.append(indent + self.statement())
        return lines

    def statement(self) -> str:
        name = self.pick(*"xyywwss")
        if name == "s":
            return f"s = {self.pick('0.3 * ', '0.5 * ', '0.2 * s + 0.1 * ')}({self.number()})"
        return f"{name} = {self.array(self.random.randint(1, 2))}"

    def array(self, depth: int) -> str:
        if not depth:
            return self.pick("x", "y", "w", "x * y", "x + w", "y * w")
        a, other, factor = self.array(depth - 1), self.pick(*"xyw"), self.pick("k", "s", "0.7", "s * k", "math.exp(-s)")
        return self.pick(
            *(f"{factor} * {a}", f"np.exp(-({a}))", f"np.sin({a})", f"np.tanh({a})", f"np.exp(-({a}) * {other})"),
            *(f"{a} / (1.5 + {other})", f"np.log(1.2 + ({a}) ** 2)", f"np.sqrt(0.5 + ({a}) ** 2)"),
            *(f"np.maximum({a}, 0.17)", f"np.clip({a}, -0.37, 0.63)", f"1 / (1 + np.exp(-({a})))", f"h({a}, {factor})"),
        )

    def number(self) -> str:
        a, other = self.array(self.random.randint(1, 2)), self.pick(*"xyw")
        return self.pick(
            *(f"np.sum({a})", f"np.mean({a})", f"({a}) @ {other}", f"np.log(np.sum(np.exp({a})))"),
            *("math.sin(s) * k", "math.tanh(s + k)", "g(s, k)", f"np.std({a} + np.arange(3))"),
        )

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)


@pytest.mark.parametrize("first", [0, 200, 560, 700])
def test_short_programs(first: int, target: Target) -> None:
    for seed in range(first, first + PROGRAMS):
        random, rng = Random(-seed), np.random.default_rng(seed)
        wrt = tuple(sorted(random.sample(range(5), random.choice([1, 2, 5]))))
        args = (*rng.uniform(0.3, 1.2, (3, 3)), 0.8, 0.55)
        hold(HEAD + Writer(seed).function(), "f", wrt, args, target=target)
