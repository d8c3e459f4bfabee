"""A smaller value that is repeated stands for itself, where that is broadcast anyway.

Before: ``%1 = full_like %x, %s; %2 = mul %1, %y``.
After: ``%2 = mul %s, %y``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sct.ir.nodes import Op, Value
from sct.rules.shapes import broadcast
from sct.transform.build import Builder

if TYPE_CHECKING:
    from sct.transform.simplify import Rewriter

Spread = tuple[Op, Value, Value]


def unspread(r: Rewriter, op: Op, build: Builder, start: int = 0) -> Value | None:
    """``full_like(x, s) * y -> s * y``; ``full_like(x, s) / c -> full_like(x, s / c)``."""
    shape = op.result.type.shape
    for k, value in list(enumerate(op.operands))[start:]:
        small = _repeated(r, value) if shape is not None else None
        if small is None:
            continue
        operands = [*op.operands[:k], small, *op.operands[k + 1 :]]
        holds = op.name != "accumulate" or operands[0].type.shape == shape  # what is added to, maybe in place
        if holds and broadcast(tuple(operand.type for operand in operands), "float").shape == shape:
            return build.op(op.name, *operands, **op.attrs)
        spread = spread_of(r, value)
        if op.name in ("mul", "div") and spread is not None and value.type.shape == shape:
            return respread(spread, build.op(op.name, *operands), build)
    return None


def spread_of(r: Rewriter, value: Value) -> Spread | None:
    """If ``value`` is a smaller one repeated: the operation, the smaller value, and an array of the full shape."""
    op = r.derived_by(value, "full_like")
    if op is not None:
        return op, op.operands[1], op.operands[0]
    op = r.derived_by(value, "broadcast_to")
    shape = None if op is None else r.by(op.operands[1], "shape")
    if op is None or shape is None:
        return None
    return op, op.operands[0], shape.operands[0]


def respread(spread: Spread, value: Value, build: Builder) -> Value:
    op, _, like = spread
    if op.name == "full_like" and value.type.is_scalar:
        return build.op("full_like", like, value, lib="numpy")
    return build.op("broadcast_to", value, build.op("shape", like, style="attr"), lib="numpy")


def _repeated(r: Rewriter, value: Value) -> Value | None:
    """The number, or the smaller value, that ``value`` repeats, which others may use too."""
    wide = r.derived_by(value, "expand_dims") if value.hint is None else None
    op = r.by(value if wide is None else wide.operands[0], "full_like") or r.by(value, "broadcast_to")
    if op is None or op not in r.derived:
        return None
    return op.operands[op.name == "full_like"]
