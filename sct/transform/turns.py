"""Counts the turns of loops whose number of turns is not known beforehand.

Before::

    %y = while (%y0) test {…} body (%y1) { yield %y2 }

After::

    %turns0 = const 0
    %y, %turns = while (%y0, %turns0) test {…} body (%y1, %turns1) { %turns2 = add %turns1, 1; yield %y2, %turns2 }

The attribute ``turns`` of the loop is the count.  A ``for`` that cannot stop early needs none.
"""

from __future__ import annotations

from sct.ir.nodes import Block, Hook, Loop, Op, Value, While
from sct.ir.operations import WRITES
from sct.ir.types import INT, Type


def count_turns(block: Block, active: set[Value]) -> None:
    """Add a counter to each loop in ``block`` that the reverse sweep has to replay and cannot count itself."""
    ops: list[Op] = []
    for op in block.ops:
        for owned in op.blocks:
            count_turns(owned, active)
        if isinstance(op, Loop) and (isinstance(op, While) or op.stops) and _replayed(op, active):
            ops.append(_add_counter(op))
        ops.append(op)
    block.ops = ops


def _replayed(op: Loop, active: set[Value]) -> bool:
    if not active.isdisjoint([*op.results, *op.carried]):
        return True
    return any(inner.name in WRITES or isinstance(inner, Hook) for inner in op.body.walk())


def _constant(op: Op, value: int, hint: str | None = None) -> Op:
    result = Value(Type("int", dim=value), hint)
    return Op("const", [], [result], {"value": value, "text": str(value)}, op.span, op.stmt)


def _add_counter(op: Loop) -> Op:
    zero, one = _constant(op, 0, "turns"), _constant(op, 1)
    arg, result = Value(INT, "turns"), Value(INT, "turns")
    step = Op(
        "add", [arg, one.result], [Value(INT, "turns")], {"style": "operator", "augmented": True}, op.span, op.stmt
    )
    op.operands.append(zero.result)
    op.body.args.append(arg)
    op.body.ops[:0] = [one, step]
    op.body.yields.append(step.result)
    op.results.append(result)
    if isinstance(op, While):
        op.test.args.append(Value(INT, "turns"))
    op.attrs["turns"] = result
    return zero
