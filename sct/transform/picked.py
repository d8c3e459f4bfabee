"""What a mask picks out has one size, wherever the mask is written.

Before: ``%m = gt %a, 0; %n = gt %a, 0; %v = pow (getitem %a, %n), 2; %a1 = store %a, %v, %m``: ``%v`` may be broadcast.
After: ``%v`` is as long as what ``%m`` picks, so that its adjoint is ``getitem %a_bar, %m`` as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sct.ir.nodes import Op, Value
from sct.rules.table import lookup
from sct.transform.masks import same_condition


def is_picked_by(value: Value, indices: Sequence[Value], makers: Mapping[Value, Op]) -> bool:
    """Whether ``value`` has an element for each that the ``indices``, one mask, pick out."""
    if len(indices) != 1 or not indices[0].type.is_array or indices[0].type.dtype != "bool":
        return False
    op = makers.get(value)
    if op is None or not value.type.is_array:
        return False
    if op.name == "getitem":
        return len(op.operands) == 2 and same_condition(op.operands[1], indices[0], makers)
    row = lookup(op.name)
    arrays = [operand for operand in op.operands if not operand.type.is_scalar]
    elementwise = row is not None and row.elementwise and bool(arrays)
    return elementwise and all(is_picked_by(array, indices, makers) for array in arrays)
