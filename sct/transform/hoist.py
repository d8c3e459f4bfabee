"""Computes before a loop what is the same in all its turns, and takes long.

Before: ``for %i (%y0) { %1 = sin %x; %y1 = mul %y0, %1; yield %y1 }``.
After: ``%1 = sin %x; for %i (%y0) { %y1 = mul %y0, %1; yield %y1 }``.

It is done before the function is differentiated, so that the loop of the reverse sweep adds up one adjoint, and what is
outside is differentiated once.  A loop may have no turns, and a branch in it may never be taken: what is moved is
defined for all numbers, and never raises.  What the author has a variable for stays where the author put it.
"""

from __future__ import annotations

from collections.abc import Iterator

from sct.analysis.numbering import is_pure
from sct.ir.nodes import Block, For, Function, Op, Value, While

_TOTAL = frozenset({"sin", "cos", "tan", "tanh", "arctan", "arctan2", "arcsinh", "erf", "erfc"})
_ARITHMETIC = frozenset({"add", "sub", "mul", "neg", "const", "global"})


def hoist(fn: Function) -> None:
    """Move what is invariant in loops of ``fn`` before them, out of the outermost loop first."""
    _block(fn.body)


def _block(block: Block) -> None:
    ops: list[Op] = []
    for op in block.ops:
        if isinstance(op, For | While):
            ops += _invariant(op)
        ops.append(op)
    block.ops = ops
    for op in block.ops:
        for owned in op.blocks:
            _block(owned)


def _invariant(loop: For | While) -> list[Op]:
    """Take out of the loop what is to stand before it."""
    inner = list(loop.body.blocks())
    changing = {value for block in inner for value in _defined(block)}
    makers = {op.result: op for block in inner for op in block.ops if _may_move(op)}
    found: dict[Op, None] = {}

    def take(op: Op) -> bool:
        """Note ``op``, behind what makes its operands; False if something changes."""
        for value in op.operands:
            if value in changing and (value not in makers or not take(makers[value])):
                return False
        found[op] = None
        return True

    for op in makers.values():
        if op.name in _TOTAL:
            before = dict(found)
            if not take(op):
                found = before
    for block in inner:
        block.ops = [op for op in block.ops if op not in found]
    return list(found)


def _defined(block: Block) -> Iterator[Value]:
    yield from block.args
    for op in block.ops:
        yield from op.results


def _may_move(op: Op) -> bool:
    return (
        op.name in _TOTAL | _ARITHMETIC and is_pure(op) and (op.result.hint is None or op.attrs.get("inlined", False))
    )
