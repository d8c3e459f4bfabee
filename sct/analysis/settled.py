"""Which reads of an array see what no later write touches.

Before: ``for %j in 1..n { %a = getitem %y1, (%j - 1); %y2 = store %y1, %v, %j }``.
After: the read is settled: what is written later lies at ``j`` or behind, so that the element that was read is there
still when the sweep ends, and nothing has to be restored for it.

A read and a write that may follow it are told apart in one dimension: two constants, or two distances from the index
of the outermost loop around both (the simplest of the dependence tests of Banerjee, Loop Transformations for
Restructuring Compilers, 1993, chapter 4).
"""

from __future__ import annotations

from dataclasses import dataclass

from sct.ir.nodes import Block, For, Op, Value
from sct.ir.paths import is_step


@dataclass(frozen=True)
class _Place:
    """Where an index points: ``offset`` from the index of ``loop``, or from 0; ``side`` of it if it is a slice."""

    loop: For | None
    offset: int
    side: str = ""


class Settled:
    """``settled(read, writes)``: whether no write of ``writes`` that may follow touches what ``read`` reads."""

    def __init__(self, body: Block) -> None:
        self._maker: dict[Value, Op] = {}
        self._index: dict[Value, For] = {}
        self._order: dict[Op, int] = {}
        self._around: dict[Op, list[Op]] = {}
        self._visit(body, [])

    def __call__(self, read: Op, writes: list[Op]) -> bool:
        return all(self._apart(read, write) for write in writes)

    def _visit(self, block: Block, loops: list[Op]) -> None:
        for op in block.ops:
            self._order[op], self._around[op] = len(self._order), loops
            self._maker.update(dict.fromkeys(op.results, op))
            if isinstance(op, For):
                self._index[op.body.args[0]] = op
            inside = [*loops, op] if op.blocks and op.name in ("for", "while") else loops
            for owned in op.blocks:
                self._visit(owned, inside)

    def _apart(self, read: Op, write: Op) -> bool:
        common = [loop for loop in self._around[read] if loop in self._around[write]]
        follows = self._order[write] > self._order[read]
        places = zip(self._places(read), self._places(write), strict=False)
        return self._never_meet([(a, b) for a, b in places if a is not None and b is not None], common, follows)

    def _never_meet(self, places: list[tuple[_Place, _Place]], common: list[Op], follows: bool) -> bool:
        """Whether the read and a write behind it differ in one dimension; ``follows``: the write stands behind it."""
        if not common and not follows:
            return True
        if any(self._different(a, b, common, follows or len(common) > 1) for a, b in places):
            return True
        # Where both point to one place of the loop's index, they can only meet in one turn of it.
        rest = [(a, b) for a, b in places if not (a == b and self._is_index(a, common))]
        return len(rest) < len(places) and self._never_meet(rest, common[1:], follows)

    def _is_index(self, place: _Place, common: list[Op]) -> bool:
        """Whether each turn of the outermost loop has a place of its own there."""
        if place.loop is None or place.side or place.loop not in common[:1]:
            return False
        lowest = self._lowest(place.loop)
        return lowest is not None and lowest + place.offset >= 0

    def _different(self, a: _Place, b: _Place, common: list[Op], same_turn: bool) -> bool:
        """Whether a read at ``a`` and a later write at ``b`` never meet; ``same_turn``: nor in one turn of the loop."""
        if a.loop is None and b.loop is None:
            return not a.side and not b.side and a.offset != b.offset and min(a.offset, b.offset) >= 0
        if a.loop is None and b.loop is not None and not b.side:
            lowest = self._lowest(b.loop)
            return lowest is not None and 0 <= a.offset < lowest + b.offset
        b = self._seen_from(b, common)
        if not common or a.loop is not common[0] or b.loop is not common[0] or b.side == "below":
            return False
        step = a.loop.operands[2].type.dim
        lowest = self._lowest(a.loop)
        if step not in (1, -1) or lowest is None or lowest + min(a.offset, b.offset) < 0:
            return False  # a negative index counts from the end
        ahead = (b.offset - a.offset) * (1 if step == 1 else -1)
        if b.side:
            return step == 1 and (ahead > 0 or (ahead == 0 and a.side == "below")) and a.side != "from"
        if a.side:  # all that is below the place (going up), or all from it on (going down)
            return ahead >= 0 and step == 1 if a.side == "below" else ahead > 0 and step == -1
        return ahead > 0 or (ahead == 0 and not same_turn)

    def _seen_from(self, place: _Place, common: list[Op]) -> _Place:
        """All that the index of an inner loop may be, as the outer loop sees it: from where the inner one starts."""
        if place.loop is None or place.side or place.loop in common[:1] or place.loop.operands[2].type.dim != 1:
            return place
        base = self._place(place.loop.operands[0])
        return place if base is None or base.side else _Place(base.loop, base.offset + place.offset, "from")

    def _lowest(self, loop: For) -> int | None:
        start, stop, step = (value.type.dim for value in loop.operands[:3])
        first = start if step == 1 else stop if step == -1 else None
        return first + (step == -1) if isinstance(first, int) else None

    def _places(self, op: Op) -> list[_Place | None]:
        """The place in each dimension of what a ``getitem``, ``store`` or ``written`` reads or writes."""
        indices = op.operands[2:] if op.name == "store" else op.operands[1:]
        if any(is_step(index) or index.type.kind in ("none", "ellipsis") or index.type.is_array for index in indices):
            return []
        return [self._place(index) for index in indices]

    def _place(self, index: Value) -> _Place | None:
        if index in self._index:
            return _Place(self._index[index], 0)
        op = self._maker.get(index)
        if op is None:
            return None
        if op.name == "slice":
            return self._side(op)
        if isinstance(index.type.dim, int):
            return _Place(None, index.type.dim)
        if op.name in ("add", "sub") and isinstance(op.operands[1].type.dim, int):
            base = self._place(op.operands[0])
            by = op.operands[1].type.dim * (1 if op.name == "add" else -1)
            return None if base is None or base.side else _Place(base.loop, base.offset + by)
        return None

    def _side(self, op: Op) -> _Place | None:
        start, stop, step = op.operands
        if step.type.kind != "none":
            return None
        below = None if stop.type.kind == "none" else self._place(stop)
        if below is not None and below.loop is not None and start.type.kind == "none":
            return _Place(below.loop, below.offset, "below")
        above = None if start.type.kind == "none" else self._place(start)
        if above is not None and above.loop is not None and stop.type.kind == "none":
            return _Place(above.loop, above.offset, "from")
        return None
