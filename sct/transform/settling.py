"""What a statement writes into an array stands before the tangents that read it, so that they read it there.

Before::

    %r = div %a, %d;  %r_dot = … %r …;  %A_dot1 = store %A_dot, %r_dot, %i;  %A1 = store %A, %r, %i

After::

    %r = div %a, %d;  %A1 = store %A, %r, %i;  %s = getitem %A1, %i;  %r_dot = … %s …;  %A_dot1 = store …

The author's ``A[i] /= d`` stays as it is written then, and ``%r`` needs no variable.  That is so where what the
tangents read of the array besides is not what the statement writes.
"""

from __future__ import annotations

from collections.abc import Set

from sct.analysis.liveness import users
from sct.analysis.settled import Settled
from sct.analysis.sharing import Sharing
from sct.ir.indices import is_whole
from sct.ir.nodes import Block, Function, Op, Value
from sct.ir.operations import WRITES
from sct.transform.readback import read_of


def write_first(fn: Function, derived: Set[Op]) -> None:
    """Put the author's stores before those of the operations ``derived`` that use what they store."""
    mover = _Mover(fn, derived)
    for block in fn.body.blocks():
        for op in list(block.ops):
            if op.name == "store" and op not in derived and not op.attrs.get("adds"):
                mover.move(block, op)


class _Mover:
    def __init__(self, fn: Function, derived: Set[Op]) -> None:
        self.derived = derived
        self.made = {result: op for op in fn.body.walk() for result in op.results}
        self.users = users(fn.body)
        self.settled = Settled(fn.body)
        self.sharing = Sharing(fn)

    def move(self, block: Block, store: Op) -> None:
        value = store.operands[1]
        place, maker = block.ops.index(store), self.made.get(value)
        tangents = [op for op in block.ops[:place] if op in self.derived and op.stmt is store.stmt]
        others = [user for user in self.users[value] if user is not store]
        is_own = maker in block.ops[:place] and maker not in self.derived and value.hint is None
        if not is_own or not others or not set(others) <= set(tangents) or any(op.blocks for op in tangents):
            return
        rest = [op for op in block.ops[:place] if op not in tangents]
        passed = [op for op in block.ops[block.ops.index(tangents[0]) : place] if op in rest]
        if any(op.blocks or op.name in WRITES or "summary" in op.attrs for op in passed):
            return  # a call or a branch in the statement, which may use tangents, and write into arrays
        fills = value.type.shape == store.result.type.shape is not None  # else it is repeated
        read = None if is_whole(store.operands[2:]) else read_of(store)
        if read is None and not (fills and is_whole(store.operands[2:])):
            return
        known = {value: store.result if read is None else read.result}
        reads = [] if read is None else [read]
        for operand in {operand: None for op in tangents for operand in op.operands}:
            if operand in known or self.made.get(operand) in tangents:
                continue
            again = self.read_later(operand, store)
            if again is not None:
                known[operand] = again.result
                reads.append(again)
            elif self.is_spoilt(operand, store):
                return
        for op in tangents:
            op.operands = [known.get(operand, operand) for operand in op.operands]
        block.ops[: place + 1] = [*rest, store, *reads, *tangents]

    def read_later(self, value: Value, store: Op) -> Op | None:
        """A read, behind a store, of what lies apart from what that writes; none of a part that has a variable."""
        op = self.made.get(value)
        if op is None or not self.lies_apart(value, store) or value.hint is not None:
            return None
        if not value.type.is_scalar and not set(self.users[value]) <= self.derived:
            return None
        return Op(
            "getitem", [store.result, *op.operands[1:]], [Value(value.type, temp=value.temp)], {}, op.span, op.stmt
        )

    def lies_apart(self, value: Value, store: Op) -> bool:
        """Whether a value is a part of the array that is not written."""
        op = self.made.get(value)
        is_part = op is not None and op.name == "getitem" and op.operands[0] is store.operands[0]
        return is_part and op is not None and not self.settled.meets_at_once(op, store)

    def is_spoilt(self, value: Value, store: Op) -> bool:
        """Whether a value shows what is written, or is an expression that reads it, and had to be computed before."""
        if not value.type.is_scalar:
            return self.sharing(value, store.operands[0]) and not self.lies_apart(value, store)
        op = self.made.get(value)
        if value.hint is not None or op is None or op.blocks:
            return False
        return any(self.is_spoilt(operand, store) for operand in op.operands)
