"""Choices between two values: decided ones, those of numbers as masks, masks inside of a mask.

Before: ``%1 = where %c, 1, 0; %2 = mul %1, %g``.
After: ``%2 = where %c, %g, 0``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sct.ir.nodes import Op, Value
from sct.ir.types import are_alike
from sct.transform.build import Builder

if TYPE_CHECKING:
    from sct.transform.simplify import Rewriter


def decide(r: Rewriter, op: Op, build: Builder) -> Value | None:  # 2.0 > 0 -> True
    a, b = map(r.number, op.operands)
    return None if a is None or b is None else build.const(a > b if op.name == "gt" else a == b)


def decide_both(r: Rewriter, op: Op, build: Builder) -> Value | None:  # c & False -> False; c & True -> c
    for test, other in (op.operands, op.operands[::-1]) if op.attrs.get("style") == "operator" else ():
        made = r.by(test, "const")
        if made is not None and isinstance(made.attrs["value"], bool):
            return other if made.attrs["value"] else build.const(False)
    return None


def choose(r: Rewriter, op: Op, build: Builder) -> Value | None:  # where(True, x, y) -> x
    made = r.by(op.operands[0], "const")
    k = 2 if made is not None and not made.attrs["value"] else 1
    branch, other = op.operands[k], op.operands[3 - k]
    is_whole = are_alike(branch.type, op.result.type) or (branch.type.is_array and other.type.is_scalar)
    return branch if made is not None and is_whole else None


def distribute(r: Rewriter, op: Op, build: Builder) -> Value | None:  # where(c, 1, 0) * g -> where(c, g, 0)
    a, g = op.operands
    where = r.derived_by(a, "where")
    if where is None or (a.type.is_scalar and not g.type.is_scalar):  # what Python chooses computes one of the two
        return None
    c, x, y = where.operands
    numbers = [r.number(v) for v in (x, y)]
    is_choice = None not in numbers and not {1, -1}.isdisjoint(numbers)
    if is_choice or 0 in numbers or all(r.number(v) in (0, 1, -1) or r.by(v, "where") in r.derived for v in (x, y)):
        branches = [build.const(0.0) if r.number(v) == 0 else build.op("mul", v, g) for v in (x, y)]
        return build.op("where", c, *branches)
    return None


def unmask(r: Rewriter, op: Op, build: Builder) -> Value | None:
    """``where(c, p * where(c, g, 0), 0) -> where(c, p * g, 0)``."""
    c, x, y = op.operands
    for k, other in ((1, y), (2, x)):
        if r.number(other) != 0:
            continue
        bare = _without(r, op.operands[k], c, k, build)
        if bare is not None:
            return build.op("where", c, *((bare, y) if k == 1 else (x, bare)))
    return None


def _without(r: Rewriter, value: Value, c: Value, k: int, build: Builder) -> Value | None:
    """A product without a factor's mask, which its own mask makes needless."""
    where = r.derived_by(value, "where")
    if where is not None and where.operands[0] is c and r.number(where.operands[3 - k]) == 0:
        return where.operands[k]
    for name in ("mul", "div", "neg") if value.hint is None else ():
        product = r.derived_by(value, name)
        for j, factor in enumerate(product.operands[:2] if product is not None else ()):
            assert product is not None
            bare = _without(r, factor, c, k, build) if name != "div" or j == 0 else None
            if bare is not None:
                return build.op(name, *product.operands[:j], bare, *product.operands[j + 1 :])
    return None
