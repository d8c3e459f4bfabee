"""Which values are live where.

A backward walk over the structured SSA (Appel, Modern Compiler Implementation, section 10.1; the structure replaces the
flow graph).  A loop is walked until its live-in set is stable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sct.ir.nodes import Block, For, Function, If, Op, Value, While

Visit = Callable[[Op | Block, list[Value], set[Value]], None]


def walk_liveness(fn: Function, visit: Visit) -> None:
    """Call ``visit(place, defined, live)`` for each definition point.

    ``place`` is an operation or, for block arguments, the block; ``defined`` are the values it defines and ``live``
    those that are live right after it, ``defined`` included where they are used: a set that changes when the visit is
    over.  A point in a loop is visited several times, with growing sets.
    """
    _block(fn.body, set(), visit)


def _block(block: Block, live_out: set[Value], visit: Visit) -> set[Value]:
    live = live_out | set(block.yields)
    for op in reversed(block.ops):
        visit(op, op.results, live)
        live.difference_update(op.results)
        live = _op(op, live, visit) if op.blocks else live
        live.update(op.operands)
    visit(block, block.args, live)
    return live - set(block.args)


def _op(op: Op, live: set[Value], visit: Visit) -> set[Value]:
    """What is live before the blocks of an operation."""
    if isinstance(op, If):
        return _block(op.then, live, visit) | _block(op.orelse, live, visit)
    if isinstance(op, For | While):
        return _loop(op, live, visit)
    return live | _block(op.blocks[0], live, visit)


def _loop(op: For | While, live: set[Value], visit: Visit) -> set[Value]:
    around = set(live)
    while True:
        inside = _block(op.body, around, visit)
        if isinstance(op, While):
            inside = _block(op.test, around | inside, visit)
        if inside <= around:
            return around
        around |= inside


def uses(block: Block) -> Iterable[tuple[Op | Block, Value]]:
    """Every use of a value in a block and below: the operation, or the block that yields it."""
    for op in block.ops:
        for value in op.operands:
            yield op, value
        for owned in op.blocks:
            yield from uses(owned)
    for value in block.yields:
        yield block, value
