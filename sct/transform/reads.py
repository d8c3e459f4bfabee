"""An element that is read twice, with nothing written in between, is one number.

Before: ``%1 = getitem %p, %i; %2 = mul %1, %x; …; %3 = getitem %p, %i; %y_bar = mul %3, %g``.
After: ``%1 = getitem %p, %i; %2 = mul %1, %x; …; %y_bar = mul %1, %g``, so that one of them is saved, not both.

It is done before residuals are chosen, and for what a derivative uses: what the author wrote twice is written twice in
the end (see `backend.fold`).
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Hashable, Mapping, Set

from sct.analysis.liveness import use_counts
from sct.analysis.numbering import unwritten, written_by
from sct.analysis.sharing import Sharing
from sct.ir.instead import Instead
from sct.ir.nodes import Block, Function, Op, Value

Known = ChainMap[Hashable, Value]
BASIC = frozenset({"int", "slice", "none", "ellipsis"})
"""The kinds of the indices that make a view."""


def share_views(fn: Function, derived: Set[Op]) -> None:
    """Let the author's equal views in a statement be one, where its tangents, ``derived``, are made of all of them."""
    made = {result: op for op in fn.body.walk() for result in op.results}
    used = {value for op in derived for value in op.operands}
    instead = Instead()
    for block in fn.body.blocks():
        known: dict[Hashable, Value] = {}
        for op in block.ops:
            if is_view(op) and op not in derived and op.result.hint is None and op.result in used:
                path = (index_key(index, made) for index in op.operands[1:])
                first = known.setdefault((op.stmt, op.operands[0], *path), op.result)
                if first is not op.result:
                    instead[op.result] = first
    instead.drop(fn.body)


def read_again(fn: Function, boundary: int) -> None:
    """Let the reverse sweep read views itself that stand in the author's statements, and nothing writes into.

    The author's ``y = k * x[:, 0]`` stays as it is then, and a view costs next to nothing.
    """
    forward, reverse = fn.body.ops[:boundary], fn.body.ops[boundary:]
    made = [op for op in forward if is_view(op) and op.origin is None and op.result.hint is None]
    steady = unwritten(fn, [op.operands[0] for op in made])
    views = {op.result: op for op in made if op.operands[0] in steady}
    inner = {value for op in reverse if op.blocks for value in use_counts(Block(ops=[op]))}
    again: dict[Hashable, Value] = {}
    ops: list[Op] = []
    for op in reverse:
        for value in op.operands:
            view = views.get(value)
            if view is not None and value not in inner and (value, op.stmt) not in again:
                copy = Op("getitem", view.operands, [Value(value.type, temp=value.temp)], view.attrs, op.span, op.stmt)
                copy.origin = op.origin
                again[value, op.stmt] = copy.result
                ops.append(copy)
        op.operands = [again.get((value, op.stmt), value) for value in op.operands]
        ops.append(op)
    fn.body.ops = [*forward, *ops]


def is_view(op: Op) -> bool:
    """Whether an operation shows a part of an array."""
    is_read = op.name == "getitem" and op.operands[0].type.is_array and op.result.type.is_array
    return is_read and all(index.type.kind in BASIC for index in op.operands[1:])


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
        return op.operands[0], *(index_key(index, self.made) for index in op.operands[1:])

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


def index_key(index: Value, made: Mapping[Value, Op]) -> Hashable:
    """An index, or what makes it, if that is ``i - 1``, a slice or the like."""
    op = made.get(index)
    if op is not None and op.name == "const":
        return repr(op.attrs["value"])
    if op is not None and op.name in ("add", "sub", "neg", "slice") and index.hint is None:
        return op.name, *(index_key(operand, made) for operand in op.operands)
    return index
