"""Which dimensions are the same size in every turn of a loop.

Before: ``for (%p: array[?1], %r: array[n]) { %q: array[?1-1] = …; yield %q, %r }``.
After: ``n``, and neither ``?1`` nor ``?1-1``: equal symbols are equal sizes in one turn, not in two.

What ``add %a, %b`` makes of arrays that have one size in all turns has one size as well.
"""

from __future__ import annotations

from sct.ir.nodes import Block, Loop, Value
from sct.ir.types import Dim, Type
from sct.rules.table import lookup


def steady_dims(body: Block) -> frozenset[Dim]:
    """The sizes of a body's values, but for those that are one in a loop only: nothing is known of them before it."""
    steady = _dims(body.args)
    varying: set[Dim] = set()
    _visit(body, steady, varying)
    return frozenset(_dims(_values(body)) - varying)


def _visit(block: Block, steady: set[Dim], varying: set[Dim]) -> None:
    for op in block.ops:
        if isinstance(op, Loop):
            inside = [value for owned in op.blocks for value in _values(owned)]
            known = _following(op, steady)
            varying |= {dim for dim in _dims(inside) if isinstance(dim, str) and dim.startswith("?")} - known
        else:
            for owned in op.blocks:
                _visit(owned, steady, varying)
        steady |= _dims(op.results) - varying


def _following(loop: Loop, steady: set[Dim]) -> set[Dim]:
    """The sizes that are steady, and those that elementwise operations of a loop make of these alone."""
    known = set(steady)
    for block in loop.blocks:
        for op in block.walk():
            row = lookup(op.name)
            if row is not None and row.elementwise and _dims(op.operands) <= known | {1}:
                known |= _dims(op.results)
    return known


def _values(block: Block) -> list[Value]:
    inner = [value for owned in block.blocks() for value in owned.args]
    return [*inner, *(value for op in block.walk() for value in op.results)]


def _dims(values: list[Value]) -> set[Dim]:
    return {dim for value in values for dim in _of(value.type)}


def _of(type_: Type) -> list[Dim]:
    return [*(type_.shape or ()), *(dim for item in type_.items for dim in _of(item))]
