"""Updates of an adjoint in one place are brought together.

Before::

    %b1 = store %b0, 0, %i;  %b2 = index_add %b1, %u, %j;  %b3 = index_add %b2, %v, %i
    %z1 = index_add (zeros_like %a), %u, %i;  %a_bar2 = accumulate %a_bar, %z1
    %z1 = index_add (zeros_like %a), %u, %i;  %p = mul %c, %g;  %a_bar = accumulate %z1, %p

After::

    %b1 = store %b0, %v, %i;  %b3 = index_add %b1, %u, %j
    %a_bar2 = index_add %a_bar, %u, %i
    %p = mul %c, %g;  %a_bar = index_add %p, %u, %i

Sums commute: an update may wait for a later one of the same adjoint, if nothing reads the adjoint in between.  None
passes what restores an array of the primal, which the values of the updates may still have to be computed from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sct.analysis.liveness import use_counts
from sct.ir.indices import repeats
from sct.ir.nodes import Block, Function, Op, Value
from sct.ir.operations import UNDOES, is_zero
from sct.rules.table import lookup
from sct.transform.build import Builder
from sct.transform.combining import combined
from sct.transform.places import alike


def gather_updates(fn: Function, derived: Sequence[Op], places: bool = True) -> bool:
    """Bring together the updates among the operations ``derived`` of ``fn``, and in what they own.

    Those of one place only if ``places`` says so.  Returns whether there were any to bring together.
    """
    inside = set(Block(ops=list(derived)).walk())
    if not adds_to_parts(inside):
        return False
    updates = Updates(fn, inside)
    updates.gather(fn.body, places)
    return updates.changed


def adds_to_parts(derived: Iterable[Op]) -> bool:
    """Whether one of the operations adds to a part of an adjoint."""
    return any(op.name == "index_add" for op in derived)


class Updates:
    """The updates among the operations ``derived`` of ``fn``."""

    def __init__(self, fn: Function, derived: set[Op]) -> None:
        self.derived = derived
        self.changed = False
        self.count = use_counts(fn.body)
        self.made = {result: op for op in fn.body.walk() for result in op.results}
        self.home = {op: block for block in fn.body.blocks() for op in block.ops}

    def gather(self, block: Block, places: bool) -> None:
        for op in block.ops:
            for owned in op.blocks:
                self.gather(owned, places)
        for op in list(block.ops):
            if op.name == "accumulate" and op in self.derived:
                self.rebase(op, block)
        for op in list(block.ops) if places else []:
            if self.is_update(op) and op.name == "index_add":
                self.merge(op, block)

    def is_update(self, op: Op) -> bool:
        """Whether an operation changes elements of an adjoint, each once."""
        if op not in self.derived or op.name not in ("index_add", "store"):
            return False
        return op.operands[0].type.is_array and (bool(op.attrs.get("distinct")) or not repeats(op.operands[2:]))

    def is_blank(self, value: Value) -> bool:
        """Whether a value is zeros that nothing else shows."""
        op = self.made.get(value)
        return op is not None and op in self.derived and op.name == "zeros_like" and self.count[value] == 1

    def chain(self, value: Value, block: Block) -> list[Op]:
        """The updates, the first one first, that made a value; what they start from and hand on has no other use."""
        found: list[Op] = []
        while self.count[value] == 1 and (op := self.made.get(value)) is not None and self.is_update(op):
            if self.home[op] is not block:
                break
            found.append(op)
            value = op.operands[0]
        return found[::-1]

    # zeros that are updated and added to an adjoint: the adjoint is updated

    def rebase(self, op: Op, block: Block) -> None:
        """Let what is added to zeros, and these to something, be added to that at once."""
        before, added = op.operands
        updates = self.of_zeros(added, before, block)
        if updates and (before in block.args or self.is_made(before, block.ops[: block.ops.index(updates[0])])):
            self.begin_with(before, updates, op, block)
            return
        updates = self.of_zeros(before, added, block)
        if updates and self.count[added] == 1 and self.is_new(added, block):
            first = block.ops.index(updates[0])
            if not self.is_made(added, block.ops[:first]):
                if any(other.name in UNDOES or other.blocks for other in block.ops[first : block.ops.index(op)]):
                    return
                block.ops[:] = [other for other in block.ops if other not in updates]
                place = block.ops.index(op)
                block.ops[place:place] = updates
            self.begin_with(added, updates, op, block)

    def of_zeros(self, value: Value, other: Value, block: Block) -> list[Op]:
        """The updates that made a value, if they only add to zeros that have the shape of another one."""
        updates = self.chain(value, block)
        if not updates or not self.is_blank(start := updates[0].operands[0]):
            return []
        adds = all(update.name == "index_add" for update in updates)
        return updates if adds and other.type.shape is not None and other.type.shape == start.type.shape else []

    def is_made(self, value: Value, ops: Sequence[Op]) -> bool:
        return self.made.get(value) in ops

    def is_new(self, value: Value, block: Block) -> bool:
        """Whether an elementwise operation of the block makes an array that nothing else shows."""
        op = self.made.get(value)
        row = None if op is None or op not in block.ops or op not in self.derived else lookup(op.name)
        return row is not None and row.elementwise

    def begin_with(self, start: Value, updates: Sequence[Op], op: Op, block: Block) -> None:
        """Let ``start`` be updated, and be what ``op`` made."""
        self.changed = True
        for update in updates:
            update.result.hint, update.result.temp = op.result.hint, op.result.temp
        updates[0].operands[0] = start
        updates[-1].results = op.results
        self.made[op.result] = updates[-1]
        block.ops.remove(op)

    # updates of one place

    def merge(self, op: Op, block: Block) -> None:
        """Let an update take in an earlier one of the same place."""
        chain = self.chain(op.operands[0], block)
        for k, earlier in reversed(list(enumerate(chain))):
            if earlier.stmt is not op.stmt:
                return
            if alike(earlier.operands[2:], op.operands[2:], self.made):
                if not self.is_parted(earlier, op, block):
                    self.take_in(earlier, chain[k + 1 :], op, block)
                return
            if earlier.name == "store":
                return

    def is_parted(self, earlier: Op, op: Op, block: Block) -> bool:
        between = block.ops[block.ops.index(earlier) : block.ops.index(op)]
        return any(other.name in UNDOES or other.blocks for other in between)

    def take_in(self, earlier: Op, between: list[Op], op: Op, block: Block) -> None:
        build = Builder.instead_of(op, op.attrs.get("lib"))
        value = op.operands[1]
        if earlier.name == "index_add" or not is_zero(self.made.get(earlier.operands[1])):
            alone = self.is_alone(earlier.operands[1]) and self.is_alone(value)
            found = combined(earlier.operands[1], value, self.made, build, alone)
            if found is None:
                return
            value = found
        self.changed = True
        self.derived.update(build.block.ops)
        self.made.update({made.result: made for made in build.block.ops})
        self.count.update(operand for made in build.block.ops for operand in made.operands)
        op.name, op.operands = earlier.name, [earlier.operands[0], value, *op.operands[2:]]
        moved = [op, *between]
        results = [other.results for other in [*between, op]]
        for other in [earlier, *between]:
            block.ops.remove(other)
        position = block.ops.index(op)
        block.ops[position : position + 1] = [*build.block.ops, *moved]
        for k, other in enumerate(moved):
            other.results = results[k]
            self.made[other.result] = other
            if k:
                other.operands[0] = moved[k - 1].result

    def is_alone(self, value: Value) -> bool:
        """Whether nothing else uses a value, or what it is the negative of."""
        op = self.made.get(value)
        within = op is not None and op.name == "neg" and op in self.derived
        return self.count[value] == 1 and (not within or op is None or self.is_alone(op.operands[0]))
