"""Random programs in the language of sct, for ``scripts/fuzz`` and ``tests/test_fuzz.py``.

A program is the text of a module with one function ``f(x, y, u, v, n)`` of two scalars, two vectors of length ``n``
and ``n`` itself, and helpers that it may call.  The parameters are annotated exactly, loosely or not at all.  Values
are kept tame by ``sin`` and ``tanh``, so that a wrong derivative is not lost among huge numbers.
"""

from __future__ import annotations

from random import Random

from tests import generated_containers
from tests.generated_arrays import Arrays
from tests.generated_containers import Containers
from tests.generated_loose import Loose

HEAD = """import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

GAIN = 0.7
TABLE = np.array([0.2, -0.5, 0.9])


def mix(a, b=0.5):
    c = a * b
    if c > 0.3:
        c = c - b * b
    return math.sin(c) + a


def energy(w):
    total = 0.0
    for k in range(len(w)):
        if w[k] < 0.0:
            continue
        total += w[k] * w[k]
    return total


def shifted(w, s):
    out = w * s
    out[0] = math.sin(s)
    return out


def last_large(w, s):
    found = s
    for k in range(len(w)):
        if w[k] * w[k] > 4.0:
            break
        if w[k] > s:
            found = w[k] * s
    return found


def pair(a, w):
    return a * w[0], w + a


def relax(w, s):
    for k in range(1, len(w)):
        w[k] += 0.3 * math.sin(s) * w[k - 1]


def put(w, k, s):
    before = w[k]
    w[k] = math.sin(s)
    w[1:] *= 0.9
    return before * s


def blend(w, other):
    w -= 0.2 * np.sin(other)
    return w, other[0]


def power(a, n):
    if n == 0:
        return 1.0
    return a * power(a, n - 1)


def settled(h, a, n=2):
    for k in range(n):
        a = math.sin(h(a)) + 0.1 * k
        if a > 0.9:
            return a * a
    return a


def gathered(h, w, *more):
    total = 0.0
    for e in w:
        total += h(e) * len(more)
    for m in more:
        total = total * 0.5 + h(m)
    return total


"""
HEAD += generated_containers.HEAD

BARE = "(x, y, u, v, n)"
"""The parameters of a function whose types are those of a call."""


