"""A loop nest in the making.

Before: the ranges of its indices, what one turn does, and the arrays that it writes.
After: ``%B1 = for (%i, %B.2) in (1, %stop, 1, %B): %B2 = for (%j, %B.3) …``, each loop carrying those arrays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sct.ir.nodes import Block, For, Op, Value
from sct.ir.types import INT
from sct.transform.build import Builder
from sct.transform.fusing.accesses import Entry


@dataclass(frozen=True)
class Range:
    """From ``base + number`` to ``more`` behind the end of the dimension ``axis`` of ``array``.

    Where it is ``counted``, it is as long as that dimension and ``more``.
    """

    base: Value | None
    number: int
    array: Value
    axis: int
    more: int = 0
    counted: bool = False

    def stop(self, builder: Builder, array: Value) -> Value:
        size = size_of(builder, array, self.axis)
        if self.counted and self.base is not None:
            size = builder.op("add", size, self.base)
        return plus(builder, size, self.more + (self.number if self.counted else 0))

    def length(self, builder: Builder, more: int) -> Value:
        """How long it is, and ``more``."""
        size = size_of(builder, self.array, self.axis)
        if self.counted:
            return plus(builder, size, self.more + more)
        if self.base is not None:
            size = builder.op("sub", size, self.base)
        return plus(builder, size, self.more - self.number + more)


@dataclass
class Nest:
    """The loops over ``ranges``; what one turn does goes into ``turn``, and what it writes is carried."""

    ranges: Sequence[Range]
    like: Op
    turn: Builder = field(default_factory=lambda: Builder(Block()))
    counters: list[Value] = field(default_factory=list)
    entries: dict[Value, Value] = field(default_factory=dict)
    carried: dict[Value, Value] = field(default_factory=dict)
    current: dict[Value, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.counters = [Value(INT, None, "ijklmn"[axis]) for axis in range(len(self.ranges))]
        self.turn.lib = "numpy"

    def at(self, op: Op) -> None:
        """What the turns do next comes from ``op``."""
        self.turn.stmt, self.turn.span, self.turn.origin = op.stmt, op.span, op.origin

    def carry(self, key: Value, array: Value) -> None:
        """Let the turns write into ``array``."""
        if key not in self.entries:
            self.entries[key] = array
            self.carried[key] = self.current[key] = again(array)

    def index(self, entry: Entry) -> Value:
        """The index of a turn in one dimension of an array."""
        if entry.axis is None:
            return sum_of(self.turn, entry.base, entry.number)
        range_, found = self.ranges[entry.axis], self.counters[entry.axis]
        if entry.base is not range_.base:
            if range_.base is not None:
                found = self.turn.op("sub", found, range_.base)
            if entry.base is not None:
                found = self.turn.op("add", found, entry.base)
        return plus(self.turn, found, entry.number - range_.number)

    def read(self, key: Value, array: Value, entries: Sequence[Entry]) -> Value:
        places = [self.index(entry) for entry in entries]
        return self.turn.op("getitem", self.current.get(key, array), *places)

    def write(self, name: str, key: Value, value: Value, entries: Sequence[Entry], attrs: Mapping[str, object]) -> None:
        """Store or add an element."""
        before = self.current[key]
        after = again(before)
        places = [self.index(entry) for entry in entries]
        turn = self.turn
        op = Op(name, [before, value, *places], [after], dict(attrs), turn.span, turn.stmt, origin=turn.origin)
        turn.block.ops.append(op)
        self.current[key] = after

    def closed(self, results: Mapping[Value, Value]) -> list[Op]:
        """The loops, and what they need before them; ``results`` are the arrays behind them."""
        block = Block(ops=self._needed(), yields=[self.current[key] for key in self.entries])
        inside = dict(self.carried)
        for axis in reversed(range(len(self.ranges))):
            block.args = [self.counters[axis], *inside.values()]
            around = {key: again(array) if axis else array for key, array in self.entries.items()}
            ends = [again(results[key]) if axis else results[key] for key in self.entries]
            made = Builder.instead_of(self.like, "numpy")
            range_ = self.ranges[axis]
            key = next((key for key, array in self.entries.items() if array is range_.array), None)
            begin = sum_of(made, range_.base, range_.number)
            end = range_.stop(made, range_.array if key is None else around[key])
            operands = [begin, end, made.const(1), *around.values()]
            like = self.like
            loop = For("for", operands, ends, {"fused": True}, like.span, like.stmt, origin=like.origin, body=block)
            inside = around
            block = Block(ops=[*made.block.ops, loop], yields=ends)
        return block.ops

    def _needed(self) -> list[Op]:
        """What a turn does, without what nothing needs."""
        needed, found = set(self.current.values()), list[Op]()
        for op in reversed(self.turn.block.ops):
            if not needed.isdisjoint(op.results):
                needed.update(op.operands)
                found.append(op)
        return found[::-1]


def again(value: Value) -> Value:
    """Another version of a value."""
    return Value(value.type, value.hint, value.temp)


def size_of(builder: Builder, array: Value, axis: int) -> Value:
    """How long an array is along an axis: a size that can be told by its name (see ``sizes``)."""
    shape = builder.op("shape", array, style="attr")
    return builder.op("getitem", shape, builder.const(axis), size=axis)


def plus(builder: Builder, value: Value, number: int) -> Value:
    if not number:
        return value
    return builder.op("add" if number > 0 else "sub", value, builder.const(abs(number)))


def sum_of(builder: Builder, base: Value | None, number: int) -> Value:
    return builder.const(number) if base is None else plus(builder, base, number)
