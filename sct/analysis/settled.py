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
from collections.abc import Hashable, Sequence

from sct.analysis.affine import ONE, Form, can_hold, constant, plus
from sct.ir.nodes import Block, For, Op, Value
from sct.ir.paths import is_step
from sct.ir.types import Dim, Type

# Of a part of a dimension: its first index, and the one behind its last; None where that is not known.
_Extent = tuple[Form | None, Form | None]


class Settled:
    """``settled(read, writes)``: whether no write of ``writes`` that may follow touches what ``read`` reads.

    The writes are in program order.
    """

    def __init__(self, body: Block) -> None:
        self._maker: dict[Value, Op] = {}
        self._index: dict[Value, For] = {}
        self._order: dict[Op, int] = {}
        self._around: dict[Op, list[Op]] = {}
        self._met: dict[tuple[Op, Op], bool] = {}
        self._bounds: dict[tuple[Op, str, int], list[Form]] = {}
        self._params = set(body.args)
        self._sizes = {dim for value in body.args for dim in _dims(value.type)}
        self._fixed = {dim for value in body.args for dim in _numbers(value.type)} | self._sizes
        self._visit(body, [])

    def __call__(self, read: Op, writes: Sequence[Op]) -> bool:
        outermost = self._around[read][0] if self._around[read] else read
        first = bisect_left(writes, self._order[outermost], key=self._order.__getitem__)
        return not any(self.may_meet(read, write) for write in writes[first:])

    def knows(self, op: Op) -> bool:
        """Whether the operation is one of the body's."""
        return op in self._order

    def is_inside(self, op: Op, indices: Sequence[Value], near: Op) -> bool:
        """Whether the numbers among the indices of ``op`` lie within its array wherever ``near`` runs.

        That is an operation that ``op`` is in, or ``op`` itself.
        """
        if near not in self._order or (shape := op.operands[0].type.shape) is None:
            return False
        turn = _Turn(self, near, "read", self._around[near])
        bounds = turn.bounds()
        for index, dim in zip(indices, shape, strict=False):
            place, size = turn._form(index), turn._size(dim)
            if index.type.kind != "int":
                continue
            if place is None or size is None or can_hold([*bounds, plus(_times(place, -1), constant(1), -1)]):
                return False
            if can_hold([*bounds, plus(place, size, -1)]):
                return False
        return True

    def length(self, op: Op, place: int) -> tuple[Form, set[Dim]] | None:
        """The length of the slice that the ``place``-th index of ``op`` is, where it surely lies within its array.

        With it come the sizes of parameters that this was told by.
        """
        slice_, dim = self._maker[op.operands[1 + place]], (op.operands[0].type.shape or ())[place]
        turn = _Turn(self, op, "read", self._around[op])
        start, stop, _ = slice_.operands
        first, behind, size = turn._form(start), turn._form(stop), turn._size(dim)
        if first is None or behind is None or size is None:
            return None
        length, bounds = plus(behind, first, -1), turn.bounds()
        short = [plus(_times(form, -1), constant(1), -1) for form in (first, length, plus(size, behind, -1))]
        if any(can_hold([*bounds, form]) for form in short):
            return None
        loops = {key for form in short for key in form if key not in self._fixed and key != ONE}
        told = {key for form in [*turn.ranges(), *short] if not loops.isdisjoint(form) for key in form}
        return length, {dim for dim in self._sizes if dim in told}

    def _visit(self, block: Block, loops: list[Op]) -> None:
        for op in block.ops:
            self._order[op], self._around[op] = len(self._order), loops
            self._maker.update(dict.fromkeys(op.results, op))
            if isinstance(op, For):
                self._index[op.body.args[0]] = op
            inside = [*loops, op] if op.blocks and op.name in ("for", "while") else loops
            for owned in op.blocks:
                self._visit(owned, inside)

    def may_meet(self, read: Op, write: Op) -> bool:
        """Whether ``write`` may follow ``read``, and touch what that names; either may be a read or a write."""
        if (read, write) not in self._met:
            self._met[read, write] = self._can_meet(read, write)
        return self._met[read, write]

    def meets_at_once(self, read: Op, write: Op) -> bool:
        """Whether ``write`` touches what ``read`` names in the same turn of the loops around both."""
        return self._meet(read, write, self._common(read, write), None)

    def _common(self, read: Op, write: Op) -> list[Op]:
        return [loop for loop in self._around[read] if loop in self._around[write]]

    def _can_meet(self, read: Op, write: Op) -> bool:
        common = self._common(read, write)
        for level, loop in enumerate(common):
            if self._meet(read, write, common[:level], loop):
                return True
        return self._order[write] > self._order[read] and self._meet(read, write, common, None)

    def _meet(self, read: Op, write: Op, same: list[Op], later: Op | None) -> bool:
        """Whether they may meet in the same turn of the loops ``same``, the write in a later turn of ``later``."""
        pair = [_Turn(self, read, "read", same), _Turn(self, write, "write", same)]
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


