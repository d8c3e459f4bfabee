"""A mask within a mask is a mask of both conditions.

Before: ``%1 = where (gt %x, 0.0), %g, 0; %x_bar = where (lt %x, 1.0), %1, 0``.
After: ``%2 = and (lt %x, 1.0), (gt %x, 0.0); %x_bar = where %2, %g, 0``.
"""

from __future__ import annotations

from sct.analysis.liveness import use_counts
from sct.ir.nodes import Block, If, Op, Value
from sct.ir.operations import is_zero
from sct.transform.masks import COMPARISONS
from sct.transform.unused import drop_unused

_LESS = frozenset({"lt", "le"})
_MASKS = COMPARISONS | {"where"}


def join_masks(block: Block) -> None:
    """Join the masks of numbers in a block, but not in what its operations own."""
    makers = {result: op for op in block.ops for result in op.results}
    count = use_counts(block)
    joined: dict[tuple[Value, Value], Value] = {}
    ops: list[Op] = []
    for op in block.ops:
        inner = makers.get(op.operands[1]) if _is_mask(op, makers) else None
        while inner is not None and _is_mask(inner, makers) and count[inner.result] == 1:
            outer, test = op.operands[0], makers.get(inner.operands[0])
            if test is None or test.name not in COMPARISONS:
                break
            if (outer, test.result) not in joined:
                both = _both(outer, makers.get(outer), test, op)
                joined[outer, test.result] = both.results[0]
                makers[both.results[0]] = both
                ops.append(both)
            op.operands = [joined[outer, test.result], inner.operands[1], op.operands[2]]
            inner = makers.get(op.operands[1])
        ops.append(op)
    block.ops = ops
    if joined:  # the masks stand in others now
        drop_unused(block, lambda op: op.name in _MASKS and op.origin is not None)


def _is_mask(op: Op, makers: dict[Value, Op]) -> bool:
    if op.name != "where" or not op.result.type.is_scalar:
        return False
    return is_zero(makers.get(op.operands[2]))


def _both(outer: Value, first: Op | None, test: Op, like: Op) -> If:
    """``outer and test``, with the test within it, so that it is written there."""
    again = Op(
        test.name, test.operands, [Value(test.result.type)], test.attrs, test.span, test.stmt, origin=test.origin
    )
    chained = first is not None and {first.name, test.name} <= _LESS and first.operands[1] is test.operands[0]
    then, orelse = Block([], [again], [again.result]), Block([], [], [outer])
    attrs = {"form": "and", "chained": chained}
    return If("if", [outer], [Value(outer.type)], attrs, like.span, like.stmt, then, orelse, origin=like.origin)
