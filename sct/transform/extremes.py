"""Whether an operand is beyond a bound is asked of what was bounded, where that is kept anyway.

Before: ``%s = add %p, %b; %z = maximum %s, 0.0; …``, and in the reverse sweep ``%m = gt %s, 0.0``.
After: ``%m = gt %z, 0.0``, and ``%s`` needs neither a variable nor a place on a tape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sct.analysis.liveness import users
from sct.analysis.numbering import unwritten
from sct.ir.nodes import Block, Function, Op, Value

_BEYOND = {"maximum": ("gt",), "minimum": ("lt",), "clip": ("gt", "lt")}
"""The comparisons that hold for an operand where they hold for the result: with the one bound, or the two in order."""
_TURNED = {"gt": "lt", "lt": "gt"}
_UNDO = frozenset({"restore", "shrink"})


def ask_results(fn: Function, derived: Sequence[Op]) -> None:
    """Let the comparisons among the operations ``derived``, and what they own, name results instead of operands."""
    inside = set(Block(ops=list(derived)).walk())
    if not any(op.name in _TURNED for op in inside):
        return
    numbers = {op.result: op.attrs["value"] for op in fn.body.walk() if op.name == "const"}
    bounding = [op for op in fn.body.walk() if op.name in _BEYOND and op not in inside and _is_bounding(op, numbers)]
    steady = unwritten(fn, [op.result for op in bounding])
    used, in_frame = users(fn.body), set(fn.body.ops)
    for op in bounding:
        operand, result = op.operands[0], op.result
        asking = [user for user in used[operand] if isinstance(user, Block) or user in inside]
        keeps = [user for user in used.get(result, []) if isinstance(user, Block) or user in inside]
        is_kept = any(isinstance(user, Op) and user.name not in _UNDO for user in keeps)
        if result.hint is not None:
            is_kept |= op in in_frame or any(isinstance(user, Block) for user in keeps)
        if operand.hint is not None or not is_kept or not (result.type.is_scalar or result in steady):
            continue
        comparisons = [user for user in asking if isinstance(user, Op) and _asks(user, op, numbers)]
        if len(comparisons) == len(asking):
            for user in comparisons:
                user.operands = [result if value is operand else value for value in user.operands]


def _is_bounding(op: Op, numbers: Mapping[Value, Any]) -> bool:
    """Whether the operation bounds what is no variable, by numbers in order, and its result is as large."""
    value, *bounds = op.operands
    found = [bound for bound in map(numbers.get, bounds) if isinstance(bound, int | float)]
    is_bounded = len(found) == len(bounds) == len(_BEYOND[op.name]) and found[0] <= found[-1]
    return is_bounded and value.type == op.result.type and value.type.kind in ("float", "array")


def _asks(user: Op, op: Op, numbers: Mapping[Value, Any]) -> bool:
    """Whether an operation asks whether the operand of ``op`` is beyond its bound."""
    if user.name not in _TURNED:
        return False
    first, second = user.operands
    name, bound = (user.name, second) if first is op.operands[0] else (_TURNED[user.name], first)
    given = zip(_BEYOND[op.name], op.operands[1:], strict=True)
    return bound in numbers and any((name, numbers[bound]) == (beyond, numbers[of]) for beyond, of in given)
