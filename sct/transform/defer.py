"""A tangent that one branch alone uses is computed in it, where its slope may be infinite elsewhere.

Before::

    %r = sqrt %s;  %r_dot = mul (div 0.5, %r), %s_dot;  %y_dot = if (gt %r, 0) { … %r_dot … } else { … }

After::

    %r = sqrt %s;  %y_dot = if (gt %r, 0) { %r_dot = mul (div 0.5, %r), %s_dot; … } else { … }

At ``r = 0`` the branch is not taken, and the quotient of Python's numbers would raise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from sct.analysis.conditions import is_about
from sct.analysis.liveness import use_counts
from sct.ir.nodes import Block, Function, If, Op, Value
from sct.rules.table import lookup

_POLES = frozenset({"div", "pow"})


def defer(fn: Function, derived: Collection[Op]) -> None:
    """Move those of the operations ``derived`` of ``fn`` into the branches that need them."""
    count = use_counts(fn.body)
    makers = {result: op for op in fn.body.walk() for result in op.results}
    for block in fn.body.blocks():
        for op in list(block.ops):
            for arm in op.blocks if isinstance(op, If) else ():
                _move(block, op, arm, count, makers, derived)


def _move(
    block: Block, branch: Op, arm: Block, count: Counter[Value], makers: Mapping[Value, Op], derived: Collection[Op]
) -> None:
    used = use_counts(arm)
    alone: list[Op] = []
    for op in reversed(block.ops[: block.ops.index(branch)]):
        if op in derived and _is_arithmetic(op) and 0 < used[op.result] == count[op.result]:
            used.update(op.operands)
            alone.append(op)
    poles = {op.result for op in alone if op.name in _POLES and is_about(branch.operands[0], _pole(op), makers)}
    moved: list[Op] = []
    for op in reversed(alone):
        if op.result in poles or not poles.isdisjoint(op.operands):
            poles.add(op.result)
            moved.append(op)
    block.ops = [op for op in block.ops if op not in moved]
    arm.ops[:0] = moved


def _pole(op: Op) -> Value:
    """What must not be zero in a quotient or a power."""
    return op.operands[1 if op.name == "div" else 0]


def _is_arithmetic(op: Op) -> bool:
    """Whether an operation makes a number of numbers."""
    row = lookup(op.name)
    values = [*op.results, *op.operands]
    return row is not None and len(op.results) == 1 and not op.blocks and all(value.type.is_scalar for value in values)
