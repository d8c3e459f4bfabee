"""A sign moves out of a product or a linear operation, to where what uses the result can say it.

Before: ``%1 = neg %r_bar; %2 = outer %1, %x; %A_bar = accumulate %A_bar0, %2``.
After: ``%2 = outer %r_bar, %x; %3 = neg %2; %A_bar = accumulate %A_bar0, %3``: ``A_bar -= np.outer(r_bar, x)``.

Where nothing takes the sign in, it stays with the operand: ``np.outer(-r_bar, x)`` has less to negate.  Two signs are
none: ``(-X).T @ -r_bar`` is ``X.T @ r_bar``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sct.ir.nodes import Op, Value
from sct.rules.table import lookup
from sct.transform.build import Builder

if TYPE_CHECKING:
    from sct.transform.simplify import Rewriter

_TURNED = frozenset({"transpose", "swapaxes", "moveaxis"})
LINEAR = _TURNED | {"cumsum", "diag", "diagonal", "flip", "ravel", "reshape", "roll", "tril", "triu"}
"""The operations that are linear in their first operand, and whose others are no numbers that a derivative has."""


def sign_out(r: Rewriter, op: Op, build: Builder) -> Value | None:
    """``A.T @ -b -> -(A.T @ b)``, where the result is added to something, or negated; ``-A @ -b -> A @ b``."""
    if op.name == "matmul" and all(_without_sign(r, value) is not None for value in op.operands):
        return build.op(op.name, *(_positive(r, value, build) for value in op.operands), **op.attrs)
    taken = is_taken(r, op.result)
    for k, value in enumerate(op.operands):
        negative = r.by(value, "neg") if _is_linear(op, k) and value.hint is None else None
        if negative is None:
            continue
        known = negative in r.derived and r.count[value] == 1
        known = known or (taken and negative.operands[0].hint is not None)
        if known and (taken or op.name in _TURNED):
            operands = [*op.operands[:k], negative.operands[0], *op.operands[k + 1 :]]
            product = build.op(op.name, *operands, **op.attrs)
            product.type = op.result.type
            return build.op("neg", product)
    return None


def _without_sign(r: Rewriter, value: Value) -> Value | None:
    """What a value, or a matrix that it turns, is the negative of, if that is at hand as well."""
    turned = r.derived_by(value, "transpose") if value.hint is None else None
    if turned is not None:
        return _without_sign(r, turned.operands[0])
    negative = r.by(value, "neg") if value.hint is None else None
    if negative is None:
        return None
    (positive,) = negative.operands
    return positive if positive.hint is not None or (negative in r.derived and r.count[value] == 1) else None


def _positive(r: Rewriter, value: Value, build: Builder) -> Value:
    turned = r.derived_by(value, "transpose")
    if turned is not None:
        return build.op("transpose", _positive(r, turned.operands[0], build), **turned.attrs)
    return r.made[value].operands[0]


def _is_linear(op: Op, k: int) -> bool:
    row = lookup(op.name)
    return (op.name in LINEAR and k == 0) or (row is not None and row.is_multilinear)


def is_taken(r: Rewriter, value: Value) -> bool:
    """Whether what uses the value can take in its sign: ``x_bar -= value``."""
    user = r.user(value)
    if user is None or value.hint is not None:
        return False
    if user.name in ("add", "sub", "neg"):
        return True
    k = user.operands.index(value)
    if user.name in ("accumulate", "index_add"):
        return k == 1
    through = user.name in ("mul", "sum") or (user.name == "div" and k == 0) or _is_linear(user, k)
    return through and is_taken(r, user.result)
