"""What was stored in a loop is read back from there, where it is settled.

Before: ``for %k { %s = sqrt %n; %R2 = store %R1, %s, %k }``, and the reverse sweep names ``%s``.
After: the reverse sweep names ``%r = getitem %R2, %k``, so that nothing is saved or computed again for ``%s``.

The reads are put behind the stores for the analyses to see, and taken out of the forward sweep again.
"""

from __future__ import annotations

from collections.abc import Container

from sct.ir.indices import repeats
from sct.ir.nodes import Block, Op, Value
from sct.rules.shapes import infer_getitem


def add_reads(ops: list[Op]) -> dict[Op, Value]:
    """Read each element behind its store in a loop; the reads, and what was stored there."""
    reads: dict[Op, Value] = {}
    for op in ops:
        for block in op.blocks:
            _add(block, op.name in ("for", "while"), reads)
    return reads


def _add(block: Block, in_loop: bool, reads: dict[Op, Value]) -> None:
    made = {result for op in block.ops for result in op.results}
    for op in list(block.ops):
        for owned in op.blocks:
            _add(owned, in_loop or op.name in ("for", "while"), reads)
        read = read_of(op) if op.name == "store" and in_loop and op.operands[1] in made else None
        if read is not None:
            block.ops.insert(block.ops.index(op) + 1, read)
            reads[read] = op.operands[1]


def read_of(store: Op) -> Op | None:
    """A read of what a store has written, if that is it."""
    _, value, *path = store.operands
    if repeats(path):
        return None
    type_ = infer_getitem(tuple(v.type for v in (store.result, *path)))
    if not ((type_.is_scalar and value.type.kind == "float") or type_.shape == value.type.shape is not None):
        return None
    result = Value(value.type, value.hint, value.temp)
    return Op("getitem", [store.result, *path], [result], {}, store.span, store.stmt)


def drop(block: Block, reads: Container[Op]) -> None:
    """Take the reads out of a block, and those that it owns."""
    block.ops[:] = [op for op in block.ops if op not in reads]
    for op in block.ops:
        for owned in op.blocks:
            drop(owned, reads)
