"""Products, quotients, powers and negatives: a factor of one, signs in front, numbers first.

Before: ``%1 = mul 1, %y_bar; %2 = neg %1; %3 = mul %2, %a``.
After: ``%1 = mul %y_bar, %a; %3 = neg %1``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sct.ir.nodes import Op, Value
from sct.transform.build import Builder
from sct.transform.choices import distribute
from sct.transform.signs import is_taken
from sct.transform.spreading import respread, spread_of, unspread

if TYPE_CHECKING:
    from sct.transform.simplify import Rewriter


def mul(r: Rewriter, op: Op, build: Builder) -> Value | None:
    a, b = op.operands
    for x, y in ((a, b), (b, a)):
        number = r.number(x)
        if number == 1:  # 1 * y -> y
            return y
        if number == -1:  # -1 * y -> -y
            return build.op("neg", y)
        if number == 0 and op.result.type.is_scalar:  # 0 * y -> 0
            return build.const(0.0)
        if number == 0 and y.type.rank == op.result.type.rank:
            return build.op("zeros_like", y, lib="numpy")
    for k, x in enumerate(op.operands):
        inner = r.by(x, "neg")
        # (-x) * y -> -(x * y)
        if inner is not None and x.hint is None and (inner in r.derived or is_taken(r, op.result)):
            factors = [*op.operands[:k], inner.operands[0], *op.operands[k + 1 :]]
            return build.op("neg", build.op("mul", *factors))
        summed = r.derived_by(x, "unbroadcast")
        inner = None if summed is None else r.derived_by(summed.operands[0], "neg")
        if summed is not None and inner is not None and x.hint is None:  # unbroadcast(-x) * y -> -(unbroadcast(x) * y)
            factor = build.op("unbroadcast", inner.operands[0], summed.operands[1])
            return build.op("neg", build.op("mul", *op.operands[:k], factor, *op.operands[k + 1 :]))
    inner = r.derived_by(a, "div")
    if inner is not None and r.number(inner.operands[0]) == 1:  # (1 / x) * y -> y / x
        return build.op("div", b, inner.operands[1])
    return distribute(r, op, build) or unspread(r, op, build) or _associate(r, op, build)


def _associate(r: Rewriter, op: Op, build: Builder) -> Value | None:
    a, b = op.operands
    inner = r.derived_by(b, "mul")
    if inner is None or b.hint is not None:
        return None
    x, y = inner.operands
    left = r.derived_by(a, "mul")
    factor, other = r.number(x), r.number(left.operands[0]) if left is not None else r.number(a)
    if factor is not None:
        if left is not None and other is not None:  # (2 * a) * (0.1 * b) -> (0.2 * a) * b
            if len(repr(factor * other)) > 8:
                return None
            return build.op("mul", build.op("mul", build.const(factor * other), left.operands[1]), y)
        if other is not None:
            return build.op("mul", build.const(factor * other), y) if len(repr(factor * other)) <= 8 else None
        return build.op("mul", build.op("mul", x, a), y)  # a * (2 * b) -> (2 * a) * b
    return build.op("mul", build.op("mul", a, x), y)  # a * (b * c) -> (a * b) * c


def div(r: Rewriter, op: Op, build: Builder) -> Value | None:
    if r.number(op.operands[1]) == 1:  # x / 1 -> x
        return op.operands[0]
    inner = r.derived_by(op.operands[0], "neg")
    if inner is not None:  # (-x) / y -> -(x / y)
        return build.op("neg", build.op("div", inner.operands[0], op.operands[1]))
    return unspread(r, op, build)


def pow_(r: Rewriter, op: Op, build: Builder) -> Value | None:
    exponent = r.number(op.operands[1])
    if exponent == 1:  # x**1 -> x
        return op.operands[0]
    return build.const(1) if exponent == 0 else None  # x**0 -> 1


def neg(r: Rewriter, op: Op, build: Builder) -> Value | None:
    (a,) = op.operands
    inner = r.derived_by(a, "neg")
    if inner is not None:  # -(-x) -> x
        (x,) = inner.operands
        if x.hint is None and r.made.get(x) in r.derived:
            x.temp = a.temp or x.temp
        return x
    spread = spread_of(r, a)
    if spread is not None:  # -full(x, s) -> full(x, -s)
        return respread(spread, build.op("neg", spread[1]), build)
    where = r.derived_by(a, "where")
    if where is not None:  # -where(c, a, 0) -> where(c, -a, 0)
        c, x, y = where.operands
        return build.op("where", c, build.op("neg", x), build.op("neg", y))
    return None
