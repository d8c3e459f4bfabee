"""What a loop or branch puts another value in the place of gets a name of its own where it is read later.

Before: ``%x1 = for (%x = %x0) { … }; … mul %g, %x0``, all called ``x``: the loop's would be another name.
After: ``%first = bind %x0; %x1 = for (%x = %x0) { … }; … mul %g, %first``, which is called ``x_first``.

The author's statements stay as written then: those in the loop or branch, and those before it that bind the name again.
Where the block goes on with the value in its next turn, the name stays with that, and the loop has the other one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from sct.analysis.liveness import use_counts
from sct.ir.instead import Instead
from sct.ir.nodes import Block, Function, If, Loop, Op, Value


def name_beginnings(fn: Function, authored: set[Value]) -> None:
    """Name what is read where a loop or a branch has given its name to something else."""
    for block in list(fn.body.blocks()):
        phis = [op for op in block.ops if isinstance(op, Loop | If)]
        for loop in [op for op in phis if isinstance(op, Loop)]:
            for init in dict.fromkeys(_renamed(loop)):
                _name(init, loop, block)
        if not phis:
            continue
        names = _Names(block, fn.params if block is fn.body else block.args, authored)
        for op in phis:
            while (found := names.outlived(op)) is not None:
                _name_from(*found, block)
                names = _Names(block, names.params, authored)


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


class _Names:
    """Where a block gives names and where it reads values, as it stands."""

    def __init__(self, block: Block, params: Iterable[Value], authored: set[Value]) -> None:
        self.block, self.params = block, params
        self.authored = authored
        self.last = {value: k for k, op in enumerate(block.ops) for value in use_counts(op)}
        self.given: dict[str, list[tuple[int, Value]]] = defaultdict(list)
        for k, values in [(-1, params), *((k, op.results) for k, op in enumerate(block.ops))]:
            for value in values:
                if value.hint is not None:
                    self.given[value.hint].append((k, value))

    def outlived(self, phi: Loop | If) -> tuple[Value, int] | None:
        """What is read behind a loop or branch that gives its name to another value, and where it loses the name first.

        Of several such values one would keep the name from the phi all the same.
        """
        place, inside = self.block.ops.index(phi), use_counts(phi) if isinstance(phi, Loop) else ()
        names = Counter(result.hint for result in phi.results if result in self.authored and result.hint)
        for name in [name for name, count in names.items() if count == 1]:
            places = [k for k, _ in self.given[name] if k < place]
            found = []
            for made, value in self.given[name][: len(places)]:
                if value not in self.authored or value in inside or value in self.block.yields:
                    continue  # `for s in state:` reads better as it is
                lost = next((k for k in places if k > made), place)
                if self.last.get(value, -1) >= (place if lost < place else place + 1):
                    found.append((value, lost))
            if len(found) == 1:
                return found[0]
        return None


def _name_from(value: Value, lost: int, block: Block) -> None:
    """Let what reads a value behind the operation by which it loses its name read another name of it."""
    first = _first(value)
    Instead({value: first}).substitute(Block(ops=block.ops[lost + 1 :]))
    block.ops.insert(lost, Op("bind", [value], [first], {}, block.ops[lost].span))


def _first(value: Value) -> Value:
    return Value(value.type, None, f"{value.hint}_first")
