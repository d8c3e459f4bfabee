"""Sums along an axis are added up with what makes their terms, so that one nest can do both.

Before: ``%a1 = accumulate %a, %u; %b1 = accumulate %b, %v; %s = sum %a1 axis=0; %n = neg %s; %t = sum %b1 axis=0``.
After: ``%a1 = accumulate %a, %u; %b1 = accumulate %b, %v; %s = sum %a1 axis=0; %t = sum %b1 axis=0; %n = neg %s``.
"""

from __future__ import annotations

from collections.abc import Sequence

from sct.ir.nodes import Op
from sct.transform.fusing.groups import is_pointwise, is_total, is_write, shape_of


def sums_early(ops: Sequence[Op]) -> list[Op]:
    """The operations of a block, with each sum along an axis behind those over the elements that its terms are."""
    found = list(ops)
    makers = {result: op for op in ops for result in op.results}
    for op in ops:
        maker = makers.get(op.operands[0]) if is_total(op) and op.result.type.is_array else None
        if maker is None or not (is_pointwise(maker) or is_write(maker)):
            continue
        here = found.index(op)
        place = found.index(maker) + 1
        while place < here and _goes_along(found[place], op):
            place += 1
        if place < here:
            found.insert(place, found.pop(here))
    return found


def _goes_along(op: Op, total: Op) -> bool:
    """Whether an operation is over the same elements as a sum, or a number's."""
    is_scalar = not op.blocks and all(value.type.is_scalar for value in op.results)
    return is_scalar or shape_of(op) == shape_of(total)
