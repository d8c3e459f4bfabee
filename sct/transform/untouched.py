"""A part of an adjoint that would be put back as it was is left as it is.

Before, the reverse of ``u[1:] = u[1:] - c * h[1:]``: ``%g = copy (getitem %a, 1:); …; %a1 = store %a, %g, 1:``.
After: ``%g = copy (getitem %a, 1:); …``, with ``%a`` for ``%a1``.
"""

from __future__ import annotations

from collections.abc import Sequence

from sct.ir.instead import Instead
from sct.ir.nodes import Block, Function, Op
from sct.transform.places import alike


def leave_untouched(fn: Function, derived: Sequence[Op]) -> None:
    """Drop such writes of the operations ``derived`` of ``fn``, and of what they own."""
    made = {result: op for op in fn.body.walk() for result in op.results}
    instead = Instead()
    for op in Block(ops=list(derived)).walk():
        if op.name != "store" or not op.operands[0].type.is_array or "helper" in op.attrs:
            continue
        array, value, *places = op.operands
        read = made.get(value)
        if read is not None and read.name == "copy":
            read = made.get(read.operands[0])
        if read is None or read.name != "getitem":
            continue
        if instead.final(read.operands[0]) is instead.final(array) and alike(read.operands[1:], places, made):
            instead[op.result] = array
    instead.drop(fn.body)
