"""An adjoint of what was overwritten is cleared once it is used, so that it need not be copied.

Before::

    %g = copy (getitem %b0, %i);  %b1 = store %b0, 0, %i;  %v = mul %c, %g;  %b2 = index_add %b1, %v, %j
    %h = copy (getitem %b2, 0);   %b3 = store %b2, 0, 0;   %b4 = index_add %b3, %h, 1

After::

    %g = getitem %b0, %i;  %v = mul %c, %g;  %b1 = store %b0, 0, %i;  %b2 = index_add %b1, %v, %j
    %b3 = index_add %b2, (getitem %b2, 0), 1;  %b4 = store %b3, 0, 0

What is written here in one statement stays in it, and none passes what restores an array of the primal.  Whether a view
that is used so may really be one is for ``transform.ownership`` to say, which copies it again if not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import takewhile

from sct.analysis.liveness import use_counts
from sct.analysis.shown import shown_by
from sct.ir.nodes import Block, Function, Op, Value
from sct.ir.operations import UNDOES, is_zero
from sct.transform.places import alike, apart

_CHANGES = frozenset({"store", "index_add", "accumulate"})


def clear_late(fn: Function, derived: Sequence[Op]) -> None:
    """Let what the operations ``derived`` of ``fn``, and what they own, clear be cleared late."""
    inside = set(Block(ops=list(derived)).walk())
    count = use_counts(fn.body)
    made = {result: op for op in fn.body.walk() for result in op.results}
    for block in [fn.body, *(owned for op in inside for owned in op.blocks)]:
        for op in list(block.ops):
            if op in inside and op.name == "copy" and (view := made.get(op.operands[0])) in block.ops:
                if view is not None and view.name == "getitem" and view in inside and count[view.result] == 1:
                    _Copy(op, view, block, made, count).drop()


class _Copy:
    """A copy of a part of an adjoint, in the block that it is made in."""

    def __init__(self, op: Op, view: Op, block: Block, made: dict[Value, Op], count: Counter[Value]) -> None:
        self.op = op
        self.view = view
        self.block = block
        self.made = made
        self.count = count

    def drop(self) -> None:
        """Use the view itself, if what changes its array can wait."""
        if any(index.type.is_array for index in self.view.operands[1:]):  # no view: it is a copy already
            self.use_view()
            return
        shown = self.shown()
        ops = self.block.ops
        change = next((op for op in ops if self.changes(op)), None)
        if not shown.isdisjoint(self.block.yields):
            return
        if change is None:  # nothing is needed of the array behind it
            self.use_view()
            return
        reader = next((op for op in reversed(ops) if op is not self.op and _names(op, shown)), self.view)
        place = ops.index(change)
        before = [
            (op, op.operands[:], op.results[:]) for op in takewhile(lambda op: op.stmt is change.stmt, ops[place:])
        ]
        if self.is_clear(change):
            self.wait(change)
        if ops.index(reader) < ops.index(change):
            self.use_view()
            return
        ops[place : place + len(before)] = [op for op, *_ in before]
        for op, operands, results in before:
            op.operands, op.results = operands, results
            self.made.update(dict.fromkeys(results, op))

    def use_view(self) -> None:
        self.view.results = self.op.results
        self.made[self.op.result] = self.view
        self.block.ops.remove(self.op)

    def shown(self) -> set[Value]:
        """The copy, and what would show the same memory were it none."""
        found = {self.op.result}
        for op in self.block.ops:
            if not op.blocks and not found.isdisjoint(op.operands) and not found.isdisjoint(shown_by(op)):
                found.update(op.results)
        return found

    def changes(self, op: Op) -> bool:
        return op.name in _CHANGES and op.operands[0] is self.view.operands[0]

    def is_clear(self, op: Op) -> bool:
        """Whether an operation clears just what is copied."""
        zero = op.name == "store" and is_zero(self.made.get(op.operands[1]))
        return zero and alike(op.operands[2:], self.view.operands[1:], self.made)

    def wait(self, clear: Op) -> None:
        """Let the clearing wait as long as nothing needs it, updates of other elements included."""
        ops = self.block.ops
        place = ops.index(clear)
        for k in range(place + 1, len(ops)):
            op = ops[k]
            if op.stmt is not clear.stmt or op.name in UNDOES or op.blocks:
                break
            if _names(op, {clear.result}) and not self.exchange(clear, op):
                break
            ops[k - 1], ops[k] = op, clear

    def exchange(self, clear: Op, update: Op) -> bool:
        """Let an update of what is cleared come before the clearing, if it is one of other elements."""
        after = clear.result
        only = update.name == "index_add" and update.operands[0] is after and self.count[after] == 1
        if not only or not apart(clear.operands[2:], update.operands[2:], self.made):
            return False
        update.operands[0], clear.operands[0] = clear.operands[0], after
        update.results, clear.results = clear.results, update.results
        self.made.update({update.result: update, clear.result: clear})
        return True


def _names(op: Op, values: set[Value]) -> bool:
    """Whether an operation, or one in it, uses one of some values."""
    if not op.blocks:
        return not values.isdisjoint(op.operands)
    return any(
        not values.isdisjoint(inner.operands) or any(not values.isdisjoint(owned.yields) for owned in inner.blocks)
        for inner in op.walk()
    )
