"""What a loop begins with gets a name of its own where it is read later, so that the loop keeps the author's.

Before: ``%x1 = for (%x = %x0) { … }; … mul %g, %x0``, all called ``x``: the loop's would be another name.
After: ``%first = bind %x0; %x1 = for (%x = %x0) { … }; … mul %g, %first``, which is called ``x_first``.

Where the block goes on with it in its next turn, the name stays with that, and the loop has the other one.
"""

from __future__ import annotations

from collections.abc import Iterable

from sct.analysis.liveness import use_counts
from sct.ir.instead import Instead
from sct.ir.nodes import Block, Function, Loop, Op, Value


def name_beginnings(fn: Function) -> None:
    """Name what loops begin with, if it is read where a turn has given its name to something else."""
    for block in list(fn.body.blocks()):
        for loop in [op for op in block.ops if isinstance(op, Loop)]:
            for init in dict.fromkeys(_renamed(loop)):
                _name(init, loop, block)


def _renamed(loop: Loop) -> Iterable[Value]:
    """What the loop begins with and then has under the same name in another turn."""
    for init, arg, after in zip(loop.inits, loop.carried, loop.nexts, strict=True):
        if init.hint is not None and init.hint == arg.hint and after is not arg:
            yield init


def _name(init: Value, loop: Loop, block: Block) -> None:
    """Let what reads a value in a loop, or behind it in the block, read another name of it."""
    place = block.ops.index(loop)
    behind = Block(ops=block.ops[place + 1 :], yields=block.yields)
    if not any(use_counts(part)[init] for part in (*loop.blocks, behind)):
        return
    if init in block.yields:
        own = Value(init.type, None, init.hint)
        loop.operands = [own if operand is init else operand for operand in loop.operands]
        block.ops.insert(place, Op("bind", [init], [own], {}, loop.span))
        return
    first = Value(init.type, None, f"{init.hint}_first")
    for part in (*loop.blocks, behind):
        Instead({init: first}).substitute(part)
    block.yields = behind.yields
    block.ops.insert(place, Op("bind", [init], [first], {}, loop.span))
