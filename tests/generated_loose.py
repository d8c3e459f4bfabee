"""Random programs on arrays of any rank: what is written in them holds for numbers, vectors and matrices alike.

Their arrays are annotated as ``np.ndarray``, so that generated code has to find out what was broadcast.
"""

from __future__ import annotations

from random import Random

HEAD = """import math

import numpy as np


def scaled(a, b=0.5):
    return a * b + np.sin(b)


def both(a, b):
    c = a - 0.3 * b
    return c, c * a


def damped(w, s):
    out = w.copy()
    for k in range(1, len(w)):
        out[k] = out[k] * 0.5 + s * out[k - 1]
    return out


def chosen(a, b, n):
    if n > 3:
        return a
    return a * b


"""


class Loose:
    """Writes one program."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.names = ["x", "y", "u", "v"]  # of any rank, also of none
        self.arrays = ["u", "v"]
        self.count = 0

    def program(self) -> str:
        lines = self.block(self.random.randint(2, 6), 0)
        lines.append(f"return {self.number()}")
        body = "\n".join(f"    {line}" for line in lines)
        returns = self.random.choice([" -> float", ""])
        return f"{HEAD}def f(x: float, y: float, u: np.ndarray, v: np.ndarray, n: int){returns}:\n{body}\n"

    def number(self) -> str:
        forms = [f"np.sum({self.expr(2)})", f"np.mean({self.expr(1)}) * x", f"np.sum({self.expr(1)}) if n > 2 else y"]
        forms += [f"np.sum({self.array()} * {self.expr(1)}) + np.sum({self.expr(1)})", f"np.max({self.array()}) * y"]
        return self.random.choice(forms)

    def block(self, size: int, depth: int) -> list[str]:
        return [line for _ in range(size) for line in self.statement(depth)]

    def inner(self, depth: int) -> list[str]:
        """A block whose new names do not outlive it, indented."""
        known = list(self.names), list(self.arrays)
        lines = self.block(self.random.randint(1, 2), depth + 1)
        self.names, self.arrays = known
        return [f"    {line}" for line in lines]

    def new(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def name(self) -> str:
        return self.random.choice(self.names)

    def array(self) -> str:
        return self.random.choice(self.arrays)

    def place(self, array: str) -> str:
        return f"{array}[{self.random.choice(['0', '-1', '1:', ':', '::2', '::-1', f'n % len({array})'])}]"

    def statement(self, depth: int) -> list[str]:
        kinds = [self.assign, self.assign, self.augment, self.write, self.write, self.part, self.call]
        kinds += [self.branch, self.loop] if depth < 2 else []
        return self.random.choice(kinds)(depth)

    def assign(self, depth: int) -> list[str]:
        name, value = self.random.choice([self.name(), self.new("w")]), self.expr(2)
        lines = [f"{name} = np.sin({value})" if self.random.random() < 0.5 else f"{name} = {value}"]
        if name not in self.names:
            self.names.append(name)
        if name in self.arrays and name not in ("u", "v"):
            self.arrays.remove(name)
        elif name in ("u", "v"):
            lines = [f"{name} = {name} * np.tanh({value})"]
        return lines

    def augment(self, depth: int) -> list[str]:
        operator = self.random.choice(["+=", "-=", "*="])
        return [f"{self.random.choice(['u', 'v'])} {operator} {self.random.choice(['x', 'y', self.expr(1)])}"]

    def write(self, depth: int) -> list[str]:
        array, operator = self.array(), self.random.choice(["=", "=", "+=", "*="])
        place = self.place(array)
        values = ["x", "0.5", f"np.sin({place})", f"0.3 * {place} * y", f"{array}[0] * x", self.expr(1)]
        return [f"{place} {operator} {self.random.choice(values)}"]

    def part(self, depth: int) -> list[str]:
        name, array = self.new("p"), self.array()
        line = f"{name} = {self.place(array)}"
        self.names.append(name)
        return [line, *self.random.choice([[], self.write(depth), [f"{name} = {name} * {self.name()}"]])]

    def call(self, depth: int) -> list[str]:
        a, b, array = self.new("w"), self.new("w"), self.array()
        forms = [
            f"{a} = scaled({self.expr(1)}, {self.name()})",
            f"{a} = scaled({self.name()})",
            f"{a}, {b} = both({self.name()}, {self.expr(1)})",
            f"{a} = damped({array}, {self.name()})",
            f"{a} = chosen({self.name()}, {self.expr(1)}, n)",
            f"{a} = {array}.copy()",
        ]
        line = self.random.choice(forms)
        self.names += [a, b] if f"{a}, {b}" in line else [a]
        self.arrays += [a] if "damped" in line or "copy" in line else []
        return [line]

    def branch(self, depth: int) -> list[str]:
        condition = self.random.choice(["n > 3", "n < 3", "x > 0.1", f"np.sum({self.name()}) > y", "u.size > 9"])
        lines = [f"if {condition}:", *self.inner(depth)]
        return [*lines, "else:", *self.inner(depth)] if self.random.random() < 0.5 else lines

    def loop(self, depth: int) -> list[str]:
        k, array, e = self.new("k"), self.array(), self.new("e")
        head = self.random.choice([f"for {k} in range(2):", f"for {k} in range(n - 5):", f"for {e} in {array}:"])
        known = list(self.names)
        self.names += [e] if e in head else []
        name, lines = self.random.choice(known), self.inner(depth)
        self.names = known
        jump = self.random.choice(["break", "continue"])
        stop = [f"    if {self.random.choice(['x', 'y'])} > 0.5:", f"        {jump}"]
        total = [f"    {name} = {name} * 0.5 + {e if e in head else self.name()}"] if name not in ("u", "v") else []
        return [head, *lines, *stop * self.random.randint(0, 1), *total]

    def expr(self, depth: int) -> str:
        if depth == 0 or self.random.random() < 0.2:
            return self.random.choice([self.name(), self.name(), self.place(self.array()), "0.7"])
        a, b = self.expr(depth - 1), self.expr(depth - 1)
        return self.random.choice(
            [
                f"({a} + {b})",
                f"({a} - {b})",
                f"{a} * {b}",
                f"{a} / (2.0 + {b} * {b})",
                f"np.sin({a})",
                f"np.exp(-({a}) * ({a}))",
                f"np.maximum({a}, {b})",
                f"np.where({a} > {b}, {a}, {b} * 0.5)",
                f"({a}) ** 2",
                f"-({a})",
                f"np.abs({a})",
                f"np.sum({a}) * {b}",
                f"np.mean({a})",
                f"np.hypot({a}, 1.0 + {b} * {b})",
                f"(np.zeros_like({a}) + {b})",
                f"np.sqrt(1.5 + np.sin({a}))",
            ]
        )
