"""An element that is read twice, with nothing written in between, is one number.

Before: ``%1 = getitem %p, %i; %2 = mul %1, %x; …; %3 = getitem %p, %i; %y_bar = mul %3, %g``.
After: ``%1 = getitem %p, %i; %2 = mul %1, %x; …; %y_bar = mul %1, %g``, so that one of them is saved, not both.

It is done before residuals are chosen, and for what a derivative uses: what the author wrote twice is written twice in
the end (see `backend.fold`).
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Hashable

from sct.analysis.numbering import written_by
from sct.analysis.sharing import Sharing
from sct.ir.instead import Instead
from sct.ir.nodes import Block, Function, Op, Value

Known = ChainMap[Hashable, Value]


def share_reads(fn: Function, boundary: int = 0) -> int:
    """Let the author's equal reads of elements be one; returns where the reverse sweep begins then."""
    if not any(map(_is_element, fn.body.walk())):
        return boundary
    reader, forward = _Reader(fn), set(fn.body.ops[:boundary])
    reader.block(fn.body, Known())
    reader.instead.drop(fn.body)
    return sum(op in forward for op in fn.body.ops)


class _Reader:
    def __init__(self, fn: Function) -> None:
        self.made = {result: op for op in fn.body.walk() for result in op.results}
        self.sharing = Sharing(fn)
        self.instead = Instead()

    def block(self, block: Block, known: Known) -> None:
        for op in block.ops:
            if op.blocks:
                self.forget(op, known)  # also for the later turns of a loop
            for owned in op.blocks:
                self.block(owned, known.new_child())
            if not op.blocks:
                self.forget(op, known)
            if _is_element(op):
                first = known.setdefault(self.key(op), op.result)
                if first is not op.result:
                    self.instead[op.result] = first

    def key(self, op: Op) -> Hashable:
        return op.operands[0], *map(self.number, op.operands[1:])

    def number(self, index: Value) -> Hashable:
        """An index, or what makes it, if that is ``i - 1`` or the like."""
        op = self.made.get(index)
        if op is not None and op.name == "const":
            return repr(op.attrs["value"])
        if op is not None and op.name in ("add", "sub") and index.hint is None:
            return op.name, *map(self.number, op.operands)
        return index

    def forget(self, op: Op, known: Known) -> None:
        """Forget the elements of what an operation writes into."""
        written = [value for inner in op.walk() for value in written_by(inner)] if any(known.maps) else []
        for scope in known.maps if written else ():
            for key, value in list(scope.items()):
                if any(self.sharing(self.made[value].operands[0], other) for other in written):
                    del scope[key]


def _is_element(op: Op) -> bool:
    """Whether the author reads a number of an array, and gives it no name."""
    is_own = op.name == "getitem" and op.origin is None and op.result.hint is None
    return is_own and op.operands[0].type.is_array and op.result.type.kind == "float"
