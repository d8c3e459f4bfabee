"""Another name of a value begins where the author gives it, not at the loop or branch that goes on with the name.

Before: ``%k = mul 2.0, %q; %x1 = for (%x = %x0) { … }``, from ``x = x0`` and ``k = 2.0 * q`` in the source.
After: ``%x2 = bind %x0; %k = mul 2.0, %q; %x1 = for (%x = %x2) { … }``.

Without it ``x, p = x0, 1.0`` would be two statements, and ``x = x0`` would stand right before the loop.
"""

from __future__ import annotations

from collections.abc import Iterator

from sct.backend.authored import assigned
from sct.errors import Span
from sct.ir.nodes import Block, Function, If, Loop, Op, Statement, Value


def bind_where_given(fn: Function) -> set[Value]:
    """Let what a loop or branch goes on with have the name from the author's statement on; return what has."""
    found = set[Value]()
    for block in list(fn.body.blocks()) if fn.copies else ():
        for phi in [op for op in block.ops if op.origin is None]:
            named: dict[tuple[str, Value], Value] = {}
            for values, k, name in _goes_on_with(phi):
                value = values[k]
                stmt, own = fn.copies.get((name, value)), named.get((name, value))
                if stmt is None:
                    continue
                if own is None and (place := _place(block, phi, value, name, stmt, fn)) is not None:
                    own = named[name, value] = Value(value.type, name)
                    block.ops.insert(place, Op("bind", [value], [own], {}, stmt.span, stmt))
                values[k] = own or value
            found.update(named.values())
    return found


def _goes_on_with(phi: Op) -> Iterator[tuple[list[Value], int, str]]:
    """Where values stand that a loop carries, or a branch gives, under a name that is not theirs; and the name."""
    if isinstance(phi, Loop):
        first = len(phi.operands) - len(phi.inits)
        for k, arg in enumerate(phi.carried, first):
            if arg.hint is not None and phi.operands[k].hint != arg.hint:
                yield phi.operands, k, arg.hint
    elif isinstance(phi, If) and phi.attrs.get("form") == "stmt":
        for k, result in enumerate(phi.results):
            if result.hint is not None:
                yield from ((values, at, result.hint) for values, at in _given(phi, k, result.hint))


def _given(phi: If, k: int, name: str) -> Iterator[tuple[list[Value], int]]:
    """Where the values stand that the branches give a result: those of an ``elif`` as well."""
    for block in phi.blocks:
        value = block.yields[k]
        inner = next((op for op in block.ops if value in op.results), None)
        if isinstance(inner, If):
            yield from _given(inner, inner.results.index(value), name)
        elif value.hint != name:
            yield block.yields, k


def _place(block: Block, phi: Op, value: Value, name: str, stmt: Statement, fn: Function) -> int | None:
    """Where in a block a statement stood; None if it is none of the block's before ``phi``."""
    end = block.ops.index(phi)
    if phi.stmt is None or not _start(fn.span) <= _start(stmt.span) < _start(phi.stmt.span):
        return None
    if phi.stmt.span.file != stmt.span.file:
        return None
    targets = [target for target, _ in assigned("\n".join(stmt.lines))] if stmt.lines else []
    for k in range(end - 1, -1, -1):
        op = block.ops[k]
        if value in op.results:
            return k + 1
        if op.origin is not None or op.stmt is None or op.stmt.span.file != stmt.span.file:
            continue
        if op.stmt is stmt and len(op.results) == 1 and op.result.hint in targets and name in targets:
            if targets.index(op.result.hint) < targets.index(name):
                return k + 1
        elif _start(fn.span) <= _start(op.stmt.span) < _start(stmt.span):
            return k + 1
    return 0


def _start(span: Span) -> tuple[int, int]:
    return span.line, span.col
