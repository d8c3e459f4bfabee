"""Choices between two values: decided ones, those of numbers as masks, masks inside of a mask.

Before: ``%1 = where %c, 1, 0; %2 = mul %1, %g``.
After: ``%2 = where %c, %g, 0``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING

from sct.ir.nodes import Op, Value
from sct.ir.types import are_alike
from sct.transform.build import Builder
from sct.transform.masks import same_condition

if TYPE_CHECKING:
    from sct.transform.simplify import Rewriter


_NEVER_NEGATIVE = frozenset({"abs", "exp", "hypot", "norm", "sqrt", "std", "var"})
_PASSING = {"mul": (0, 1), "div": (0,), "neg": (0,), "where": (1, 2)}
"""What is zero where these operands are, or is what they are."""
_ELEMENTWISE = frozenset({"mul", "neg", "add", "sub", "accumulate", "where"})
_COMPUTED: dict[str, Callable[..., float]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "neg": operator.neg,
}


def decide(r: Rewriter, op: Op, build: Builder) -> Value | None:  # 2.0 > 0 -> True
    a, b = (_computed(r, value) for value in op.operands)
    return None if a is None or b is None else build.const(a > b if op.name == "gt" else a == b)


def _computed(r: Rewriter, value: Value) -> float | None:
    """The number that a value is, be it computed of constants: ``1 / 3``."""
    op = r.made.get(value)
    if op is None or op.name not in _COMPUTED:
        return r.number(value)
    numbers = [number for number in (_computed(r, operand) for operand in op.operands) if number is not None]
    if len(numbers) < len(op.operands) or (op.name == "div" and numbers[1] == 0):
        return None
    return _COMPUTED[op.name](*numbers)


def decide_both(r: Rewriter, op: Op, build: Builder) -> Value | None:  # c & False -> False; c & True -> c
    for test, other in (op.operands, op.operands[::-1]) if op.attrs.get("style") == "operator" else ():
        made = r.by(test, "const")
        if made is not None and isinstance(made.attrs["value"], bool):
            return other if made.attrs["value"] else build.const(False)
    return None


def choose(r: Rewriter, op: Op, build: Builder) -> Value | None:
    """``where(True, x, y) -> x``, and a rule's ``where(n == 0, x, y) -> y`` where the author divides by ``n``."""
    made = r.by(op.operands[0], "const")
    holds = _holds(r, op.operands[0], op) if made is None else bool(made.attrs["value"])
    if holds is None:
        return None
    k = 1 if holds else 2
    branch, other = op.operands[k], op.operands[3 - k]
    is_whole = are_alike(branch.type, op.result.type) or (branch.type.is_array and other.type.is_scalar)
    return branch if is_whole else None


def _holds(r: Rewriter, condition: Value, op: Op) -> bool | None:
    """Whether a rule's condition holds at ``op``, as what it asks of is no zero; None where that is not known."""
    made = r.made.get(condition)
    if made is None or made not in r.derived or r.nonzero is None or r.nonzero.is_masked:
        return None
    if made.name == "logical_and":
        return False if any(_holds(r, part, op) is False for part in made.operands) else None
    if made.name not in ("eq", "gt") or r.number(made.operands[1]) != 0 or not r.is_nonzero(made.operands[0], op):
        return None
    if made.name == "eq":
        return False
    return True if r.named(made.operands[0]) in _NEVER_NEGATIVE else None


def distribute(r: Rewriter, op: Op, build: Builder) -> Value | None:  # where(c, 1, 0) * g -> where(c, g, 0)
    a, g = op.operands
    where = r.derived_by(a, "where")
    if where is None or where.attrs.get("clamp"):  # a slope, which others share
        return None
    if a.type.is_scalar and not g.type.is_scalar:  # what Python chooses computes one of the two
        return None
    c, x, y = where.operands
    numbers = [r.number(v) for v in (x, y)]
    is_choice = None not in numbers and not {1, -1}.isdisjoint(numbers)
    if is_choice or 0 in numbers or all(r.number(v) in (0, 1, -1) or r.by(v, "where") in r.derived for v in (x, y)):
        branches = [build.const(0.0) if r.number(v) == 0 else build.op("mul", v, g) for v in (x, y)]
        return build.op("where", c, *branches)
    return None


