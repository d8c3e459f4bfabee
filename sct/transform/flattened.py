"""What is reshaped where it is made, and written into then, is a copy: nothing else sees whether it would be a view.

Before: ``%y = tanh %x; %z = ravel %y; %z1 = store %z, %v, %i``, with ``%y`` in the order of ``%x``, which is not known.
After: ``%y = tanh %x; %1 = ravel %y; %z = copy %1; %z1 = store %z, %v, %i``.
"""

from __future__ import annotations

from sct.analysis.alias import RESHAPES, changed_by, seen_writes
from sct.analysis.contiguity import makes_view
from sct.analysis.sharing import Sharing
from sct.ir.nodes import Function, Op, Value


def copy_flattened(fn: Function, is_callee: bool) -> None:
    """Copy what the function reshapes and writes into, where the order of its array is not known.

    What a callee writes into its caller's arrays, the caller sees.
    """
    found = [op for op in fn.body.walk() if op.name in RESHAPES and op.operands[0].type.is_array]
    found = [op for op in found if op.result.type.shape is not None and not makes_view(op, fn)]
    if not found:
        return
    sharing = Sharing(fn)
    seen = seen_writes(fn, sharing)
    for op in found:
        writes = [write for write in seen if sharing(changed_by(write), op.result)]
        is_own = not is_callee or sharing.comes_from(op.operands[0]).isdisjoint(fn.params)
        if writes and is_own and not any(seen[write] for write in writes):
            _copy(fn, op)


def _copy(fn: Function, op: Op) -> None:
    result, shown = op.result, Value(op.result.type)
    block = next(block for block in fn.body.blocks() if op in block.ops)
    op.results = [shown]
    copy = Op("copy", [shown], [result], {"style": "method", "lib": "numpy"}, op.span, op.stmt)
    block.ops.insert(block.ops.index(op) + 1, copy)
