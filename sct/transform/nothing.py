"""Adjoints that are zero, by what they are made of: adding them, or writing them, is left out.

Before: ``%z = zeros_like %y; %g = expand_dims %z; %h = mul %x, %g; %x_bar1 = accumulate %x_bar, %h``.
After: ``%x_bar1`` is ``%x_bar``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sct.ir.nodes import Value

if TYPE_CHECKING:
    from sct.transform.simplify import Rewriter

_LINEAR = frozenset({"neg", "bind", "expand_dims", "transpose", "sum", "full_like", "div"})


def is_nothing(r: Rewriter, value: Value) -> bool:
    """Whether a value that the transformation wrote is zero, by what it is made of."""
    op = r.made.get(value)
    if op is None or op not in r.derived:
        return False
    if op.name in ("const", "zeros_like"):
        return op.name == "zeros_like" or r.number(value) == 0
    if op.name in _LINEAR:
        return is_nothing(r, op.operands[op.name == "full_like"])
    if op.name == "mul":
        return any(is_nothing(r, factor) for factor in op.operands)
    if op.name == "where":
        return all(is_nothing(r, branch) for branch in op.operands[1:])
    return False
