"""What scales an array in several products of one statement scales it before these.

Before: ``%1 = mul 2, %dx; %2 = mul %1, %g; …; %3 = mul 2, %dy; %4 = mul %3, %g``, with an array ``%g``.
After: ``%1 = mul 2, %g; %2 = mul %dx, %1; …; %3 = mul 2, %g; %4 = mul %dy, %3``, of which `repeated` makes one.

The derivative of a distance, ``dx**2 + dy**2``, has such products.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from sct.analysis.liveness import use_counts
from sct.ir.nodes import Block, Function, Op, Value


def scale_together(fn: Function, derived: Sequence[Op]) -> None:
    """Write products of arrays among the operations ``derived``, and what they own, so that a common factor is one."""
    products = {op.result: op for op in Block(ops=list(derived)).walk() if op.name == "mul" and op.result.type.is_array}
    if not products:
        return
    numbers = {op.result: op.attrs["value"] for op in fn.body.walk() if op.name == "const"}
    count = use_counts(fn.body)
    for block in fn.body.blocks():
        alike: dict[Hashable, list[tuple[Op, Op]]] = {}
        here = [op for op in block.ops if op.name == "mul" and op.result in products]
        for op in here:
            inner = products.get(op.operands[0])
            if inner in here and count[inner.result] == 1 and _scales(inner, op):
                number = inner.operands[0]
                key = op.stmt, numbers.get(number, number), op.operands[1]
                alike.setdefault(key, []).append((inner, op))
        for pairs in alike.values():
            for inner, op in pairs if len(pairs) > 1 else ():
                number, array = inner.operands
                scaled = Value(op.operands[1].type)
                inner.operands, inner.results = [number, op.operands[1]], [scaled]
                op.operands = [array, scaled]
                block.ops.remove(inner)
                block.ops.insert(block.ops.index(op), inner)


def _scales(inner: Op, op: Op) -> bool:
    """Whether a product is ``(number * array) * array``, of arrays of one size."""
    number, array = inner.operands
    shapes = {array.type.shape, op.operands[1].type.shape, op.result.type.shape}
    is_array = array.type.is_array and op.operands[1].type.is_array
    return number.type.is_scalar and is_array and inner.result.hint is None and len(shapes) == 1 and None not in shapes
