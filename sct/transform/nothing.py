"""Adjoints that are zero, by what they are made of: adding them, or writing them, is left out.

Before: ``%z = zeros_like %y; %g = expand_dims %z; %h = mul %x, %g; %x_bar1 = accumulate %x_bar, %h``.
After: ``%x_bar1`` is ``%x_bar``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sct.ir.nodes import Op, Value

if TYPE_CHECKING:
    from sct.transform.simplify import Rewriter

_LINEAR = frozenset({"neg", "bind", "expand_dims", "transpose", "sum", "full_like", "div"})


def is_nothing(r: Rewriter, value: Value) -> bool:
    """Whether a value that the transformation wrote is zero, by what it is made of."""
    if value not in r.nothing:
        op = r.made.get(value)
        r.nothing[value] = op is not None and op in r.derived and _makes_nothing(r, op)
    return r.nothing[value]


def _makes_nothing(r: Rewriter, op: Op) -> bool:
    if op.name in ("const", "zeros_like"):
        return op.name == "zeros_like" or r.number(op.result) == 0
    return makes_nothing(op.name, (is_nothing(r, value) for value in op.operands))


def makes_nothing(name: str, empty: Iterable[bool]) -> bool:
    """Whether an operation makes zeros of operands of which some are ``empty``, zeros themselves."""
    if name in _LINEAR:
        return list(empty)[name == "full_like"]
    if name == "mul":
        return any(empty)
    return name == "where" and all([*empty][1:])
