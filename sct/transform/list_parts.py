"""What a loop adds up for a part of a list is added up in the adjoint of the list.

Before, with ``%part = getitem %Ws, (slice None, -1)``::

    %p = blank %part;  %q = for %i (%p0 = %p) { …; %p1 = index_add %p0, %W_bar, %i; yield %p1 }
    %Ws_bar1 = index_add %Ws_bar, %q, (slice None, -1)

After::

    %Ws_bar1 = for %i (%p0 = %Ws_bar) { …; %p1 = index_add %p0, %W_bar, %i; yield %p1 }

It is done for parts that begin where the list does, or at a constant place, and where the loop's counter is the index.
"""

from __future__ import annotations

from collections.abc import Sequence

from sct.analysis.liveness import users
from sct.ir.nodes import Block, For, Function, Op, Value
from sct.transform.build import Builder
from sct.transform.counters import is_counted, number


def add_to_lists(fn: Function, derived: Sequence[Op]) -> None:
    """Let the loops among the operations ``derived``, and what they own, add to the adjoints of lists."""
    inside = set(Block(ops=list(derived)).walk())
    if not any(op.name == "blank" for op in inside):
        return
    merging = _Merging(fn)
    for block in fn.body.blocks():
        for op in list(block.ops):
            if op in inside and op.name == "index_add" and op.operands[0].type.kind == "list":
                merging.merge(op, block)


class _Merging:
    def __init__(self, fn: Function) -> None:
        self.made = {result: op for op in fn.body.walk() for result in op.results}
        self.users = users(fn.body)
        self.home = {op: block for block in fn.body.blocks() for op in block.ops}

    def merge(self, op: Op, block: Block) -> None:
        """Let the loop that adds up what ``op`` adds to a list begin with that list."""
        base, total, *indices = op.operands
        loop, start = self.made.get(total), self.start(indices)
        if start is None or not isinstance(loop, For) or loop not in block.ops or self.users.get(total) != [op]:
            return
        k = loop.results.index(total)
        blank = self.made.get(loop.inits[k])
        if blank is None or blank.name != "blank" or self.users.get(blank.result) != [loop]:
            return
        updates = self.updates(loop.carried[k], loop.nexts[k], loop)
        if not updates or not self.is_made_before(base, loop, block):
            return
        for update in updates if start else ():
            self.move(update, start)
        loop.operands[3 + k], loop.results[k] = base, op.result
        for value in (loop.carried[k], *(update.result for update in updates)):
            value.type, value.hint, value.temp = op.result.type, op.result.hint, op.result.temp
        self.made[op.result] = loop
        self.users[base] = [loop if user is op else user for user in self.users[base]]
        for gone in (op, blank):
            self.home[gone].ops.remove(gone)

    def start(self, indices: Sequence[Value]) -> int | None:
        """Where a part of a list begins; None for what is no part, or begins at a place that is not known."""
        made = self.made.get(indices[0]) if len(indices) == 1 else None
        if made is None or made.name != "slice":
            return None
        begin, _, step = made.operands
        if step.type.kind != "none":
            return None
        place = 0 if begin.type.kind == "none" else number(begin, self.made)
        return place if place is not None and place >= 0 else None

    def updates(self, first: Value, last: Value, loop: For) -> list[Op]:
        """The updates of a turn, each of an item that the counter tells; none if something else uses these."""
        found = list[Op]()
        while first is not last:
            uses = self.users.get(first, [])
            update = uses[0] if len(uses) == 1 else None
            if not isinstance(update, Op) or update.name != "index_add" or update.operands[0] is not first:
                return []
            if len(update.operands) != 3 or not is_counted(update.operands[2], loop.origin, self.made):
                return []
            found.append(update)
            first = update.result
        return found

    def is_made_before(self, base: Value, loop: For, block: Block) -> bool:
        """Whether the list's adjoint is there before the loop; the zeros that it begins with can be put there."""
        made = self.made.get(base)
        if made is None or made not in block.ops:
            return True
        if made.name == "blank" and block.ops.index(made) > block.ops.index(loop):
            block.ops.remove(made)
            block.ops.insert(block.ops.index(loop), made)
        return block.ops.index(made) < block.ops.index(loop)

    def move(self, update: Op, start: int) -> None:
        """Let an update be of the item that is further on in the list."""
        build = Builder.instead_of(update)
        update.operands[2] = build.op("add", update.operands[2], build.const(start))
        ops = self.home[update].ops
        place = ops.index(update)
        ops[place:place] = build.block.ops
