"""Whether an operand is beyond a bound is asked of what was bounded, where that is kept anyway.

Before: ``%s = add %p, %b; %z = maximum %s, 0.0; …``, and in the reverse sweep ``%m = gt %s, 0.0``.
After: ``%m = gt %z, 0.0``, and ``%s`` needs neither a variable nor a place on a tape.

Between the bounds a comparison holds for both, or for neither of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sct.analysis.liveness import users
from sct.analysis.numbering import unwritten
from sct.ir.nodes import Block, Function, Op, Value

_TURNED = {"gt": "lt", "lt": "gt"}
_UNDO = frozenset({"restore", "shrink"})


def ask_results(fn: Function, derived: Sequence[Op]) -> None:
    """Let the comparisons among the operations ``derived``, and what they own, name results instead of operands."""
    inside = set(Block(ops=list(derived)).walk())
    if not any(op.name in _TURNED for op in inside):
        return
    numbers = _numbers(fn)
    bounded = [found for op in fn.body.walk() if op not in inside and (found := _bounded(op, numbers)) is not None]
    steady = unwritten(fn, [each.op.result for each in bounded])
    used, in_frame = users(fn.body), set(fn.body.ops)
    for each in bounded:
        operand, result = each.operand, each.op.result
        asking = [user for user in used[operand] if isinstance(user, Block) or user in inside]
        keeps = [user for user in used.get(result, []) if isinstance(user, Block) or user in inside]
        is_kept = any(isinstance(user, Op) and user.name not in _UNDO for user in keeps)
        if result.hint is not None:
            is_kept |= each.op in in_frame or any(isinstance(user, Block) for user in keeps)
        if operand.hint is not None or not is_kept or not (result.type.is_scalar or result in steady):
            continue
        comparisons = [user for user in asking if isinstance(user, Op) and each.holds_alike(user, numbers)]
        if len(comparisons) == len(asking):
            for user in comparisons:
                user.operands = [result if value is operand else value for value in user.operands]
            used.setdefault(result, []).extend(comparisons)


@dataclass
class _Bounded:
    """An operation that bounds an operand by numbers."""

    op: Op
    operand: Value
    lowest: float
    highest: float

    def holds_alike(self, user: Op, numbers: Mapping[Value, float]) -> bool:
        """Whether a comparison of the operand is one of the result as well."""
        if user.name not in _TURNED:
            return False
        first, second = user.operands
        name, other = (user.name, second) if first is self.operand else (_TURNED[user.name], first)
        limit = numbers.get(other, math.nan)
        if name == "gt":
            return self.lowest <= limit < self.highest
        return self.lowest < limit <= self.highest


def _bounded(op: Op, numbers: Mapping[Value, float]) -> _Bounded | None:
    """What an operation bounds, if its result is as large."""
    found = None
    if op.name == "clip" and len(op.operands) == 3:
        value, *bounds = op.operands
        low, high = (numbers.get(bound, math.nan) for bound in bounds)
        found = _Bounded(op, value, low, high) if low <= high else None
    elif op.name in ("maximum", "minimum"):
        limits = [numbers[value] for value in op.operands if value in numbers]
        values = [value for value in op.operands if value not in numbers]
        if len(limits) == len(values) == 1:
            low, high = (limits[0], math.inf) if op.name == "maximum" else (-math.inf, limits[0])
            found = _Bounded(op, values[0], low, high)
    is_alike = found is not None and found.operand.type == op.result.type
    return found if is_alike and op.result.type.kind in ("float", "array") else None


def _numbers(fn: Function) -> dict[Value, float]:
    """The numbers that are written out, with a sign or without."""
    found: dict[Value, float] = {}
    for op in fn.body.walk():
        if op.name == "const" and type(op.attrs["value"]) in (int, float):
            found[op.result] = op.attrs["value"]
        elif op.name == "neg" and op.operands[0] in found:
            found[op.result] = -found[op.operands[0]]
    return found
