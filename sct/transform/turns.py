"""Counts the turns of loops whose number of turns is not known beforehand.

Before::

    %y = while (%y0) test {…} body (%y1) { yield %y2 }

After::

    %turns0 = const 0
    %y, %turns = while (%y0, %turns0) test {…} body (%y1, %turns1) { %turns2 = add %turns1, 1; yield %y2, %turns2 }

The attribute ``turns`` of the loop is the count.  A ``for`` that cannot stop early needs none, and neither does a
``while`` with an integer to which each turn adds the same constant, as ``i += 1`` does: the attribute ``index`` is what
a turn begins with, and the reverse sweep has the ``for`` that goes back to where it began.
"""

from __future__ import annotations

from collections.abc import Collection

from sct.ir.nodes import Block, Hook, Loop, Op, Value, While
from sct.ir.operations import WRITES
from sct.ir.types import INT, Type


def count_turns(block: Block, active: set[Value], behind: Collection[str | None] = ()) -> set[str | None]:
    """Let each loop in ``block`` that the reverse sweep has to replay have an index, or a counter, if it has neither.

    Returns the names that the block binds.

    Parameters
    ----------
    behind : collection of str or None
        The names that stand for something else by the time that the reverse sweep begins, or comes to this turn.
    """
    ops: list[Op] = []
    taken, bound = set(behind), {arg.hint for arg in block.args}
    for op in reversed(block.ops):
        names = {result.hint for result in op.results}
        for owned in op.blocks:
            names |= count_turns(owned, active, () if isinstance(op, Loop) else taken)
        ops.append(op)
        if isinstance(op, Loop) and (isinstance(op, While) or op.stops) and _replayed(op, active):
            index = None if op.stops else _index(op, taken)
            if index is None:
                ops.append(_add_counter(op))
            else:
                op.attrs["index"] = index
        taken |= names
        bound |= names
    block.ops = ops[::-1]
    return bound


def _replayed(op: Loop, active: set[Value]) -> bool:
    if not active.isdisjoint([*op.results, *op.carried]):
        return True
    return any(inner.name in WRITES or isinstance(inner, Hook) for inner in op.body.walk())


def _index(op: Loop, taken: Collection[str | None]) -> Value | None:
    """The integer that counts the turns of a loop and keeps its name; of several, the one that ends the loop."""
    made = {inner.result: inner for inner in op.body.ops if inner.name in ("add", "sub")}
    found = [
        carried
        for init, carried, after in zip(op.inits, op.carried, op.nexts, strict=True)
        if (adding := made.get(after)) is not None and step_of(adding, carried)
        if carried.hint not in (None, *taken)
        if init.type.kind == carried.type.kind == after.type.kind == "int"
    ]
    assert isinstance(op, While)
    asked = {operand for inner in op.test.ops for operand in inner.operands}
    ending = [carried for carried in found if op.test.args[op.carried.index(carried)] in asked]
    return next(iter([*ending, *found]), None)


def step_of(adding: Op, carried: Value) -> int:
    """The constant that an operation adds to ``carried``, or 0."""
    first, second = adding.operands
    if second is carried and adding.name == "add":
        first, second = second, first
    size = second.type.dim if first is carried else 0
    return 0 if not isinstance(size, int) else size if adding.name == "add" else -size


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