class _Turn:
    """One of the two operations, in one turn of the loops around it."""

    def __init__(self, known: Settled, op: Op, side: str, same: list[Op]) -> None:
        self._known = known
        self._op = op
        self._side = side
        self._same = same
        self._loops = known._around[op]

    def index(self, loop: Op) -> Form:
        key: Hashable = loop if loop in self._same else (loop, self._side)
        return {key: 1}

    def bounds(self) -> list[Form]:
        """That sizes are not negative, and the loops' ranges."""
        sizes: list[Form] = [{dim: 1} for dim in self._known._sizes]
        return [*sizes, *self.ranges()]

    def ranges(self) -> list[Form]:
        """That each loop's index lies within its range."""
        key = self._op, self._side, len(self._same)  # which are the outermost loops around it
        if key not in self._known._bounds:
            self._known._bounds[key] = self._ranges()
        return self._known._bounds[key]

    def _ranges(self) -> list[Form]:
        found: list[Form] = []
        for loop in self._loops:
            if not isinstance(loop, For) or not isinstance(step := loop.operands[2].type.dim, int):
                continue
            first, behind = (self._form(value) for value in loop.operands[:2])
            sign = 1 if step > 0 else -1
            if first is not None:
                found.append(plus(_times(self.index(loop), sign), first, -sign))
            if behind is not None:
                found.append(plus(plus(_times(behind, sign), self.index(loop), -sign), constant(1), -1))
        return found

    def extents(self, bounds: list[Form]) -> list[_Extent]:
        """The part of each dimension that is read or written, as far as that can be told."""
        op, found = self._op, list[_Extent]()
        indices = op.operands[2:] if op.name in ("store", "index_add") else op.operands[1:]
        of_list = op.operands[0].type.kind == "list"
        shape = (None,) if of_list else op.operands[0].type.shape or ()
        for index, dim in zip(indices, shape, strict=False):
            if is_step(index) or index.type.kind in ("none", "ellipsis") or index.type.is_array:
                break
            size = None if dim is None else self._size(dim)
            slice_ = self._known._maker.get(index)
            if slice_ is not None and slice_.name == "slice":
                found.append(self._slice(slice_, size, bounds))
            else:
                place = self._counted(self._form(index), size, bounds)
                found.append((place, None if place is None else plus(place, constant(1))))
        return found

    def _slice(self, op: Op, size: Form | None, bounds: list[Form]) -> _Extent:
        start, stop, step = op.operands
        forward = step.type.kind == "none" or (isinstance(step.type.dim, int) and step.type.dim > 0)
        if not forward:
            return None, None
        first = constant(0) if start.type.kind == "none" else self._counted(self._form(start), size, bounds)
        behind = size if stop.type.kind == "none" else self._counted(self._form(stop), size, bounds)
        return first, behind

    def _counted(self, form: Form | None, size: Form | None, bounds: list[Form]) -> Form | None:
        """An index, counted from the start; a negative one counts from the end."""
        if form is None or (form.keys() <= {ONE} and form.get(ONE, 0) >= 0):
            return form
        if not can_hold([*bounds, plus(_times(form, -1), constant(1), -1)]):
            return form
        return plus(form, size) if size is not None and not can_hold([*bounds, form]) else None

    def _size(self, dim: Dim) -> Form | None:
        if isinstance(dim, int):
            return constant(dim)
        return {dim: 1} if dim in self._known._fixed else None

    def _form(self, value: Value) -> Form | None:
        """An int as a linear form of the loops' indices, of sizes and of what is the same in both turns."""
        known = self._known
        if value.type.dim is not None and (size := self._size(value.type.dim)) is not None:
            return size
        if value in known._index:
            return self.index(known._index[value])
        op = known._maker.get(value)
        if op is not None and op.name in ("add", "sub", "neg", "mul"):
            return self._arithmetic(op)
        if value in known._params or (op is not None and all(loop in self._same for loop in known._around[op])):
            return {value: 1} if value.type.kind == "int" else None
        return None

    def _arithmetic(self, op: Op) -> Form | None:
        forms = [self._form(value) for value in op.operands]
        a, b = forms[0], forms[-1]
        if a is None or b is None:
            return None
        if op.name == "neg":
            return _times(a, -1)
        if op.name != "mul":
            return plus(a, b, 1 if op.name == "add" else -1)
        number = next((form.get(ONE, 0) for form in (a, b) if form.keys() <= {ONE}), None)
        return None if number is None else _times(b if a.keys() <= {ONE} else a, number)


def _times(form: Form, number: int) -> Form:
    return {key: number * coefficient for key, coefficient in form.items() if number}


def _dims(type_: Type) -> list[Dim]:
    """The symbols for sizes in a parameter's type: these never change, and are not negative."""
    own = [dim for dim in type_.shape or () if isinstance(dim, str)]
    return [*own, *(dim for item in type_.items for dim in _dims(item))]


def _numbers(type_: Type) -> list[Dim]:
    """The symbols for ints in a parameter's type: these never change, and may be negative."""
    own = [type_.dim] if isinstance(type_.dim, str) else []
    return [*own, *(dim for item in type_.items for dim in _numbers(item))]