def sign(r: Rewriter, op: Op, build: Builder) -> Value | None:
    """``where(x > 0, 1, where(x < 0, -1, 0)) * g -> g * sign(x)``, of an array: the slope of an absolute value.

    Where the elements of ``g`` may be infinite, beside a 0 of ``x``, the choice stays.
    """
    for slope, g in (op.operands, op.operands[::-1]):
        outer = r.derived_by(slope, "where") if slope.type.is_array else None
        inner = None if outer is None else r.derived_by(outer.operands[2], "where")
        if outer is None or inner is None:
            continue
        above, below = r.by(outer.operands[0], "gt"), r.by(inner.operands[0], "lt")
        if above is None or below is None or above.operands[0] is not below.operands[0]:
            continue
        limits = [above.operands[1], below.operands[1], outer.operands[1], *inner.operands[1:]]
        if [r.number(value) for value in limits] == [0, 0, 1, -1, 0] and _is_finite(r, g):
            return build.op("mul", g, build.op("sign", above.operands[0], lib="numpy"))
    return None


def _is_finite(r: Rewriter, value: Value) -> bool:
    """Whether no quotient or power makes an adjoint's elements infinite; a number is one for all of them."""
    made = r.made.get(value)
    if value.type.is_scalar or made is None or made not in r.derived:
        return True
    if made.name == "pow":
        return (r.number(made.operands[1]) or 0) >= 1 and _is_finite(r, made.operands[0])
    if made.name == "div":
        divisor = made.operands[1]
        return (divisor.type.kind == "int" or r.is_nonzero(divisor, made)) and _is_finite(r, made.operands[0])
    return made.name not in _ELEMENTWISE or all(_is_finite(r, each) for each in made.operands[made.name == "where" :])


def unmask(r: Rewriter, op: Op, build: Builder) -> Value | None:
    """``where(c, p * where(c, g, 0), 0) -> where(c, p * g, 0)``, and without ``c`` around a mask that implies it."""
    c, x, y = op.operands
    inner = r.derived_by(x, "where") if r.number(y) == 0 else None
    if inner is not None and r.number(inner.operands[2]) == 0 and are_alike(x.type, op.result.type):
        if _implies(r, inner.operands[0], c):
            return x
    for k, other in ((1, y), (2, x)):
        if r.number(other) != 0:
            continue
        bare = _without(r, op.operands[k], c, k, build)
        if bare is not None:
            return build.op("where", c, *((bare, y) if k == 1 else (x, bare)))
    return None


def _implies(r: Rewriter, condition: Value, other: Value) -> bool:
    """Whether a condition on arrays holds only where the other does: ``(max(x, 0) > 0) & c`` and ``x > 0``."""
    if same_condition(condition, other, r.made):
        return True
    made, above = r.made.get(condition), r.by(other, "gt")
    if made is not None and made.name in ("bitwise_and", "logical_and"):
        return any(_implies(r, part, other) for part in made.operands)
    larger = r.by(made.operands[0], "maximum") if made is not None and made.name == "gt" else None
    if made is None or larger is None or above is None or above.operands[0] is not larger.operands[0]:
        return False
    least, limit, number = (r.number(op.operands[1]) for op in (larger, made, above))
    return least is not None and limit is not None and number is not None and limit >= max(least, number)


def _without(r: Rewriter, value: Value, c: Value, k: int, build: Builder) -> Value | None:
    """A product, or what another mask hands on, without a mask that the one around it makes needless."""
    where = r.derived_by(value, "where")
    if where is not None and where.operands[0] is c and r.number(where.operands[3 - k]) == 0:
        return where.operands[k]
    for name, places in _PASSING.items() if value.hint is None else ():
        product = r.derived_by(value, name)
        for j in places if product is not None else ():
            assert product is not None
            bare = _without(r, product.operands[j], c, k, build)
            if bare is not None:
                return build.op(name, *product.operands[:j], bare, *product.operands[j + 1 :])
    return None
