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

    Where it is ``counted``, it is as long as that dimension and ``more``.  Without an array it is of one turn.
    """

    base: Value | None
    number: int
    array: Value | None
    axis: int
    more: int = 0
    counted: bool = False

    def stop(self, builder: Builder, array: Value | None) -> Value:
        if array is None:
            return builder.const(self.number + 1)
        size = size_of(builder, array, self.axis)
        if self.counted and self.base is not None:
            size = builder.op("add", size, self.base)
        return plus(builder, size, self.more + (self.number if self.counted else 0))

    def length(self, builder: Builder, more: int) -> Value:
        """How long it is, and ``more``."""
        if self.array is None:
            return builder.const(1 + more)
        size = size_of(builder, self.array, self.axis)
        if self.counted:
            return plus(builder, size, self.more + more)
        if self.base is not None:
            size = builder.op("sub", size, self.base)
        return plus(builder, size, self.more - self.number + more)


@dataclass
class Nest:
    """The loops over ``ranges``; what one turn does goes into ``turn``, and what it writes is carried.

    ``rows`` are the arrays of which the loops from some depth on add up one element each, as a number.
    """

    ranges: Sequence[Range]
    like: Op
    turn: Builder = field(default_factory=lambda: Builder(Block()))
    counters: list[Value] = field(default_factory=list)
    entries: dict[Value, Value] = field(default_factory=dict)
    carried: dict[Value, Value] = field(default_factory=dict)
    current: dict[Value, Value] = field(default_factory=dict)
    rows: dict[Value, int] = field(default_factory=dict)

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

    def add_up(self, key: Value, array: Value, depth: int, number: Value) -> None:
        """Let the loops from ``depth`` on add up an element of ``array`` in ``number``, which begins with zero."""
        self.entries[key], self.rows[key] = array, depth
        self.carried[key] = self.current[key] = again(number)

    def index(self, entry: Entry, builder: Builder | None = None) -> Value:
        """The index of a turn in one dimension of an array."""
        made = self.turn if builder is None else builder
        if entry.axis is None:
            return sum_of(made, entry.base, entry.number)
        range_, found = self.ranges[entry.axis], self.counters[entry.axis]
        if entry.base is not range_.base:
            if range_.base is not None:
                found = made.op("sub", found, range_.base)
            if entry.base is not None:
                found = made.op("add", found, entry.base)
        return plus(made, found, entry.number - range_.number)

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
            made = Builder.instead_of(self.like, "numpy")
            zeros = {key: self._zero(made, key) for key, depth in self.rows.items() if axis == depth}
            around = {key: self._version(key, array, axis) if axis else array for key, array in self.entries.items()}
            inits = {**around, **zeros}
            range_ = self.ranges[axis]
            key = next((key for key, array in self.entries.items() if array is range_.array), None)
            begin = sum_of(made, range_.base, range_.number)
            end = range_.stop(made, range_.array if key is None else around[key])
            ends = {key: self._version(key, results[key], axis) if axis else results[key] for key in self.entries}
            behind = {key: again(self.carried[key]) if key in zeros else end for key, end in ends.items()}
            operands, left = [begin, end, made.const(1), *inits.values()], [*behind.values()]
            like = self.like
            loop = For("for", operands, left, {"fused": True}, like.span, like.stmt, origin=like.origin, body=block)
            stores = [op for key in zeros for op in self._stored(around[key], behind[key], ends[key], axis)]
            inside = around
            block = Block(ops=[*made.block.ops, loop, *stores], yields=[*ends.values()])
        return block.ops if self.ranges else self._once(block, results)

    def _once(self, turn: Block, results: Mapping[Value, Value]) -> list[Op]:
        """What a turn does, without a loop."""
        renamed = {self.carried[key]: array for key, array in self.entries.items()}
        renamed |= {self.current[key]: results[key] for key in self.entries}
        for op in turn.ops:
            op.operands = [renamed.get(value, value) for value in op.operands]
            op.results = [renamed.get(value, value) for value in op.results]
        return turn.ops

    def _version(self, key: Value, array: Value, axis: int) -> Value:
        """A version of what is carried around the loop over ``axis``: the element's number, or the array."""
        return again(self.carried[key] if axis > self.rows.get(key, axis) else array)

    def _zero(self, builder: Builder, key: Value) -> Value:
        zero, number = builder.const(0.0), self.carried[key]
        zero.hint, zero.temp = number.hint, number.temp
        return zero

    def _stored(self, array: Value, number: Value, after: Value, depth: int) -> list[Op]:
        """The write of an element that the loops from ``depth`` on have added up."""
        made = Builder.instead_of(self.like, "numpy")
        places = [self.index(Entry(axis), made) for axis in range(depth)]
        made.op("store", array, number, *places, in_place=True)
        made.block.ops[-1].results = [after]
        return made.block.ops

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
