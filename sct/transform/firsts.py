"""What is zero still is set, and not added to.

Before::

    %z = zeros_like %a;  %z1 = index_add %z, %u, 0
    %y = zeros_like %x;  for %i (%y0 = %y) { %y1 = index_add %y0, %u, %i;  %y2 = index_add %y1, %v, %i;  yield %y2 }

After::

    %z = zeros_like %a;  %z1 = store %z, %u, 0
    %y = zeros_like %x;  for %i (%y0 = %y) { %y1 = store %y0, %u, %i;  %y2 = index_add %y1, %v, %i;  yield %y2 }

A loop whose turns have each a row, or an element, of their own finds zeros there in each turn, if nothing was added to
the array before the loop.
"""

from __future__ import annotations

from collections.abc import Sequence

from sct.ir.nodes import Block, For, Function, Op, Value
from sct.transform.counters import is_counted
from sct.transform.places import alike, apart
from sct.transform.updates import Updates, adds_to_parts


def set_first(fn: Function, derived: Sequence[Op], parts: bool = True) -> bool:
    """Let an update of zeros that none before it has touched be a write.

    One of ``parts`` as well, or only if it is the one update of a part: of a stencil, the updates that only add can be
    gathered.  Returns whether there were any.
    """
    inside = set(Block(ops=list(derived)).walk())
    if not adds_to_parts(inside):
        return False
    firsts = _Firsts(fn, inside)
    for block in fn.body.blocks():
        for op in block.ops:
            if firsts.is_update(op) and op.name == "index_add":
                others = [] if parts else [*firsts.chain(op.operands[0], block), *firsts.following(op, block)]
                if not _has_slices(op) or not any(map(_has_slices, others)):
                    firsts.set_first(op, block)
    return firsts.changed


def _has_slices(op: Op) -> bool:
    return any(index.type.kind != "int" for index in op.operands[2:])


class _Firsts(Updates):
    def __init__(self, fn: Function, derived: set[Op]) -> None:
        super().__init__(fn, derived)
        self.loops = {op.body: op for op in self.derived if isinstance(op, For)}
        self.home = {op: block for block in fn.body.blocks() for op in block.ops}

    def set_first(self, op: Op, block: Block) -> None:
        earlier = self.chain(op.operands[0], block)
        start = earlier[0].operands[0] if earlier else op.operands[0]
        if self.is_blank(start) or (self.is_blank_in_each_turn(start, block) and not self.is_named(op, block)):
            if all(apart(update.operands[2:], op.operands[2:], self.made) for update in earlier):
                op.name, op.attrs["first"] = "store", True
                self.changed = True

    def is_named(self, op: Op, block: Block) -> bool:
        """Whether what is updated is a part that ``transform.views`` names, as it is updated three times."""
        if sum(index.type.kind == "int" for index in op.operands[2:]) == op.operands[0].type.rank:
            return False
        return sum(alike(other.operands[2:], op.operands[2:], self.made) for other in self.following(op, block)) > 1

    def following(self, op: Op, block: Block) -> list[Op]:
        """The updates of the same array in the rest of the block, the next one first."""
        found, value = list[Op](), op.result
        for other in block.ops[block.ops.index(op) + 1 :]:
            if self.is_update(other) and other.operands[0] is value:
                found.append(other)
                value = other.result
        return found

    def is_blank_in_each_turn(self, start: Value, block: Block) -> bool:
        """Whether each turn of a loop, and of those around it, finds zeros where it updates what it starts with."""
        loop = self.loops.get(block)
        if loop is None or start not in loop.carried:
            return False
        k = loop.carried.index(start)
        updates = self.chain(loop.nexts[k], block)
        if not updates or updates[0].operands[0] is not start:
            return False
        while self.has_own_place(loop, updates):
            init, outer = loop.inits[k], self.loops.get(self.home[loop])
            if self.is_blank(init):
                return True
            if outer is None or init not in outer.carried or self.count[init] != 1:
                return False
            j = outer.carried.index(init)
            if outer.nexts[j] is not loop.results[k] or self.count[loop.results[k]] != 1:
                return False
            loop, k = outer, j
        return False

    def has_own_place(self, loop: For, updates: Sequence[Op]) -> bool:
        """Whether the counter alone tells along some axis which elements a turn updates, in all ``updates``."""
        places = [update.operands[2:] for update in updates]
        for indices in zip(*places, strict=False):
            kinds = {index.type.kind for index in indices}
            if kinds == {"int"} and all(alike(indices[:1], [index], self.made) for index in indices):
                if is_counted(indices[0], loop.origin, self.made):  # whose counter the reverse turn has, too
                    return True
            if not kinds <= {"int", "slice"}:
                return False
        return False
