"""Loops over elements, as loops over elements.

Before: ``for %x_index in 0, len(%data), 1 { %x = getitem %data, %x_index; … }``.
After: ``for x in data: …``, and in the same way ``zip`` and ``enumerate``.

Every loop of the IR counts.  Where the forward sweep needs the index for nothing but the elements, with which a turn
begins, the author's form says what is meant; one that is filled by the index, and the reverse sweep, keep it.  Adjoints
that are computed in the turn itself have it from ``enumerate``.
"""

from __future__ import annotations

from sct.analysis.liveness import users
from sct.backend.expressions import Expressions
from sct.ir.nodes import Loop, Op, Value


def by_elements(op: Loop, expr: Expressions) -> tuple[str, list[Op]] | None:
    """The target and the iterable of a loop, and the operations in its body that these stand for."""
    index = op.body.args[0]
    lengths = _lengths(op.operands[1], expr)
    if not lengths or not expr.is_constant(op.operands[0], 0) or not expr.is_constant(op.operands[2], 1):
        return None
    inside = [inner for inner in op.body.walk() if inner.name != "global"]  # which is the same everywhere
    made = {*op.body.args, *(result for inner in inside for result in inner.results)}
    used_by = users(op.body).get(index, [])
    reads = [each for each in op.body.ops if each.name == "getitem" and each in used_by and each.operands[-1] is index]
    reads = [each for each in reads if made.isdisjoint(each.operands[:-1]) and each.result not in expr.folded]
    if [expr.subscript(each.operands[0], each.operands[1:-1]) for each in reads] != lengths:
        return None
    targets, iterables = ", ".join(expr.names[each.result] for each in reads), ", ".join(lengths)
    if len(reads) > 1:
        iterables = f"zip({iterables})"
    others = [user for user in used_by if user not in reads]
    if index.hint is not None or (others and all(isinstance(user, Op) and user.origin is not None for user in others)):
        targets = f"{expr.names[index]}, {f'({targets})' if len(reads) > 1 else targets}"
        iterables = f"enumerate({iterables})"
    elif others:
        return None
    return f"{targets} in {iterables}", reads


def _lengths(stop: Value, expr: Expressions) -> list[str]:
    """What a loop goes over, if elements of these alone are what the author asked for: the shortest ends it."""
    op = expr.makers.get(stop)
    if op is not None and op.name == "minimum":
        found = [_lengths(operand, expr) for operand in op.operands]
        return [text for texts in found for text in texts] if all(found) else []  # a range may be the shortest
    if op is not None and op.name == "len" and op.attrs.get("iterated"):
        return [expr(op.operands[0])]
    return []
