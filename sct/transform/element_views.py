"""An element that is named with ``...`` is a number, as any other: NumPy has a view of rank 0 for it.

Before: ``%y = getitem %u, ..., 0; %u1 = store %u, %x, ..., 0``, of a vector ``%u``.
After: ``%y = getitem %u, 0; %u1 = store %u, %x, 0``.

What is kept of such a view would change with its array, as an adjoint that is read, and cleared then.
"""

from __future__ import annotations

from sct.ir.nodes import Function
from sct.rules.shapes import infer_getitem

_INDICES = {"getitem": 1, "store": 2}


def name_elements(fn: Function) -> None:
    """Leave out each ``...`` that stands for no axis where an element is read or written."""
    for op in fn.body.walk():
        first = _INDICES.get(op.name)
        if first is None or not op.operands[0].type.is_array:
            continue
        indices = [index for index in op.operands[first:] if index.type.kind != "ellipsis"]
        if len(indices) == len(op.operands) - first or not indices:
            continue
        shown = infer_getitem((op.operands[0].type, *(index.type for index in indices)))
        if shown.is_scalar:
            op.operands[first:] = indices
