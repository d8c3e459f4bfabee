"""A loop or a branch of the reverse sweep that has nothing to do is left out, and what its bounds took.

Before: ``%m = sub %n, 1; for %i in (%m, -1, -1) {}``: it runs a loop backwards whose writes nothing needs undone.
After: nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sct.ir.nodes import Block, For, If, Op, Value

_BOUNDS = frozenset({"const", "add", "sub", "mul", "floordiv", "neg", "len", "shape", "size", "getitem"})
_PLACES = _BOUNDS | {"slice", "step"}
"""What tells where something is written back: where nothing is, it does nothing."""


def without_idle(ops: Sequence[Op], yields: Sequence[Value]) -> list[Op]:
    """The operations of a reverse block, without those that do nothing."""
    for op in ops:
        for block in op.blocks:
            block.ops = without_idle(block.ops, block.yields)
    kept = [op for op in ops if not _is_idle(op)]
    gone = [op for op in ops if _is_idle(op)]
    if not gone:
        return kept
    bounds = _made_for(gone, ops)
    used = Counter([*yields, *(value for op in Block(ops=kept).walk() for value in op.operands)])
    used += Counter(value for op in Block(ops=kept).walk() for block in op.blocks for value in block.yields)
    found: list[Op] = []
    for op in reversed(kept):
        if op in bounds and not used[op.result]:
            used.subtract(op.operands)
        else:
            found.append(op)
    return found[::-1]


def _is_idle(op: Op) -> bool:
    within = (inner.name for block in op.blocks for inner in block.ops)
    return isinstance(op, For | If) and not op.results and _PLACES.issuperset(within)


def _made_for(gone: Sequence[Op], ops: Sequence[Op]) -> set[Op]:
    """What computes the bounds of the loops that are gone."""
    wanted: set[Value] = {value for op in gone for value in op.operands}
    found = set()
    for op in reversed(ops):
        if op.name in _BOUNDS and not wanted.isdisjoint(op.results):
            found.add(op)
            wanted.update(op.operands)
    return found
