"""Which reads of an array see what no later write touches.

Before: ``for %j in 1..n { %a = getitem %y1, (%j - 1); %y2 = store %y1, %v, %j }``.
After: the read is settled: what is written later lies at ``j`` or behind, so that the element that was read is there
still when the sweep ends, and nothing has to be restored for it.

A read and a write that may follow it meet if the inequalities can hold together that say so: both indices lie within
the bounds of the loops, the write is in a later turn of one of the loops around both (or stands behind in one turn of
them all), and some element is in the parts that both name (Banerjee, Loop Transformations for Restructuring Compilers,
1993, chapter 4).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from sct.analysis.affine import ONE, Form, can_hold, constant, plus, times
from sct.analysis.turn import Places, Turn
from sct.ir.nodes import Block, For, Op, Value
from sct.ir.types import Dim


class Settled:
    """``settled(read, writes)``: whether no write of ``writes`` that may follow touches what ``read`` reads.

    The writes are in program order.
    """

    def __init__(self, body: Block) -> None:
        self._places = Places(body)
        self._met: dict[tuple[Op, Op], bool] = {}

    def __call__(self, read: Op, writes: Sequence[Op]) -> bool:
        outermost = self._places.around[read][0] if self._places.around[read] else read
        first = bisect_left(writes, self._places.order[outermost], key=self._places.order.__getitem__)
        return not any(self.may_meet(read, write) for write in writes[first:])

    def knows(self, op: Op) -> bool:
        """Whether the operation is one of the body's."""
        return op in self._places.order

    def is_inside(self, op: Op, indices: Sequence[Value], near: Op) -> bool:
        """Whether the numbers among the indices of ``op`` lie within its array wherever ``near`` runs.

        That is an operation that ``op`` is in, or ``op`` itself.
        """
        if near not in self._places.order or (shape := op.operands[0].type.shape) is None:
            return False
        turn = Turn(self._places, near, "read", self._places.around[near])
        bounds = turn.bounds()
        for index, dim in zip(indices, shape, strict=False):
            place, size = turn.form(index), turn.size(dim)
            if index.type.kind != "int":
                continue
            if place is None or size is None or can_hold([*bounds, plus(times(place, -1), constant(1), -1)]):
                return False
            if can_hold([*bounds, plus(place, size, -1)]):
                return False
        return True

    def length(self, op: Op, place: int) -> tuple[Form, set[Dim]] | None:
        """The length of the slice that the ``place``-th index of ``op`` is, where it surely lies within its array.

        With it come the sizes of parameters that this was told by.
        """
        slice_, dim = self._places.maker[op.operands[1 + place]], (op.operands[0].type.shape or ())[place]
        turn = Turn(self._places, op, "read", self._places.around[op])
        start, stop, _ = slice_.operands
        first, behind, size = turn.form(start), turn.form(stop), turn.size(dim)
        if first is None or behind is None or size is None:
            return None
        length, bounds = plus(behind, first, -1), turn.bounds()
        short = [plus(times(form, -1), constant(1), -1) for form in (first, length, plus(size, behind, -1))]
        if any(can_hold([*bounds, form]) for form in short):
            return None
        loops = {key for form in short for key in form if key not in self._places.fixed and key != ONE}
        told = {key for form in [*turn.ranges(), *short] if not loops.isdisjoint(form) for key in form}
        return length, {dim for dim in self._places.sizes if dim in told}

    def lag(self, op: Op, place: int) -> Form | None:
        """``k`` where the ``place``-th index of ``op`` is ``[:-k]``, and ``k`` is at least 1 wherever ``op`` runs."""
        start, stop, _ = self._places.maker[op.operands[1 + place]].operands
        turn = Turn(self._places, op, "read", self._places.around[op])
        behind = turn.form(stop) if start.type.kind == "none" and stop.type.kind == "int" else None
        return None if behind is None or can_hold([*turn.bounds(), behind]) else times(behind, -1)

    def may_meet(self, read: Op, write: Op) -> bool:
        """Whether ``write`` may follow ``read``, and touch what that names; either may be a read or a write."""
        if (read, write) not in self._met:
            self._met[read, write] = self._can_meet(read, write)
        return self._met[read, write]

    def meets_at_once(self, read: Op, write: Op) -> bool:
        """Whether ``write`` touches what ``read`` names in the same turn of the loops around both."""
        return self._meet(read, write, self._common(read, write), None)

    def _common(self, read: Op, write: Op) -> list[Op]:
        return [loop for loop in self._places.around[read] if loop in self._places.around[write]]

    def _can_meet(self, read: Op, write: Op) -> bool:
        common = self._common(read, write)
        for level, loop in enumerate(common):
            if self._meet(read, write, common[:level], loop):
                return True
        return self._places.order[write] > self._places.order[read] and self._meet(read, write, common, None)

    def _meet(self, read: Op, write: Op, same: list[Op], later: Op | None) -> bool:
        """Whether they may meet in the same turn of the loops ``same``, the write in a later turn of ``later``."""
        pair = [Turn(self._places, read, "read", same), Turn(self._places, write, "write", same)]
        forms = [form for turn in pair for form in turn.bounds()]
        for k, extents in enumerate(zip(*(turn.extents(forms) for turn in pair), strict=False)):
            element: Form = {("element", k): 1}
            forms.append(element)
            for first, behind in extents:
                if first is not None:
                    forms.append(plus(element, first, -1))
                if behind is not None:
                    forms.append(plus(plus(behind, element, -1), constant(1), -1))
        if not isinstance(later, For):
            return can_hold(forms)
        before, after = (turn.index(later) for turn in pair)
        ahead = plus(plus(after, before, -1), constant(1), -1)
        behind = plus(plus(before, after, -1), constant(1), -1)
        step = later.operands[2].type.dim
        orders = [ahead, behind] if not isinstance(step, int) else [ahead if step > 0 else behind]
        return any(can_hold([*forms, order]) for order in orders)
