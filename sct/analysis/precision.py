"""Which values a result has its precision from.

Before: ``%p = exp %x; %s = sum %p; %q = mul %s, 0.5``.
After: ``{%x}`` for all three: a number that Python makes changes no precision, and one of NumPy's does.

Whether arrays have single or double precision is not known before the program runs; but what comes from the same arrays
has the same one.
"""

from __future__ import annotations

from collections.abc import Mapping

from sct.ir.nodes import Op, Value
from sct.rules.table import lookup

_OF_ALL = frozenset({"add", "sub", "mul", "div", "neg", "matmul"})
_OF_FIRST = frozenset({"getitem", "sum", "mean", "max", "min", "norm", "expand_dims", "transpose", "reshape", "copy"})
_OF_PYTHON = frozenset({"const", "len", "shape", "size"})


def precision(value: Value, makers: Mapping[Value, Op]) -> frozenset[Value]:
    """The values whose precisions, taken together, are that of ``value``: itself, where nothing more is known."""
    op, own = makers.get(value), frozenset({value})
    if op is None or op.blocks:
        return own
    if op.name in _OF_PYTHON or op.attrs.get("lib") == "math":
        return frozenset()
    if op.name in _OF_FIRST and op.operands[0].type.is_array and op.operands[0].type.dtype == "float":
        return precision(op.operands[0], makers)
    row = lookup(op.name)
    of_arrays = row is not None and row.elementwise and all(v.type.is_array for v in op.operands)
    if value.type.element != "float" or not (op.name in _OF_ALL or of_arrays):
        return own
    found = frozenset[Value]()
    for operand in op.operands:
        sources = precision(operand, makers)
        if operand.type.element != "float" and sources:  # an array of integers makes doubles of most
            return own
        found |= sources
    return found
