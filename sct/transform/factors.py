"""Products, quotients, powers and negatives: a factor of one, signs in front, numbers first.

Before: ``%1 = mul 1, %y_bar; %2 = neg %1; %3 = mul %2, %a``.
After: ``%1 = mul %y_bar, %a; %3 = neg %1``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sct.ir.nodes import Op, Value
from sct.transform.build import Builder
from sct.transform.choices import distribute, sign
from sct.transform.signs import is_taken
from sct.transform.softmax import softmax
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
        inner = r.derived_by(x, "div")
        if inner is not None and inner.operands[1] is y and r.by(y, "det") is not None:
            return inner.operands[0]  # x / det(A) * det(A) -> x: where that is 0, the inverse is refused
        alike = inner is not None and inner.operands[1] is y and y.type == op.result.type == inner.operands[0].type
        if inner is not None and alike and y.type.is_array and r.is_nonzero(y, op):  # (x / p) * p -> x
            return inner.operands[0]
    for k, x in enumerate(op.operands):
        inner = r.by(x, "neg")
        # (-x) * y -> -(x * y)
        if inner is not None and x.hint is None and (_is_cheap(r, inner) or is_taken(r, op.result)):
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
    for identity in (_logistic, softmax, sign, distribute, unspread, _associate):
        found = identity(r, op, build)
        if found is not None:
            return found
    return None


def _logistic(r: Rewriter, op: Op, build: Builder) -> Value | None:
    """``e * (y / s) -> y * (1 - y)``, where ``y = 1 / s`` and ``s = 1 + e``: it has a value where ``e`` overflows."""
    for e, ratio in (op.operands, op.operands[::-1]):
        slope = r.derived_by(ratio, "div")
        y, s = slope.operands if slope is not None else (e, e)
        whole, total = r.by(y, "div"), r.by(s, "add")
        if whole is None or total is None or whole.operands[1] is not s or r.by(e, "exp") is None:
            continue
        ones = [whole.operands[0], *(value for value in total.operands if value is not e)]
        if len(ones) == 2 and all(r.number(one) == 1 for one in ones):
            return build.op("mul", y, build.op("sub", build.const(1.0), y))
    return None


def _is_cheap(r: Rewriter, negative: Op) -> bool:
    """Whether a negative need not be there for others: it is a derived one, or that of a number that has a name."""
    (value,) = negative.operands
    return negative in r.derived or (value.type.is_scalar and value.hint is not None)


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
    return _cancelled(r, op, build) or unspread(r, op, build)


def _cancelled(r: Rewriter, op: Op, build: Builder) -> Value | None:
    """``p * g / p -> g``; ``p * g / (p / q) -> q * g``; of arrays that are no zeros for the author."""
    x, divisor = op.operands
    if not op.result.type.is_array or divisor.type != op.result.type:
        return None
    rest = _without(r, op, x, divisor)
    if rest is not None:
        fits = rest.type.shape == op.result.type.shape
        return rest if fits else build.op("full_like", divisor, rest, lib="numpy") if rest.type.is_scalar else None
    ratio = r.by(divisor, "div")
    if ratio is None or ratio in r.derived or ratio.operands[1].type != divisor.type:
        return None
    rest = _without(r, op, x, ratio.operands[0])
    return None if rest is None else build.op("mul", ratio.operands[1], rest)


def _without(r: Rewriter, op: Op, product: Value, factor: Value) -> Value | None:
    """What else a derived product is made of, where the factor is no zero at ``op``."""
    made = r.by(product, "mul")
    if made is None or made not in r.derived or factor not in made.operands or not r.is_nonzero(factor, op):
        return None
    return made.operands[made.operands[0] is factor]


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
    flipped = _flipped(r, a, build)
    if flipped is not None:  # -(-2 * x / y) -> 2 * x / y
        return flipped
    where = r.derived_by(a, "where")
    if where is not None:  # -where(c, a, 0) -> where(c, -a, 0)
        c, x, y = where.operands
        numbers = r.number(x), r.number(y)
        if a.type.is_scalar or 0 in numbers or None not in numbers:
            return build.op("where", c, build.op("neg", x), build.op("neg", y))
    return None


def _flipped(r: Rewriter, value: Value, build: Builder) -> Value | None:
    """The negative of a value whose text begins with a sign, or has such a factor."""
    number = r.number(value)
    if number is not None and number < 0:
        return build.const(-number)
    for name in ("mul", "div", "sub") if value.hint is None else ():
        op = r.derived_by(value, name)
        if op is not None and name == "sub":
            inner = r.derived_by(op.operands[0], "neg")
            return None if inner is None else build.op("add", inner.operands[0], op.operands[1])  # -(-x - y) -> x + y
        for k, factor in enumerate(op.operands[: 1 if name == "div" else 2] if op is not None else ()):
            flipped = _flipped(r, factor, build)
            if op is not None and flipped is not None:
                return build.op(name, *op.operands[:k], flipped, *op.operands[k + 1 :], **op.attrs)
    return None
