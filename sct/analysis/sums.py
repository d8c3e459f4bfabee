"""Sums over generators that are of arrays: Python begins them with the number 0, so that no rank is known of them.

Before: ``%s = for … (%0 = 0) { yield add %0, %a }; %m = outer %s, %p``, of which the adjoint asks for the ranks.
After: the sum is known, and the function is lowered again, with an assertion behind it that there was an array.
"""

from __future__ import annotations

from sct.errors import Span
from sct.ir.nodes import Function, Loop, Op, Value
from sct.rules.table import Unsupported, lookup


def sums_of_arrays(fn: Function, is_refused: bool = False) -> frozenset[Span]:
    """The places of the sums of unknown rank, if the derivative of an operation needs one.

    What is refused may need one, too, where it asks for the kind of what was computed from a sum.
    """
    makers = {result: op for op in fn.body.walk() for result in op.results}
    found = set[Span]()
    for op in fn.body.walk():
        for init, result in zip(op.inits, op.results, strict=True) if isinstance(op, Loop) else ():
            zero = makers.get(init)
            is_open = result.type.is_array and result.type.shape is None
            if zero is not None and "sum" in zero.attrs and is_open and _is_of_arrays(op, result):
                found.add(zero.attrs["sum"])
    is_needed = found and (is_refused or any(map(_needs_rank, fn.body.walk())))
    return frozenset(found) if is_needed else frozenset()


def _is_of_arrays(loop: Op, total: Value) -> bool:
    """Whether what the turns add to a sum is arrays, and no number for all that is known."""
    adds = [op for block in loop.blocks for op in block.walk() if op.name == "add" and op.result.hint == total.hint]
    return all(value.type.rank for op in adds for value in op.operands[1:])


def _needs_rank(op: Op) -> bool:
    """Whether the operation has no adjoint as long as the rank of an operand is unknown."""
    row, types = lookup(op.name), tuple(value.type for value in op.operands)
    if row is None or not any(type_.is_array and type_.shape is None for type_ in types):
        return False
    try:
        row.infer(types, op.attrs)
        row.bars(types, op.attrs)
    except Unsupported:
        return True
    return False