class Generator(Arrays, Containers):
    """Writes one program."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.random = Random(seed)
        self.scalars = ["x", "y"]
        self.vectors = ["u", "v"]
        self.indices: list[str] = []
        self.tallies: list[str] = []
        self.functions: list[str] = []
        self.pairs: list[str] = []
        self.loops = 0
        self.count = 0

    def program(self) -> str:
        lines = self.block(self.random.randint(3, 7), depth=0)
        lines.append(f"return {self.result()}")
        body = "\n".join(f"    {line}" for line in lines)
        return f"{HEAD}def f{self.signature()}:\n{body}\n"

    def signature(self) -> str:
        """The parameters: without annotations, as the decorator takes them; or with some, as the command does."""
        if self.random.random() < 0.4:
            return BARE
        vectors = self.random.choice(['"float[:]"', "'Float[np.ndarray, \"k\"]'", "np.ndarray", "np.ndarray"])
        kinds = {"x": "float", "y": "float", "u": vectors, "v": vectors, "n": "int"}
        params = [name if self.random.random() < 0.04 else f"{name}: {kind}" for name, kind in kinds.items()]
        return f"({', '.join(params)}){self.random.choice([' -> float', ''])}"

    def result(self) -> str:
        parts = [f"{self.vector()}.sum()", self.scalar(1), f"np.sum({self.vector_expr(1)})"]
        return " + ".join(self.random.sample(parts, self.random.randint(1, 3)))

    # statements

    def block(self, size: int, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(size):
            lines += self.statement(depth)
        return lines

    def inner(self, depth: int) -> list[str]:
        """A block whose new names do not outlive it, indented."""
        known = {name: list(names) for name, names in vars(self).items() if isinstance(names, list)}
        lines = self.block(self.random.randint(1, 3), depth + 1)
        if self.loops and self.random.random() < 0.2:
            jump = self.random.choice(["break", "continue"])
            lines += [f"if {self.condition()}:", f"    {jump}", *self.statement(depth + 1)]
        if self.random.random() < 0.05:
            lines += [f"if {self.condition()}:", f"    return {self.result()}"]
        vars(self).update(known)
        return [f"    {line}" for line in lines]

    def statement(self, depth: int) -> list[str]:
        kinds = [self.assign, self.assign, self.augment, self.vector_assign, self.store, self.store, self.augment_store]
        kinds += [self.starred, self.chained, self.unpack, self.matrix, self.print_or_assert, self.walrus, self.delete]
        kinds += [self.slice_store, self.augment_slice, self.swap, self.augment_vector, self.alias, self.view]
        kinds += [self.write_view, self.exchange, self.matrix_rows, self.writing_call, self.writing_call]
        kinds += [self.index_store, self.function, self.function_pair, self.function_chosen]
        kinds += [self.counted, self.carried, self.tally] + [self.take_pair] * bool(self.pairs)
        kinds += [self.tally] * 2 * bool(self.tallies)
        if depth < 3:
            kinds += [self.match, self.branch, self.loop, self.loop, self.loop_over]
        if depth < 2:
            kinds += [self.while_loop]
        if self.random.random() < 0.3:
            kinds = [getattr(self, name) for name in self.containers()]
        elif self.random.random() < 0.25:
            kinds = [getattr(self, name) for name in self.arrays()]
        return self.random.choice(kinds)(depth)

    def new(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def target(self, names: list[str], stem: str) -> str:
        return self.random.choice(names) if names and self.random.random() < 0.6 else self.new(stem)

    def bind(self, name: str, names: list[str]) -> None:
        if name not in names:
            names.append(name)

    # functions

    def function(self, depth: int) -> list[str]:
        """A nested function of a scalar or two, which captures what is around it."""
        name, a, b = self.new("g"), self.new("a"), self.new("b")
        if self.random.random() < 0.3:
            return self.known(name, [f"{name} = lambda {a}, {b}=0.3: {self.of(a, b)}"])
        lines = [f"{b} = {self.tame(self.of(a, b))}"]
        if self.random.random() < 0.4:
            lines += [f"if {a} > {self.scalar(0)}:", f"    return {self.of(a, b)}"]
        if self.random.random() < 0.4:
            k = self.new("k")
            lines += [f"for {k} in range(2):", f"    {b} = math.sin({self.of(b, a)}) + 0.1 * {k}"]
            if self.random.random() < 0.3:
                lines += [f"    if {b} > 0.5:", f"        return {self.of(b, a)}"]
        if self.random.random() < 0.3:
            lines.append(f"{self.vector()}[{self.index()}] = {self.tame(self.of(a, b))}")
        if self.random.random() < 0.2:
            lines.append(f"{self.vector()}[{self.slice()}] *= {self.of(a, b)}")
        lines.append(f"return {self.of(a, b)}")
        return self.known(name, [f"def {name}({a}, {b}={self.scalar(0)}):", *(f"    {line}" for line in lines)])

    def known(self, name: str, lines: list[str]) -> list[str]:
        self.functions.append(name)
        return lines

    def of(self, a: str, b: str) -> str:
        """An expression of two names, and of others."""
        forms = [f"{a} * {b}", f"math.sin({a}) + {b}", f"({a} - {b}) * {self.scalar(0)}", f"{a} * {self.scalar(0)}"]
        return self.random.choice([*forms, f"mix({a}, {self.scalar(0)}) * {b}"])

    def function_pair(self, depth: int) -> list[str]:
        name, a, w = self.new("g"), self.new("a"), self.new("w")
        body = [f"{a} = {self.tame(self.of(a, a))}", f"return {a}, ({w} * {a}, {self.of(a, a)})"]
        self.pairs.append(name)
        return [f"def {name}({a}, {w}):", *(f"    {line}" for line in body)]

    def take_pair(self, depth: int) -> list[str]:
        call = f"{self.random.choice(self.pairs)}({self.scalar(1)}, {self.vector()})"
        s, t, w = self.target(self.scalars, "s"), self.new("s"), self.target(self.vectors, "w")
        self.bind(s, self.scalars)
        self.bind(t, self.scalars)
        self.bind(w, self.vectors)
        return [f"{s}, ({w}, {t}) = {call}"]

    def function_chosen(self, depth: int) -> list[str]:
        name = self.new("g")
        lines = [f"{name} = {self.callable()} if {self.condition()} else {self.callable()}"]
        target = self.random.choice(self.scalars)
        return [*lines, f"{target} = {self.tame(f'{name}({self.scalar(1)})')}"]

    def callable(self) -> str:
        """A function of a scalar."""
        t = self.new("t")
        simple = ["math.sin", "math.tanh", "mix", f"(lambda {t}: {self.of(t, t)})"]
        return self.random.choice([*simple, *self.functions])

    def assign(self, depth: int) -> list[str]:
        expr = self.scalar(2)
        name = self.target(self.scalars, "s")
        self.bind(name, self.scalars)
        return [f"{name} = {self.tame(expr)}"]

    def augment(self, depth: int) -> list[str]:
        operator = self.random.choice(["+=", "-=", "*="])
        value = f"math.sin({self.scalar(1)})" if operator == "*=" else self.scalar(1)
        return [f"{self.random.choice(self.scalars)} {operator} {value}"]

    def swap(self, depth: int) -> list[str]:
        a, b = self.random.choice(self.scalars), self.random.choice(self.scalars)
        if a == b:
            return self.assign(depth)
        return [f"{a}, {b} = {b}, {self.tame(self.scalar(1))}"]

    def unpack(self, depth: int) -> list[str]:
        line = f"{self.random.choice(self.scalars)}, {{}} = pair({self.scalar(0)}, {self.vector()})"
        name = self.target(self.vectors, "w")
        self.bind(name, self.vectors)
        return [line.format(name)]

    def print_or_assert(self, depth: int) -> list[str]:
        return self.random.choice([["assert n > 1"], ["assert len(u) == n, 'the vectors are of one length'"], ["pass"]])

    def vector_assign(self, depth: int) -> list[str]:
        expr = self.vector_expr(2)
        name = self.target(self.vectors, "w")
        self.bind(name, self.vectors)
        return [f"{name} = {expr}"]

    def alias(self, depth: int) -> list[str]:
        other = self.random.choice(self.vectors)
        name = self.new("w")
        self.bind(name, self.vectors)
        return [f"{name} = {other}"]

    def view(self, depth: int) -> list[str]:
        part = self.new("p")
        line = f"{part} = {self.random.choice(self.vectors)}[{self.slice()}]"
        name = self.random.choice(self.scalars)
        return [line, *self.store(depth), f"{name} += 0.1 * {part}.sum()"]

    def exchange(self, depth: int) -> list[str]:
        a, b = self.vector(), self.vector()
        return [f"{a}, {b} = {b}, {a}"]

    def writing_call(self, depth: int) -> list[str]:
        """A call that writes into its argument."""
        w, other, s = self.vector(), self.vector(), self.scalar(0)
        return self.random.choice(
            [
                [f"relax({w}, {s})"],
                [f"{self.random.choice(self.scalars)} = put({w}, {self.index()}, {s})"],
                [f"{self.random.choice(self.scalars)} += math.sin(put({w}, {self.index()}, {s})) * {w}[0]"],
                [f"{w}, {self.random.choice(self.scalars)} = blend({w}, {other}.copy())"],
                [f"relax({w}[1:], {s})"],
            ]
        )

    def augment_vector(self, depth: int) -> list[str]:
        operator = self.random.choice(["+=", "-=", "*="])
        return [f"{self.random.choice(self.vectors)} {operator} {self.tame_vector(self.vector_expr(1))}"]

    def store(self, depth: int) -> list[str]:
        return [f"{self.random.choice(self.vectors)}[{self.index()}] = {self.tame(self.scalar(2))}"]

    def augment_store(self, depth: int) -> list[str]:
        operator = self.random.choice(["+=", "-=", "*="])
        return [f"{self.random.choice(self.vectors)}[{self.index()}] {operator} math.sin({self.scalar(1)})"]

    def slice_store(self, depth: int) -> list[str]:
        part = self.slice()
        value = self.random.choice([self.tame_vector(f"({self.vector_expr(1)})[{part}]"), self.scalar(1)])
        return [f"{self.random.choice(self.vectors)}[{part}] = {value}"]

    def augment_slice(self, depth: int) -> list[str]:
        part = self.slice()
        value = f"0.5 * {self.random.choice(self.vectors)}[{part}]"
        return [f"{self.random.choice(self.vectors)}[{part}] {self.random.choice(['+=', '-=', '*='])} {value}"]

    def walrus(self, depth: int) -> list[str]:
        """Names bound by ``:=``: always, in a condition, or where a short circuit lets it."""
        name, one, other = self.new("s"), self.random.choice(self.scalars), self.random.choice(self.scalars)
        bound = f"({name} := {self.tame(self.scalar(1))})"
        rebound = f"({one} := {self.tame(self.scalar(1))})"
        lines = self.random.choice(
            [
                [f"{one} = {bound} * {name} + {self.scalar(0)}"],
                [f"{self.vector()}[{self.index()}] = math.cos({bound}) + {rebound} * {other}"],
                [f"if {bound} < {self.scalar(0)}:", f"    {one} = {name} * 0.5"],
                [
                    f"{name} = {other}",
                    f"if {self.condition()} and {bound} < {rebound}:",
                    f"    {other} += {name} * {one}",
                ],
                [f"{name} = ({rebound} if {self.condition()} else {one}) * 0.5"],
            ]
        )
        self.bind(name, self.scalars)
        return lines

    def starred(self, depth: int) -> list[str]:
        one, other = self.random.choice(self.scalars), self.new("s")
        rest, items = self.new("r"), f"{self.scalar(1)}, {self.scalar(0)}, {self.scalar(0)}"
        lines = self.random.choice(
            [
                [f"{one}, *{rest}, {other} = {items}", f"{other} += {rest}[0] * 0.5"],
                [f"{rest} = ({items})", f"*{rest}, {one} = {rest}", f"{other} = {rest}[0] - {rest}[1]"],
                [f"{other}, *{rest} = pair({self.scalar(0)}, {self.vector()})", f"{one} -= {rest}[0][1]"],
            ]
        )
        self.bind(other, self.scalars)
        return lines

    def delete(self, depth: int) -> list[str]:
        name, other = self.new("s"), self.random.choice(self.scalars)
        lines = [f"{name} = {self.tame(self.scalar(1))}", f"{other} += {name} * {self.scalar(0)}"]
        return [*lines, f"del {name}"]

    def otherwise(self, depth: int) -> list[str]:
        """Sometimes an ``else`` for a loop."""
        return ["else:", *self.inner(depth)] if self.random.random() < 0.2 else []

    def match(self, depth: int) -> list[str]:
        """A ``match``, or a ``with`` that changes nothing."""
        if self.random.random() < 0.3:
            return ["with np.errstate(all='ignore'):", *self.inner(depth)]
        index = self.random.choice(["n", *self.indices])
        lines = [f"match {index} % 3:"]
        heads = [f"case 0 if {self.condition()}:", "case 1 | 0:", "case _:"]
        for head in self.random.sample(heads[:2], self.random.randint(1, 2)) + heads[2:] * self.random.randint(0, 1):
            lines += [f"    {head}", *(f"    {line}" for line in self.inner(depth))]
        return lines

    def branch(self, depth: int) -> list[str]:
        lines = [f"if {self.condition()}:", *self.inner(depth)]
        if self.random.random() < 0.3:
            lines += [f"elif {self.condition()}:", *self.inner(depth)]
        if self.random.random() < 0.6:
            lines += ["else:", *self.inner(depth)]
        return lines

    def loop(self, depth: int) -> list[str]:
        index = self.new("i")
        spans = ["3", "n", "1, n", "n - 1, 0, -1", "0, n, 2", "2", "n - 1, -1, -2", "1, 1"]
        head = f"for {index} in range({self.random.choice(spans)}):"
        self.indices.append(index)
        self.loops += 1
        lines = self.inner(depth)
        self.loops -= 1
        self.indices.pop()
        return [head, *lines, *self.otherwise(depth)]

    def loop_over(self, depth: int) -> list[str]:
        """A loop over the elements of vectors, or the rows of a matrix."""
        a, b, index = self.new("e"), self.new("e"), self.new("i")
        one, other = self.vector(), self.vector()
        head, scalars, vectors, indices = self.random.choice(
            [
                (f"for {a} in {one}:", [a], [], []),
                (f"for {a} in {one}.copy():", [a], [], []),
                (f"for {a} in {one} * {self.scalar(0)}:", [a], [], []),
                (f"for {index}, {a} in enumerate({one}):", [a], [], [index]),
                (f"for {a}, {b} in zip({one}, {other}[1:]):", [a, b], [], []),
                (f"for {index}, ({a}, {b}) in enumerate(zip({one}, {other})):", [a, b], [], [index]),
                (f"for {a} in np.outer({one}, {other}):", [], [a], []),
                (f"for {a} in reversed({one}):", [a], [], []),
                (f"for {index} in reversed(range({self.random.choice(['n', '1, n', '0, n, 2'])})):", [], [], [index]),
                (f"for {a} in (0.5, -0.25):", [a], [], []),
                (f"for {index}, {a} in ((0, 0.5), (3, 1.5)):", [a], [], [index]),
                (f"for {a} in ({self.scalar(0)}, {self.scalar(1)}):", [a], [], []),
                (f"for {index}, {a} in ((2, {self.scalar(0)}), (n - 1, {self.scalar(1)})):", [a], [], [index]),
                (f"for {a}, {b} in zip(({self.scalar(0)}, 0.5), {one}):", [a, b], [], []),
                (f"for {a} in ({one}, {other}):", [], [a], []),
                (f"for {index}, {a} in enumerate(reversed(({one}, {other})), 1):", [], [a], [index]),
            ]
        )
        known = list(self.scalars), list(self.vectors), list(self.indices)
        self.scalars += scalars
        self.vectors += vectors
        self.indices += indices
        self.loops += 1
        lines = self.inner(depth)
        self.loops -= 1
        self.scalars, self.vectors, self.indices = known
        return [head, *lines, *self.otherwise(depth)]

    def chained(self, depth: int) -> list[str]:
        names = self.random.sample(self.scalars, 2)
        return [f"{names[0]} = {names[1]} = {self.tame(self.scalar(1))}"]

    def while_loop(self, depth: int) -> list[str]:
        counter = self.new("k")
        self.loops += 1
        self.indices.append(f"({counter} % n)")
        lines = self.inner(depth)
        self.indices.pop()
        self.loops -= 1
        condition = self.random.choice([f"{counter} < 3", f"{counter} < 4 and ({self.condition()})"])
        # Where there is a `continue`, the counter goes up first, so that it cannot be kept from doing so.
        is_first = any("continue" in line for line in lines) or self.random.random() < 0.5
        lines = [f"    {counter} += 1", *lines] if is_first else [*lines, f"    {counter} += 1"]
        if self.random.random() < 0.3:
            name = self.random.choice(self.scalars)
            bound = f"({name} := {self.tame(self.scalar(1))}) < {self.scalar(0)}"
            first = f"({counter} := {counter} + 1) < 4"
            condition, lines = self.random.choice(
                [(f"{first} and {bound}", lines[1:] if is_first else lines[:-1]), (f"{bound} and {first}", lines)]
            )
        return [f"{counter} = 0", f"while {condition}:", *lines, *self.otherwise(depth)]

    def counted(self, depth: int) -> list[str]:
        """A count of turns, which is a number like others afterwards."""
        c, k, s = self.new("c"), self.new("k"), self.random.choice(self.scalars)
        head = self.random.choice([f"for {k} in range(n):", f"for {k} in range(n - 4, 2 * n, 3):"])
        step = self.random.choice([f"{c} += 1", f"{c} = {k}", f"{c} = max({c}, {k})", f"{c} -= {k} // 2"])
        body = [f"if {self.scalar(0)} < {self.vector()}[{k} % n]:", f"    {step}"]
        body += [f"    {self.random.choice(['break', 'continue', 'pass'])}"] * self.random.randint(0, 1)
        uses = [f"{s} += 0.1 * {c}", f"{self.vector()}[{c} % n] = {self.tame(self.scalar(0))}", f"{s} *= {c} > 1"]
        uses += [f"if {c} > 2:\n    {s} = {self.tame(self.scalar(1))}", f"{self.vector()}[:{c}] *= {self.scalar(0)}"]
        return [f"{c} = 0", head, *(f"    {line}" for line in body), *self.random.choice(uses).split("\n")]

    def tally(self, depth: int) -> list[str]:
        """A number that is counted up or down, wherever that is, and indexes what is read and written."""
        if not self.tallies or self.random.random() < 0.2:
            name = self.new("c")
            self.tallies.append(name)
            self.indices.append(f"({name} % n)")
            return [f"{name} = {self.random.choice(['0', '1', 'n - 1', *self.indices[:-1]])}"]
        name = self.random.choice(self.tallies)
        amount = self.random.choice(["1", "2", "n", *self.indices])
        lines = [f"{name} = {amount} + {name}", f"{name} += {amount}", f"{name} -= {amount}", f"{name} = {amount}"]
        return [self.random.choice(lines), *self.store(depth)]

    def carried(self, depth: int) -> list[str]:
        """A tuple, a dict or an object that a loop hands from turn to turn."""
        t, k, a, w = self.new("t"), self.new("k"), self.new("a"), self.new("b")
        s, v, x = self.random.choice(self.scalars), self.vector(), self.tame(self.scalar(0))
        head = self.random.choice([f"for {k} in range(3):", f"for {k} in range(1, n):", f"for {k} in range(n - 5):"])
        stop = [f"    if {self.condition()}:", f"        {self.random.choice(['break', 'continue'])}"]
        start, turn, use = self.random.choice(
            [
                (f"({s}, {v} * 0.5)", [f"{a}, {w} = {t}", f"{t} = ({w}[1] * {x}, {w} + {a})"], f"{t}[0] + {t}[1][2]"),
                (f"({s}, {x})", [f"{t} = ({t}[1], math.sin({t}[0] + {self.scalar(0)}))"], f"{t}[0] * {t}[1]"),
                (f"[{s}, {x}]", [f"{t}[0], {t}[1] = {t}[1] * 0.5, {t}[0]"], f"{t}[0] - {t}[1]"),
                (
                    f"{{'a': {s}, 'w': {v}.copy()}}",
                    [f"{t}['w'][{k}] *= {t}['a']", f"{t}['a'] += {x}"],
                    f"{t}['w'].sum()",
                ),
                (f"State({s}, {v}.copy())", [f"{t}.w[{k}] += {t}.q", f"{t}.q *= {x}"], f"{t}.q + {t}.w.sum()"),
                (f"State({s}, {v}.copy())", [f"{t} = {t}.moved({x})", f"{t}.w *= 0.5"], f"{t}.drag"),
                (f"Point({s})", [f"{t} = Point({t}.b, {t}.a * {x})"], f"{t}.a + {t}.b"),
            ]
        )
        body = [f"    {line}" for line in turn]
        body[1:1] = stop * self.random.randint(0, 1)
        return [f"{t} = {start}", head, *body, f"{s} = {self.tame(use)}"]

    # expressions

    def tame(self, expr: str) -> str:
        return self.random.choice([f"math.sin({expr})", f"math.tanh({expr})", f"0.5 * ({expr})"])

    def tame_vector(self, expr: str) -> str:
        return self.random.choice([f"np.sin({expr})", f"np.tanh({expr})"])

    def scalar(self, depth: int) -> str:
        if depth == 0 or self.random.random() < 0.2:
            leaves = [self.random.choice(self.scalars), f"{self.random.choice(self.vectors)}[{self.index()}]"]
            return self.random.choice([*leaves, *leaves, f"{self.random.uniform(0.3, 1.7):.2f}"])
        a, b = self.scalar(depth - 1), self.scalar(depth - 1)
        return self.random.choice(
            [
                f"({a} + {b})",
                f"({a} - {b})",
                f"{a} * {b}",
                f"{a} / (2.0 + {b} * {b})",
                f"math.cos({a})",
                f"math.exp(-({a}) * ({a}))",
                f"({a}) ** 2",
                f"mix({a}, {b})",
                f"mix({a})",
                f"mix(b={a}, a={b})",
                f"last_large({self.random.choice(self.vectors)}, {a})",
                f"pair({a}, {self.random.choice(self.vectors)})[0]",
                f"power({a}, {self.random.randint(0, 3)})",
                f"({self.random.choice(self.vectors)}[:, None] * {self.random.choice(self.vectors)}).sum()",
                f"np.outer({self.random.choice(self.vectors)}, {self.random.choice(self.vectors)})[1, 2]",
                f"{self.random.choice(self.vectors)}.max()",
                f"np.mean({self.random.choice(self.vectors)})",
                f"energy({self.random.choice(self.vectors)})",
                f"({a} if {self.condition()} else {b})",
                f"max({a}, {b})",
                f"min({a}, {b}, {self.scalar(0)})",
                f"max(({a}, {b}, 0.1))",
                f"sum(({a}, {b}, {self.scalar(0)}))",
                f"abs({a})",
                f"settled({self.callable()}, {a})",
                f"settled(h={self.callable()}, n=1, a={a})",
                f"gathered({self.callable()}, {self.vector()}, {a}, {b})",
                *(f"{name}({a})" for name in self.functions),
                *(f"{name}({a}, {b})" for name in self.functions),
                f"{self.random.choice(self.vectors)}.sum()",
                f"GAIN * {a} + TABLE[{self.random.randint(0, 2)}]",
                f"np.prod({self.random.choice(self.vectors)}[:3])",
                f"np.linalg.norm({self.random.choice(self.vectors)})",
                f"{self.random.choice(self.vectors)}.min()",
                f"float({a})",
                f"{self.random.choice(self.vectors)} @ {self.random.choice(self.vectors)}",
                f"np.sum(({self.vector_expr(1)})[{self.slice()}])",
            ]
        )

    def vector(self) -> str:
        return self.random.choice(self.vectors)

    def vector_expr(self, depth: int) -> str:
        a = self.random.choice(self.vectors)
        if depth == 0:
            return a
        b, s = self.vector_expr(depth - 1), self.scalar(0)
        return self.random.choice(
            [
                f"({a} + {b})",
                f"({b} - {s})",
                f"{a} * {s}",
                f"{s} * {b}",
                f"np.sin({b})",
                f"np.tanh({b} * {a})",
                f"shifted({a}, {s})",
                f"{a}.copy()",
                f"np.where({a} > {s}, {b}, {a} * {a})",
                f"np.zeros(n) + {b}",
                f"np.abs({b})",
                f"np.maximum({b}, {s})",
                f"np.minimum({a}, {b})",
                f"{a}[::-1] * {s}",
            ]
        )

    def index(self) -> str:
        simple = [str(self.random.randint(0, 3)), "-1", "n - 1", "-2"]
        inside = [f"({index} + 1) % n" for index in self.indices[-1:]]
        return self.random.choice([*simple, *self.indices, *self.indices, *inside])

    def slice(self) -> str:
        return self.random.choice(["1:", ":-1", "1:-1", "::2", ":", "1:3", "::-1"])

    def condition(self) -> str:
        a, b = self.scalar(0), self.scalar(1)
        simple = f"{a} {self.random.choice(['<', '>', '<=', '>='])} {b}"
        others = [f"{index} % 2 == 0" for index in self.indices]
        others += [f"{index} in (0, 3)" for index in self.indices] + [f"n not in (2, 3) and {simple}"]
        others += [f"({simple}) ^ ({index} & 1 == 0)" for index in self.indices]
        others += [f"not {simple}", f"{simple} and {self.scalar(0)} > 0.1", f"{simple} or {self.scalar(0)} < 0.0"]
        return self.random.choice([simple, simple, *others])


def program(seed: int) -> str:
    """The text of the program with this number."""
    return (Loose if is_of_any_rank(seed) else Generator)(seed).program()


def is_of_any_rank(seed: int) -> bool:
    """Whether the program with this number is one on arrays of any rank."""
    return seed % 5 == 4
