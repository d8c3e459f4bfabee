"""Takes back the ``ascontiguousarray`` of what is C-contiguous anyway.

Before: ``%a_bar = zeros_like %a; %a_bar1 = ascontiguousarray %a_bar; %a_bar2 = index_add %a_bar1, …`` where ``%a`` is.
After: ``%a_bar = zeros_like %a; %a_bar2 = index_add %a_bar, …``.
"""

from __future__ import annotations

from sct.analysis.contiguity import Contiguity
from sct.ir.nodes import Block, Function, Value


def drop_contiguous(fn: Function) -> None:
    """Take them out of what the transformation wrote."""
    contiguity, instead = Contiguity(fn), dict[Value, Value]()
    for op in fn.body.walk():
        if op.name == "ascontiguousarray" and op.origin is not None and contiguity(op.operands[0]):
            instead[op.result] = op.operands[0]
    if instead:
        _substitute(fn.body, instead)


def _substitute(block: Block, instead: dict[Value, Value]) -> None:
    def final(value: Value) -> Value:
        return final(instead[value]) if value in instead else value

    block.ops = [op for op in block.ops if not any(result in instead for result in op.results)]
    block.yields = list(map(final, block.yields))
    for op in block.ops:
        op.operands = list(map(final, op.operands))
        for owned in op.blocks:
            _substitute(owned, instead)
