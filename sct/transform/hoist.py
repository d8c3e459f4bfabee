"""Computes before a loop what is the same in all its turns, and takes long.

Before: ``for %i (%y0) { %1 = sin %x; %y1 = mul %y0, %1; yield %y1 }``.
After: ``%1 = sin %x; for %i (%y0) { %y1 = mul %y0, %1; yield %y1 }``.

It is done before the function is differentiated, so that the loop of the reverse sweep adds up one adjoint, and what is
outside is differentiated once.  What only some turns compute stays where it is, and so does what the author has a
variable for.  A loop may have no turns: what is moved is defined for all finite numbers.
"""

from __future__ import annotations

from sct.analysis.numbering import is_pure
from sct.ir.nodes import Block, Function, Loop, Op

TOTAL = frozenset({"sin", "cos", "tan", "tanh", "arctan", "arctan2", "arcsinh", "erf", "erfc"})
"""The functions that take long and are defined for all finite numbers."""
_ARITHMETIC = frozenset({"add", "sub", "mul", "neg", "const", "global"})


def hoist(fn: Function) -> None:
    """Move what is invariant in loops of ``fn`` before them, out of the innermost loop first."""
    _block(fn.body)


def _block(block: Block) -> None:
    ops: list[Op] = []
    for op in block.ops:
        for owned in op.blocks:
            _block(owned)
        if isinstance(op, Loop):
            ops += _invariant(op)
        ops.append(op)
    block.ops = ops


def _invariant(loop: Loop) -> list[Op]:
    """Take out of the loop what is to stand before it."""
    changing = {*loop.body.args, *(result for op in loop.body.ops for result in op.results)}
    makers = {op.result: op for op in loop.body.ops if _may_move(op)}
    found: dict[Op, None] = {}

    def take(op: Op) -> bool:
        """Note ``op``, behind what makes its operands; False if something changes."""
        for value in op.operands:
            if value in changing and (value not in makers or not take(makers[value])):
                return False
        found[op] = None
        return True

    for op in makers.values():
        if op.name in TOTAL:
            before = dict(found)
            if not take(op):
                found = before
    loop.body.ops = [op for op in loop.body.ops if op not in found]
    return list(found)


def _may_move(op: Op) -> bool:
    return op.name in TOTAL | _ARITHMETIC and is_pure(op) and (op.result.hint is None or op.attrs.get("inlined", False))
