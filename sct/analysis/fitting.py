"""Dimensions that a write tells: what is written has to fit.

Before: ``%v: array[?1] = sub %p: array[n], %b: array[m]; store %A: array[n], %v, ...``.
After: ``%v: array[n]``.  Of a dimension ``n`` and another one nothing else can come that fits into ``n``: were it
broadcast to more, NumPy would refuse the write.
"""

from __future__ import annotations

from dataclasses import replace

from sct.ir.nodes import Function, Op, Value
from sct.ir.types import Dim
from sct.rules.shapes import infer_getitem
from sct.rules.table import Unsupported, lookup

Shape = tuple[Dim, ...]


def fit_types(fn: Function) -> None:
    """Complete the types of what is written into arrays."""
    makers = {result: op for op in fn.body.walk() for result in op.results}
    for op in fn.body.walk():
        array = op.operands[0].type if op.name == "store" else None
        if array is None or not array.is_array or any(index.type.is_array for index in op.operands[2:]):
            continue
        try:
            place = infer_getitem((array, *(index.type for index in op.operands[2:])))
        except Unsupported:  # it is refused later, with what to write instead
            continue
        if place.shape is not None:
            _fit(op.operands[1], place.shape, makers, set())


def _fit(value: Value, shape: Shape, makers: dict[Value, Op], seen: set[Value]) -> None:
    """Complete the type of a value that broadcasts to ``shape``, and first of what it is computed from."""
    op, own = makers.get(value), value.type.shape
    row = None if op is None else lookup(op.name)
    if op is None or row is None or not row.elementwise or own is None or len(own) > len(shape) or value in seen:
        return
    seen.add(value)
    for operand in op.operands:
        _fit(operand, shape, makers, seen)
    given = [operand.type.shape for operand in op.operands]
    known = tuple(
        wide if any(wide == _at(other, k) for other in given) else dim
        for k, (dim, wide) in enumerate(zip(own, shape[len(shape) - len(own) :], strict=True), start=-len(own))
    )
    value.type = replace(value.type, shape=known)


def _at(shape: Shape | None, k: int) -> Dim | None:
    """The ``k``-th dimension, counted from the last, which is -1."""
    return None if shape is None or len(shape) < -k else shape[k]
