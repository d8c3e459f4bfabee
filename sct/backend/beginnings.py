"""What a loop or branch puts another value in the place of gets a name of its own where it is read later.

Before: ``%x1 = for (%x = %x0) { … }; … mul %g, %x0``, all called ``x``: the loop's would be another name.
After: ``%first = bind %x0; %x1 = for (%x = %x0) { … }; … mul %g, %first``, which is called ``x_first``.

The author's statements stay as written then: those in the loop or branch, and those before it that bind the name again.
Where the block goes on with the value in its next turn, the name stays with that, and the loop has the other one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from sct.analysis.liveness import use_counts
from sct.ir.instead import Instead
from sct.ir.nodes import Block, Function, If, Loop, Op, Value


def name_beginnings(fn: Function, authored: set[Value]) -> None:
    """Name what is read where a loop or a branch has given its name to something else."""
    for block in list(fn.body.blocks()):
        params = fn.params if block is fn.body else block.args
        for op in [op for op in block.ops if isinstance(op, Loop | If)]:
            if isinstance(op, Loop):
                for init in dict.fromkeys(_renamed(op)):
                    _name(init, op, block)
            while (found := next(_outlived(op, block, params, authored), None)) is not None:
                _name_from(found[0], found[1], block)


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
    first = _first(init)
    for part in (*loop.blocks, behind):
        Instead({init: first}).substitute(part)
    block.yields = behind.yields
    block.ops.insert(place, Op("bind", [init], [first], {}, loop.span))


def _outlived(
    phi: Loop | If, block: Block, params: Iterable[Value], authored: set[Value]
) -> Iterator[tuple[Value, int]]:
    """What is read behind a loop or branch that gives its name to something else, and where it loses the name first.

    Of several such values one would keep the name from the phi all the same.
    """
    place = block.ops.index(phi)
    names = Counter(result.hint for result in phi.results if result in authored and result.hint)
    for name in [name for name, count in names.items() if count == 1]:
        given = [(-1, param) for param in params if param.hint == name]
        given += [(k, v) for k, op in enumerate(block.ops[:place]) for v in op.results if v.hint == name]
        found = []
        for made, value in given:
            lost = next((k for k, _ in given if k > made), place)
            behind = Block(ops=block.ops[place if lost < place else place + 1 :])
            in_loop = isinstance(phi, Loop) and use_counts(phi)[value]  # `for s in state:` reads better as it is
            if value in authored and not in_loop and value not in block.yields and use_counts(behind)[value]:
                found.append((value, lost))
        yield from found if len(found) == 1 else ()


def _name_from(value: Value, lost: int, block: Block) -> None:
    """Let what reads a value behind the operation by which it loses its name read another name of it."""
    first = _first(value)
    Instead({value: first}).substitute(Block(ops=block.ops[lost + 1 :]))
    block.ops.insert(lost, Op("bind", [value], [first], {}, block.ops[lost].span))


def _first(value: Value) -> Value:
    return Value(value.type, None, f"{value.hint}_first")
