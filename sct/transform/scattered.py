"""Additions at places that may repeat, as loops over the places.

Before: ``%a1 = index_add %a, %v, %places``, where ``np.add.at`` would be called.
After: ``for %k in 0, (getitem (shape %places), 0), 1 (%a0 = %a) { index_add %a0, %v[%k], %places[%k] }``.
"""

from __future__ import annotations

from typing import Any

from sct.ir.nodes import Block, For, Op, Value
from sct.ir.paths import is_step
from sct.ir.types import INT
from sct.transform.build import Builder


def as_loops(op: Op) -> list[Op] | None:
    """``np.add.at`` as a loop over the places, or None where it takes more than that."""
    _, value, *indices = op.operands
    arrays = [index for index in indices if index.type.is_array]
    ranks = {index.type.rank for index in arrays}
    first = indices.index(arrays[0]) if arrays else 0
    lead = indices[:first]
    if len(ranks) != 1 or None in ranks or any(is_step(i) or i.type.kind in ("ellipsis", "none") for i in indices):
        return None
    together = all(index.type.is_array for index in indices[first : first + len(arrays)])
    before = sum(index.type.kind == "slice" for index in lead) if together else 0
    rank = arrays[0].type.rank or 0
    if value.type.rank is None or (value.type.rank and value.type.rank < before + rank):
        return None
    sizes, places = (value.type.shape or ())[before:], arrays[0].type.shape or ()
    # What the author adds may be repeated along an axis; an adjoint has the shape of what was read.
    may_repeat = op.name != "index_add" and any(n not in (1, place) for n, place in zip(sizes, places, strict=False))
    if may_repeat and value.type.rank != rank:
        return None
    return _loops(op, arrays, before, rank, spread=may_repeat)


def _loops(op: Op, arrays: list[Value], before: int, rank: int, spread: bool) -> list[Op]:
    """The loops; what is added is ``spread`` over the places first, if it may have fewer elements."""
    array, value, *indices = op.operands
    outer = Builder.instead_of(op, "numpy")
    if spread:
        value = outer.op("broadcast_to", value, outer.op("shape", arrays[0], style="attr"), lib="numpy")
    counters = [Value(INT, None, "k") for _ in range(rank)]
    versions = [Value(array.type, array.hint, array.temp) for _ in range(rank)]
    inner = Builder.instead_of(op, "numpy")
    at: dict[Value, Value] = {index: inner.op("getitem", index, *counters) for index in arrays}
    if not value.type.is_scalar:
        everything = [inner.op("slice", *(inner.const(None) for _ in range(3))) for _ in range(before)]
        sizes = (value.type.shape or ())[before:]
        own = [inner.const(0) if size == 1 else k for size, k in zip(sizes, counters, strict=False)]
        value = inner.op("getitem", value, *everything, *(own or counters))
    last = Value(op.results[0].type, op.results[0].hint, op.results[0].temp)
    places = [at.get(index, index) for index in indices]
    attrs: dict[str, Any] = {"distinct": True}
    add = Op("index_add", [versions[-1], value, *places], [last], attrs, op.span, op.stmt, origin=op.origin)
    block, result = Block([counters[-1], versions[-1]], [*inner.block.ops, add], [last]), last
    for depth in reversed(range(rank)):
        made = outer if depth == 0 else Builder.instead_of(op, "numpy")
        shape = made.op("shape", arrays[0], style="attr")
        bounds = [made.const(0), made.op("getitem", shape, made.const(depth)), made.const(1)]
        around = versions[depth - 1] if depth else array
        result = Value(last.type, last.hint, last.temp) if depth else op.results[0]
        made.block.ops.append(
            For("for", [*bounds, around], [result], {}, op.span, op.stmt, origin=op.origin, body=block)
        )
        if depth:
            block = Block([counters[depth - 1], versions[depth - 1]], made.block.ops, [result])
    return outer.block.ops
