"""What is made of a sum waits for what is added to an array over the elements of the sum, so that one nest can do both.

Before: ``%s = sum %d axis=0; %n = neg %s; %x1 = index_add %x0, %n, %i; %x2 = index_add %x1, %d, (slice %k, None)``.
After: ``%s = sum %d axis=0; %x1 = index_add %x0, %d, (slice %k, None); %n = neg %s; %x2 = index_add %x1, %n, %i``.
"""

from __future__ import annotations

from collections.abc import Sequence

from sct.ir.nodes import Op
from sct.transform.fusing.groups import is_pointwise, is_total, shape_of


def additions_first(ops: Sequence[Op]) -> list[Op]:
    """The operations of a block, with such additions before what is made of sums along an axis."""
    found = list(ops)
    for op in ops:
        if is_total(op) and op.result.type.is_array:
            start = found.index(op) + 1
            found[start:] = _behind(found[start:], op)
    return found


def _behind(ops: Sequence[Op], total: Op) -> list[Op]:
    """What follows a sum, in that order."""
    first, late = list[Op](), list[Op]()
    made = {total.result}
    for k, op in enumerate(ops):
        needs = made.intersection(op.operands)
        before = late[-1] if late and late[-1].name == op.name == "index_add" else None
        if before is not None and needs == {before.result} == {op.operands[0]} and shape_of(op) == shape_of(total):
            op.operands[0], before.operands[0] = before.operands[0], before.result
            op.results, before.results = before.results, op.results
            made = made - {before.operands[0]} | {before.result}
            first.append(op)
        elif needs and (is_pointwise(op) or (op.name == "index_add" and op.operands[0] not in needs)):
            late.append(op)
            made.update(op.results)
        elif needs or not _only_indexes(op):
            return [*first, *late, *ops[k:]]
        else:
            first.append(op)
    return [*first, *late]


def _only_indexes(op: Op) -> bool:
    return op.name in ("const", "slice", "add", "sub") and not any(value.type.is_array for value in op.results)
