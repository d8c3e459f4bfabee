"""What adds up contributions: the first of them, none, one that is there twice.

Before: ``%1 = store %a_bar, 0, %i; %2 = index_add %1, %x, %i``.
After: ``%2 = store %a_bar, %x, %i``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sct.ir.indices import repeats
from sct.ir.nodes import Op, Value
from sct.ir.types import are_alike
from sct.transform.build import Builder
from sct.transform.nothing import is_nothing
from sct.transform.spreading import spread_of, unspread
from sct.transform.terms import twice

if TYPE_CHECKING:
    from sct.transform.simplify import Rewriter


def accumulate(r: Rewriter, op: Op, build: Builder) -> Value | None:
    before, contribution = op.operands
    if r.number(before) == 0 and before.type.is_scalar and op.result.type.is_scalar:  # 0 + x -> x
        return contribution
    if is_nothing(r, contribution) and before.type.rank == op.result.type.rank:
        return before
    if is_nothing(r, before) and are_alike(contribution.type, op.result.type):
        return contribution
    double = twice(r, before, contribution, build)
    if double is not None:
        return double
    bound = r.derived_by(before, "bind") if op.result.type.is_scalar else None
    if bound is not None and bound.stmt is op.stmt:  # a second name for a number, and a sum: one statement
        return build.op("add", bound.operands[0], contribution)
    inner = r.derived_by(before, "accumulate")
    double = None if inner is None else twice(r, inner.operands[1], contribution, build)
    if inner is not None and double is not None:
        return build.op("accumulate", inner.operands[0], double, **op.attrs)
    added = r.derived_by(contribution, "accumulate")
    sizes = {op.result.type.shape} if added is None else {value.type.shape for value in added.operands}
    if added is not None and added.stmt is op.stmt and sizes == {op.result.type.shape}:
        first, second = added.operands  # a + (b + c) -> (a + b) + c
        named = r.derived_by(first, "bind")
        name = {"hint": op.result.hint, "temp": op.result.temp}
        before = build.op("accumulate", before, first if named is None else named.operands[0], **name, **op.attrs)
        return build.op("accumulate", before, second, **op.attrs)
    spread = spread_of(r, before)
    if spread is not None and are_alike(contribution.type, spread[2].type) and spread_of(r, contribution) is None:
        op.operands.reverse()  # what may be updated comes first
    return unspread(r, op, build, start=1)


def index_add(r: Rewriter, op: Op, build: Builder) -> Value | None:
    array, value, *indices = op.operands
    if is_nothing(r, value):
        return array
    spread = spread_of(r, value)
    if spread is not None:  # a[i] += full_like(a[i], s) -> a[i] += s
        return build.op("index_add", array, spread[1], *indices, **op.attrs)
    inner = r.derived_by(array, "index_add")
    if inner is not None and r.alike(inner.operands[2:], indices) and inner in build.block.ops:
        # a[i] += x * g; a[i] += x * g -> a[i] += (2 * x) * g
        double = twice(r, inner.operands[1], value, build)
        if double is not None:
            build.block.ops.remove(inner)
            return build.op("index_add", inner.operands[0], double, *indices, **op.attrs)
    # a[i] = 0; a[i] += x -> a[i] = x, but for an index that may repeat
    before = r.derived_by(array, "store")
    if (
        before is None
        or repeats(indices)
        or r.number(before.operands[1]) != 0
        or not r.alike(before.operands[2:], indices)
    ):
        return None
    if before not in build.block.ops:
        return None
    build.block.ops.remove(before)
    return build.op("store", before.operands[0], value, *indices, hint=op.result.hint)


def bind(r: Rewriter, op: Op, build: Builder) -> Value | None:
    (value,) = op.operands
    return value if op.result.hint is None or op.result.hint == value.hint or r.number(value) is not None else None
