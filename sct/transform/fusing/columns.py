"""What is computed of columns alone is computed before they are columns, in the nest that makes their elements.

Before: ``%c = getitem %r, :, None; %g = mul 2, %c; %d = mul %g, %x``.
After: ``%1 = mul 2, %r; %g = getitem %1, :, None; %d = mul %g, %x``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sct.ir.nodes import Op, Value
from sct.transform.fusing.groups import is_pointwise


def columns_late(ops: Sequence[Op], count: Counter[Value]) -> list[Op]:
    """The operations of a block, with those of columns alone before the views that show them as such.

    ``count`` says how often each value is used, and goes on saying so.
    """
    found: list[Op] = []
    views: dict[Value, Op] = {}
    for op in ops:
        if _is_column(op):
            views[op.result] = op
        parts = _columns(op, views)
        if parts is None:
            found.append(op)
            continue
        count.subtract(op.operands)
        count.update(parts)
        like = views[next(value for value in op.operands if value in views)]
        made = Value(replace(op.result.type, shape=like.operands[0].type.shape), temp=op.result.temp)
        view = replace(like, operands=[made, *like.operands[1:]], results=op.results, stmt=op.stmt, span=op.span)
        view.origin = op.origin
        views[op.result] = view
        count.update(view.operands)
        found += [replace(op, operands=parts, results=[made]), view]
    return [op for op in found if not op.results or op.results[0] not in views or count[op.results[0]]]


def _columns(op: Op, views: Mapping[Value, Op]) -> list[Value] | None:
    """The operands of an elementwise operation, where the arrays are columns, before they are; or nothing."""
    arrays = [value for value in op.operands if not value.type.is_scalar]
    if not arrays or not is_pointwise(op) or not views.keys() >= {*arrays} or op.result.hint is not None:
        return None
    if op.name == "neg":  # a sign may be written where it is used
        return None
    first, *others = (views[value].operands for value in arrays)
    alike = all(each[0].type.shape == first[0].type.shape and _same(each[1:], first[1:]) for each in others)
    return [views[v].operands[0] if v in views else v for v in op.operands] if alike else None


def _is_column(op: Op) -> bool:
    """Whether an operation shows all of an array with axes of one element besides."""
    if op.name != "getitem" or not op.operands[0].type.shape or not op.result.type.is_array:
        return False
    kinds = [index.type.kind for index in op.operands[1:]]
    shape = op.operands[0].type.shape
    whole = all(kind == "none" for kind in kinds if kind != "slice") and kinds.count("slice") == len(shape)
    return whole and "none" in kinds and tuple(d for d in op.result.type.shape or () if d != 1) == shape


def _same(a: Sequence[Value], b: Sequence[Value]) -> bool:
    """Whether two subscripts put their new axes in the same places."""
    return [index.type.kind for index in a] == [index.type.kind for index in b]
