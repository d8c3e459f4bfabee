"""A row or a column that a loop of the reverse sweep reads or updates again and again has a name.

Before::

    for %j { %q = getitem %Q, :, %k; …; %b2 = index_add %b1, %v, :, %k }

After::

    %Q_k = getitem %Q, :, %k;  %Q_k_bar = getitem %b0, :, %k
    for %j { …; %b2 = index_add %b1, %v, %Q_k_bar  through }

``through`` says that the last operand is a view of the first, and that it is the view that is updated.  All versions of
a buffer that is updated in place show one memory, so that the view stays one of whichever version is current.
The view of what the loop may never reach is taken only where its index is known to lie within the array.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from sct.analysis.liveness import use_counts
from sct.analysis.memory import Memory
from sct.analysis.settled import Settled
from sct.analysis.shown import may_be_number
from sct.ir.nodes import Block, Function, If, Loop, Op, Value
from sct.rules.shapes import infer_getitem
from sct.transform.temporaries import part_name

_COPIED = frozenset({"const", "slice", "add", "sub"})


def name_views(fn: Function, derived: Sequence[Op]) -> None:
    """Name the parts of arrays that the operations ``derived`` of ``fn``, and what they own, use."""
    inside = set(Block(ops=list(derived)).walk())
    if any(map(_is_part, inside)):
        _Views(fn, inside).block(fn.body)


@dataclass(frozen=True)
class _Use:
    """An operation that reads or updates a part, the operation of the block that it is in, and whether that loops."""

    op: Op
    within: Op
    loops: bool

    @property
    def is_certain(self) -> bool:
        """Whether it runs whenever the block does."""
        return self.op is self.within

    @property
    def path(self) -> list[Value]:
        return _path(self.op)


class _Views:
    def __init__(self, fn: Function, derived: set[Op]) -> None:
        self.fn = fn
        self.derived = derived
        self.memory = Memory(fn.body)
        self.settled = Settled(fn.body)
        self.made = {result: op for op in fn.body.walk() for result in op.results}
        self.count = use_counts(fn.body)

    def block(self, block: Block) -> None:
        for found in self.candidates(block.ops).values():
            if self.is_worth(found):
                self.name(found, block)
        for op in block.ops:
            for owned in op.blocks:
                self.block(owned)

    def candidates(self, ops: Sequence[Op]) -> dict[Hashable, list[_Use]]:
        """The uses of each part of an array within operations, in program order."""
        found: dict[Hashable, list[_Use]] = {}
        for within in ops:
            for op, loops in _inside(within, False, []):
                if op in self.derived and _is_part(op):
                    key = (self.memory(op.operands[0]), *map(self.key, _path(op)))
                    found.setdefault(key, []).append(_Use(op, within, loops))
        return found

    def key(self, value: Value) -> Hashable:
        op = self.made.get(value)
        if op is None or op.name not in _COPIED:
            return value
        own = (repr(op.attrs["value"]),) if op.name == "const" else ()
        return (op.name, *own, *map(self.key, op.operands))

    def is_worth(self, found: list[_Use]) -> bool:
        """Whether the part is used in a loop of the block, or updated once it has a variable anyway, or three times."""
        if any(use.loops for use in found):
            return True
        direct = [use.op for use in found if use.is_certain]
        updated = any(op.name == "index_add" for op in direct[1:])
        named = any(op.name == "getitem" and self.count[op.result] > 1 for op in direct)
        return updated and (named or len(direct) > 2)

    # naming one

    def name(self, found: list[_Use], block: Block) -> None:
        first = found[0]
        position = block.ops.index(first.within)
        base = self.base(first, block, position)
        if base is None or not all(self.is_there(leaf, block, position) for leaf in self.leaves(first.path)):
            return
        if not any(use.is_certain for use in found) and not self.settled.is_inside(first.op, first.path, first.within):
            return
        new: list[Op] = []
        path = [self.copied(index, first.op, new) for index in first.path]
        view = Op("getitem", [base, *path], [Value(temp=part_name(base, first.path, self.made))], {"lib": "numpy"})
        view.span, view.stmt, view.origin = first.op.span, first.within.stmt, first.within.origin
        view.result.type = infer_getitem(tuple(value.type for value in view.operands))
        block.ops[position:position] = [*new, view]
        self.made[view.result] = view
        for use in found:
            self.use(use.op, view.result)

    def use(self, op: Op, view: Value) -> None:
        """Let an operation use the view."""
        if op.name == "index_add":
            op.operands[2:] = [view]
            op.attrs["through"] = True
            return
        old = op.result
        for block in [self.fn.body, *(owned for other in self.fn.body.walk() for owned in other.blocks)]:
            if op in block.ops:
                block.ops.remove(op)
            block.yields = [view if value is old else value for value in block.yields]
            for other in block.ops:
                other.operands = [view if value is old else value for value in other.operands]

    def base(self, use: _Use, block: Block, position: int) -> Value | None:
        """The version of the array that is current before the operation at a position."""
        array = use.op.operands[0]
        if self.is_there(array, block, position):
            return array
        if not isinstance(use.within, Loop):
            return None
        same = [init for init in use.within.inits if self.memory(init) is self.memory(array)]
        return same[0] if same and self.is_there(same[0], block, position) else None

    def is_there(self, value: Value, block: Block, position: int) -> bool:
        """Whether a value is defined before a position of a block."""
        later = Block(ops=block.ops[position:])
        inner = [*later.walk()]
        hidden = {result for op in inner for result in op.results}
        hidden.update(arg for op in inner for owned in op.blocks for arg in owned.args)
        return value not in hidden

    def leaves(self, path: Sequence[Value]) -> Iterator[Value]:
        for value in path:
            op = self.made.get(value)
            if op is None or op.name not in _COPIED:
                yield value
            else:
                yield from self.leaves(op.operands)

    def copied(self, value: Value, near: Op, new: list[Op]) -> Value:
        """An index, computed again before the operations of the loop."""
        op = self.made.get(value)
        if op is None or op.name not in _COPIED:
            return value
        operands = [self.copied(operand, near, new) for operand in op.operands]
        result = Value(value.type, value.hint, value.temp)
        new.append(Op(op.name, operands, [result], dict(op.attrs), op.span, op.stmt, origin=near.origin or near))
        self.made[result] = new[-1]
        return result


def _is_part(op: Op) -> bool:
    """Whether an operation reads or updates a row or a column, or what is left of one."""
    if op.name == "getitem":
        kinds, is_view = op.operands[1:], op.result.hint is None and not may_be_number(op)
    else:
        kinds = op.operands[2:] if op.name == "index_add" and "through" not in op.attrs else []
        rank = op.operands[0].type.rank if kinds else None
        is_view = rank is not None and sum(index.type.kind == "int" for index in kinds) < rank
    plain = all(index.type.kind in ("int", "slice") for index in kinds)
    return is_view and op.operands[0].type.is_array and plain and any(index.type.kind == "int" for index in kinds)


def _path(op: Op) -> list[Value]:
    return op.operands[1 + (op.name == "index_add") :]


def _inside(op: Op, loops: bool, found: list[tuple[Op, bool]]) -> list[tuple[Op, bool]]:
    """An operation and those in it, added to those ``found``, and whether a loop of it is around them."""
    found.append((op, loops))
    for owned in op.blocks:
        for inner in owned.ops:
            _inside(inner, loops or not isinstance(op, If), found)
    return found
