"""Which values are live where.

A backward walk over the structured SSA (Appel, Modern Compiler Implementation, section 10.1; the structure replaces the
flow graph).  A loop is walked until its live-in set is stable.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sct.ir.nodes import Block, Function, If, Loop, Op, Value, While

Visit = Callable[[Op | Block, Sequence[Value], int], None]


_ASKED = dict.fromkeys(("zeros_like", "ones_like", "empty_like", "full_like", "shape", "len", "size", "ndim"), 0)
_ASKED["unbroadcast"] = 1


def asked(op: Op) -> int | None:
    """Which operand an operation asks for its shape only: an array keeps it whatever is written, a list does not."""
    k = _ASKED.get(op.name)
    return None if k is None or op.operands[k].type.kind == "list" else k


def walk_liveness(fn: Function, number: Mapping[Value, int], visit: Visit, contents: bool = False) -> None:
    """Call ``visit(place, defined, live)`` for each definition point.

    Sets of values are ints, with the bit ``number[value]`` for each that is in it; a value without a number is in none.
    ``place`` is an operation or, for block arguments, the block; ``defined`` are the values it defines and ``live``
    those that are live right after it, ``defined`` included where they are used.  A point in a loop is visited several
    times, with growing sets.  Of the ``contents`` of an array, only what reads its elements keeps it alive.
    """
    _Walk(number, visit, contents).block(fn.body, 0)


def bits(values: Iterable[Value], number: Mapping[Value, int]) -> int:
    """A set of values as an int."""
    found = 0
    for value in values:
        if value in number:
            found |= 1 << number[value]
    return found


def positions(found: int) -> Iterator[int]:
    """The numbers of the values in a set."""
    while found:
        lowest = found & -found
        yield lowest.bit_length() - 1
        found ^= lowest


@dataclass(frozen=True)
class _Walk:
    """The walk, in which each method returns what is live before what it was given, of what is live behind it."""

    number: Mapping[Value, int]
    visit: Visit
    contents: bool

    def block(self, block: Block, live: int) -> int:
        live |= bits(block.yields, self.number)
        for op in reversed(block.ops):
            self.visit(op, op.results, live)
            live &= ~bits(op.results, self.number)
            live = self.op(op, live) if op.blocks else live
            shape = asked(op) if self.contents else None
            live |= bits((value for k, value in enumerate(op.operands) if k != shape), self.number)
        self.visit(block, block.args, live)
        return live & ~bits(block.args, self.number)

    def op(self, op: Op, live: int) -> int:
        """What is live before the blocks of an operation."""
        if isinstance(op, If):
            return self.block(op.then, live) | self.block(op.orelse, live)
        if isinstance(op, Loop):
            return self.loop(op, live)
        return live | self.block(op.blocks[0], live)

    def loop(self, op: Loop, around: int) -> int:
        while True:
            inside = self.block(op.body, around)
            if isinstance(op, While):
                inside = self.block(op.test, around | inside)
            if inside | around == around:
                return around
            around |= inside


def use_counts(place: Block | Op) -> Counter[Value]:
    """How often each value is used in a block, or by an operation, and below."""
    used = list[Value]()
    if isinstance(place, Block):
        _gather_used(place, used)
    else:
        used += place.operands
        for owned in place.blocks:
            _gather_used(owned, used)
    return Counter(used)


def _gather_used(block: Block, found: list[Value]) -> None:
    for op in block.ops:
        found += op.operands
        if op.blocks:
            for owned in op.blocks:
                _gather_used(owned, found)
    found += block.yields


def users(block: Block) -> dict[Value, list[Op | Block]]:
    """What uses each value in a block and below: operations, and blocks that yield it; twice what does so twice."""
    found: dict[Value, list[Op | Block]] = defaultdict(list)
    _gather_users(block, found)
    return found


def _gather_users(block: Block, found: dict[Value, list[Op | Block]]) -> None:
    for op in block.ops:
        for value in op.operands:
            found[value].append(op)
        for owned in op.blocks:
            _gather_users(owned, found)
    for value in block.yields:
        found[value].append(block)
