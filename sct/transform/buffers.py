"""Takes back the ``ascontiguousarray`` of what is C-contiguous anyway.

Before: ``%a_bar = zeros_like %a; %a_bar1 = ascontiguousarray %a_bar; %a_bar2 = index_add %a_bar1, …`` where ``%a`` is.
After: ``%a_bar = zeros_like %a; %a_bar2 = index_add %a_bar, …``.
"""

from __future__ import annotations

from sct.analysis.contiguity import Contiguity
from sct.ir.instead import Instead
from sct.ir.nodes import Function


def drop_contiguous(fn: Function) -> None:
    """Take them out of what the transformation wrote."""
    contiguity, instead = Contiguity(fn), Instead()
    for op in fn.body.walk():
        if op.name == "ascontiguousarray" and op.origin is not None and contiguity(op.operands[0]):
            instead[op.result] = op.operands[0]
    instead.drop(fn.body)
