"""What cancels: shares of a whole add up to it, and what is added and taken away again is nothing.

Before: ``%s = sum %e; … %x_bar = mul %e, (div %g, %s); %h_bar = accumulate %g, (neg (sum %x_bar))``.
After: ``%h_bar`` is ``%g`` less ``%g``, and whatever is computed from that zero adds nothing.

So the largest element that is taken out of a sum of exponentials, for the range of floats alone, has no adjoint.  These
are identities for ``transform.simplify``; only sums of adjoints are rewritten, never the author's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sct.ir.nodes import Op, Value
from sct.transform.build import Builder

if TYPE_CHECKING:
    from sct.transform.simplify import Rewriter

_LINEAR = frozenset({"neg", "bind", "expand_dims", "transpose", "sum", "full_like", "div"})


def shares(r: Rewriter, op: Op, build: Builder) -> Value | None:  # sum(e * (g / sum(e))) -> g
    product = r.by(op.operands[0], "mul")
    for k, whole in enumerate(product.operands if product is not None else ()):
        assert product is not None
        share = _along(r, product.operands[1 - k], op)
        ratio = None if share is None else r.by(share, "div")
        total = None if ratio is None else r.by(ratio.operands[1], "sum")
        if ratio is None or total is None or total.operands[0] is not whole or not _alike(op, total):
            continue
        if whole.type.shape is None or whole.type.shape != op.operands[0].type.shape:
            continue
        found = ratio.operands[0]
        if found.type.is_scalar and op.result.type.is_array:
            return build.op("full_like", ratio.operands[1], found, lib="numpy")
        return found if found.type.shape == op.result.type.shape else None
    return None


def _along(r: Rewriter, factor: Value, op: Op) -> Value | None:
    """What a factor repeats along the axis that ``op`` sums over."""
    if factor.type.is_scalar:
        return factor
    wide = r.by(factor, "expand_dims")
    axis = op.attrs.get("axis")
    return wide.operands[0] if wide is not None and axis is not None and wide.attrs["axis"] == axis else None


def _alike(a: Op, b: Op) -> bool:
    return all(a.attrs.get(key) == b.attrs.get(key) for key in ("axis", "keepdims"))


def is_nothing(r: Rewriter, value: Value) -> bool:
    """Whether a value that the transformation wrote is zero, by what it is made of."""
    if value not in r.nothing:
        op = r.made.get(value)
        r.nothing[value] = op is not None and op in r.derived and _makes_nothing(r, op)
    return r.nothing[value]


def _makes_nothing(r: Rewriter, op: Op) -> bool:
    if op.name in ("const", "zeros_like"):
        return op.name == "zeros_like" or r.number(op.result) == 0
    if op.name in _LINEAR:
        return is_nothing(r, op.operands[op.name == "full_like"])
    if op.name == "mul":
        return any(is_nothing(r, factor) for factor in op.operands)
    if op.name == "where":
        return all(is_nothing(r, branch) for branch in op.operands[1:])
    if op.name == "sub":
        return _signed(r, op.operands[0]) == _signed(r, op.operands[1])
    return op.name in ("accumulate", "add") and _opposite(r, *op.operands)


def _opposite(r: Rewriter, a: Value, b: Value) -> bool:
    """Whether one is the other one with its sign changed, each as one number that may be repeated."""
    (sign, one), (other_sign, other) = _signed(r, a), _signed(r, b)
    number, other_number = r.number(one), r.number(other)
    if number is not None and other_number is not None:
        return sign * number == -other_sign * other_number
    return one is other and sign == -other_sign


def _signed(r: Rewriter, value: Value) -> tuple[int, Value]:
    """A value as a sign and what it negates, binds or repeats."""
    sign, op = 1, r.made.get(value)
    while op is not None and op in r.derived and op.name in ("neg", "bind", "full_like"):
        sign = -sign if op.name == "neg" else sign
        value = op.operands[op.name == "full_like"]
        op = r.made.get(value)
    return sign, value
