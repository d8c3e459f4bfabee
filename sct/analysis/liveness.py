"""Which values are live where.

A backward walk over the structured SSA (Appel, Modern Compiler Implementation, section 10.1; the structure replaces the
flow graph).  A loop is walked until its live-in set is stable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter

from sct.ir.nodes import OWNED, Block, Function, If, Loop, Op, Value, While

_USED = attrgetter("operands")
Visit = Callable[[Op | Block, Sequence[Value], int], None]


def walk_liveness(fn: Function, number: Mapping[Value, int], visit: Visit) -> None:
    """Call ``visit(place, defined, live)`` for each definition point.

    Sets of values are ints, with the bit ``number[value]`` for each that is in it; a value without a number is in none.
    ``place`` is an operation or, for block arguments, the block; ``defined`` are the values it defines and ``live``
    those that are live right after it, ``defined`` included where they are used.  A point in a loop is visited several
    times, with growing sets.
    """
    _Walk(number, visit).block(fn.body, 0)


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

    def block(self, block: Block, live: int) -> int:
        live |= bits(block.yields, self.number)
        for op in reversed(block.ops):
            self.visit(op, op.results, live)
            live &= ~bits(op.results, self.number)
            live = self.op(op, live) if op.blocks else live
            live |= bits(op.operands, self.number)
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
    if isinstance(place, Op) and not place.blocks:
        return Counter(place.operands)
    ops = list(place.walk())
    used = list(chain.from_iterable(map(_USED, ops)))
    for owned in chain.from_iterable(map(OWNED, ops)):
        used += owned.yields
    return Counter(used + place.yields if isinstance(place, Block) else used)


def uses(block: Block) -> list[tuple[Op | Block, Value]]:
    """Every use of a value in a block and below: the operation, or the block that yields it."""
    found: list[tuple[Op | Block, Value]] = []
    _gather_uses(block, found)
    return found


def _gather_uses(block: Block, found: list[tuple[Op | Block, Value]]) -> None:
    for op in block.ops:
        for value in op.operands:
            found.append((op, value))
        for owned in op.blocks:
            _gather_uses(owned, found)
    found += [(block, value) for value in block.yields]
