"""Indices that follow the counter of a loop.

Before: ``for %i in (1, %n, 1) { %j = sub %i, 1; %v = getitem %a, %j }``.
After: ``%j`` is counted: another element in each turn, and never one from the end.
"""

from __future__ import annotations

from collections.abc import Mapping

from sct.ir.nodes import For, Op, Value


def is_counted(index: Value, loop: Op | None, made: Mapping[Value, Op]) -> bool:
    """Whether an index is another element in each turn: it follows the counter, and is never negative."""
    if not isinstance(loop, For):
        return False
    start, stop, step = loop.operands[:3]
    size = number(step, made)
    lowest = number(start, made) if size is None or size > 0 else number(stop, made)
    offset = _offset(index, loop.body.args[0], made)
    if not size or lowest is None or offset is None:
        return False
    return lowest + (size < 0) + offset >= 0


def number(value: Value, made: Mapping[Value, Op]) -> int | None:
    """The integer that a value is, where it is written out."""
    op = made.get(value)
    found = op.attrs["value"] if op is not None and op.name == "const" else None
    return found if type(found) is int else None


def _offset(index: Value, counter: Value, made: Mapping[Value, Op]) -> int | None:
    """What is added to the counter to make an index."""
    if index is counter:
        return 0
    op = made.get(index)
    if op is None or op.name not in ("add", "sub") or op.operands[0] is not counter:
        return None
    found = number(op.operands[1], made)
    return -found if found is not None and op.name == "sub" else found
