"""What a mask picks out has one size, wherever the mask is written.

Before: ``%m = gt %a, 0; %n = gt %a, 0; %v = pow (getitem %a, %n), 2; %a1 = store %a, %v, %m``: ``%v`` may be broadcast.
After: ``%v`` is as long as what ``%m`` picks, so that its adjoint is ``getitem %a_bar, %m`` as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sct.ir.nodes import Op, Value
from sct.rules.table import lookup
from sct.transform.masks import COMPARISONS

_MASKS = COMPARISONS | {"bitwise_and", "bitwise_or", "invert", "logical_and", "logical_or", "logical_not"}


def is_picked_by(value: Value, indices: Sequence[Value], makers: Mapping[Value, Op]) -> bool:
    """Whether ``value`` has an element for each that the ``indices``, one mask, pick out."""
    if len(indices) != 1 or not indices[0].type.is_array or indices[0].type.dtype != "bool":
        return False
    op = makers.get(value)
    if op is None or not value.type.is_array:
        return False
    if op.name == "getitem":
        return len(op.operands) == 2 and _same(op.operands[1], indices[0], makers)
    row = lookup(op.name)
    arrays = [operand for operand in op.operands if not operand.type.is_scalar]
    elementwise = row is not None and row.elementwise and bool(arrays)
    return elementwise and all(is_picked_by(array, indices, makers) for array in arrays)


def _same(a: Value, b: Value, makers: Mapping[Value, Op]) -> bool:
    """Whether two values are one, or the same comparison of the same values."""
    one, two = makers.get(a), makers.get(b)
    if a is b or one is None or two is None or one.name != two.name:
        return a is b
    if one.name == "const":
        return bool(one.attrs["value"] == two.attrs["value"])
    alike = one.name in _MASKS and len(one.operands) == len(two.operands)
    return alike and all(_same(x, y, makers) for x, y in zip(one.operands, two.operands, strict=True))
