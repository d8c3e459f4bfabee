"""What a condition is about: whether a branch may be there to keep a value out of an operation.

Before: ``%s = add …; %r = sqrt %s; %c = gt %r, 0; if %c {…}``.
After: ``%c`` is about ``%r``, and so are conditions on ``%s``, on what that is computed from, and on ``abs(%r)``.
"""

from __future__ import annotations

from collections.abc import Mapping

from sct.ir.nodes import Op, Value

Makers = Mapping[Value, Op]


def is_about(condition: Value, value: Value, makers: Makers) -> bool:
    """Whether a condition asks of ``value``, or of something that it is computed from."""
    maker = makers.get(value)
    near = {value, *(maker.operands if maker is not None else ())}
    if not near.isdisjoint(_slice(condition, makers)):
        return True
    below, todo = _slice(value, makers), [condition]
    while todo:
        asked = todo.pop()
        op = makers.get(asked)
        sources = [] if op is None else _sources(op, makers)
        if asked in below:
            return True
        if asked.type.kind == "bool" or len(sources) == 1:
            todo += sources
    return False


def _slice(value: Value, makers: Makers) -> set[Value]:
    """The value, and all that it is computed from in one turn, but for constants."""
    found, todo = {value}, [value]
    while todo:
        op = makers.get(todo.pop())
        fresh = [source for source in (_sources(op, makers) if op is not None else ()) if source not in found]
        found.update(fresh)
        todo += fresh
    return found


def _sources(op: Op, makers: Makers) -> list[Value]:
    values = [*op.operands, *(value for block in op.blocks for value in block.yields)]
    return [value for value in values if value not in makers or makers[value].name != "const"]
