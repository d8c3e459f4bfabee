"""An inverse, or what else takes long of a matrix, is not computed again where the forward sweep has it.

Before: ``%P = inv %S; %d = det %S; …``, and in the reverse sweep ``%1 = inv %S; %S_bar = mul %2, (transpose %1)``.
After: ``%S_bar = mul %2, (transpose %P)``.  In a loop ``%P`` is saved then, instead of ``%S``.

It is done before residuals are chosen, and where nothing is written into what the forward sweep has.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Sequence

from sct.analysis.numbering import unwritten
from sct.ir.instead import Instead
from sct.ir.nodes import Block, Op, Value
from sct.rules.table import lookup
from sct.transform.residuals.costs import LONG
from sct.transform.transpose import Adjoint

_Key = tuple[str, tuple[Value, ...]]


def share_decomposed(adjoint: Adjoint) -> bool:
    """Let the reverse sweep name what the forward sweep computes of the same arrays; says whether there was any."""
    body = adjoint.fn.body
    forward = Block(ops=body.ops[: adjoint.boundary])
    reverse = body.ops[adjoint.boundary :]
    known = {block: _long_ones(block.ops) for block in forward.blocks()}
    if not any(known.values()):
        return False
    steady = unwritten(adjoint.fn, [value for found in known.values() for value in found.values()])
    instead = Instead()

    def share(ops: Sequence[Op], at_hand: ChainMap[_Key, Value]) -> None:
        for op in ops:
            first = at_hand.get(_key(op)) if _takes_long(op) else None
            if first is not None and (first.type.is_scalar or first in steady):
                instead[op.result] = first
            for block in op.blocks:
                mirrored = adjoint.mirrors.get(block)
                share(block.ops, at_hand.new_child(known.get(mirrored, {}) if mirrored is not None else {}))

    share(reverse, ChainMap(known[forward]))
    instead.drop(body)
    return bool(instead)


def _long_ones(ops: Sequence[Op]) -> dict[_Key, Value]:
    return {_key(op): op.result for op in ops if _takes_long(op)}


def _takes_long(op: Op) -> bool:
    """Whether an operation makes an array of arrays alone, one that is no larger, and not by sums of products.

    So do the functions of one number.
    """
    if op.name in LONG and len(op.operands) == 1 and op.result.type.kind == "float":
        return True
    row = lookup(op.name)
    if row is None or row.cheap or row.is_zero or row.is_linear or row.is_multilinear or row.statics or row.variadic:
        return False
    if len(op.results) != 1 or not all(value.type.is_array for value in (op.result, *op.operands)):
        return False
    return (op.result.type.rank or 0) <= max(value.type.rank or 0 for value in op.operands)


def _key(op: Op) -> _Key:
    return op.name, tuple(op.operands)
