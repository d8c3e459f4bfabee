"""A sign moves out of a product or a linear operation, to where what uses the result can say it.

Before: ``%1 = neg %r_bar; %2 = outer %1, %x; %A_bar = accumulate %A_bar0, %2``.
After: ``%2 = outer %r_bar, %x; %3 = neg %2; %A_bar = accumulate %A_bar0, %3``: ``A_bar -= np.outer(r_bar, x)``.

Where nothing takes the sign in, it stays with the operand: ``np.outer(-r_bar, x)`` has less to negate.
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
    """``A.T @ -b -> -(A.T @ b)``, where the result is added to something, or negated."""
    taken = is_taken(r, op.result)
    for k, value in enumerate(op.operands):
        negative = r.by(value, "neg") if _is_linear(op, k) and value.hint is None else None
        if negative is None or negative not in r.derived:
            continue
        known = r.count[value] == 1 or (taken and negative.operands[0].hint is not None)
        if known and (taken or op.name in _TURNED):
            operands = [*op.operands[:k], negative.operands[0], *op.operands[k + 1 :]]
            product = build.op(op.name, *operands, **op.attrs)
            product.type = op.result.type
            return build.op("neg", product)
    return None


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
