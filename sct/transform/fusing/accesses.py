"""Where in an array a turn of a loop nest is: the element that a view shows at the nest's indices.

Before: ``%v = getitem %A, (slice 1, -1), %k``, an array of one axis.
After: its element at ``i`` is ``%A[i + 1, %k]``: along axis 0 from 1 on, and at ``%k``.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from sct.ir.indices import repeats
from sct.ir.nodes import For, Function, Op, Value
from sct.ir.operations import WRITES
from sct.ir.paths import is_step
from sct.ir.sizes import shift
from sct.ir.types import Dim

_UPDATES = WRITES | {"index_add", "accumulate"}


@dataclass(frozen=True)
class Entry:
    """The index in one dimension of an array: ``base + number``, plus the index of ``axis`` if there is one.

    ``ends`` says how far from the dimension's end a slice ends (``-1`` in ``A[1:-1]``); None if that is not known.
    """

    axis: int | None
    base: Value | None = None
    number: int = 0
    ends: int | None = None

    @property
    def place(self) -> tuple[int | None, Value | None, int]:
        return self.axis, self.base, self.number


@dataclass(frozen=True)
class Access:
    """The elements of ``array`` that are named at the indices of some axes."""

    array: Value
    entries: tuple[Entry, ...]

    def meets(self, other: Access) -> bool:
        """Whether both name the same element in every turn."""
        mine, others = ([entry.place for entry in access.entries] for access in (self, other))
        return self.array is other.array and mine == others

    @property
    def is_whole(self) -> bool:
        return all(entry == Entry(k, ends=0) for k, entry in enumerate(self.entries))


def is_view(op: Op) -> bool:
    """Whether the result shows elements of an array, at places that its indices tell."""
    if op.name == "transpose":
        return op.attrs.get("axes") is None and op.result.type.rank is not None
    if op.name != "getitem" or not op.result.type.is_array or repeats(op.operands[1:]):
        return False
    return not any(value.type.is_array or is_step(value) for value in op.operands[1:])  # by a mask: a new array


def whole(array: Value) -> Access | None:
    rank = array.type.rank
    return None if rank is None else Access(array, tuple(Entry(k, ends=0) for k in range(rank)))


class Accesses:
    """What the values of a function show."""

    def __init__(self, fn: Function) -> None:
        self._maker: dict[Value, Op] = {}
        self._loop: dict[Value, For] = {}
        for op in fn.body.walk():
            self._maker.update(dict.fromkeys(op.results, op))
            if isinstance(op, For):
                self._loop[op.body.args[0]] = op

    def of(self, value: Value, within: Container[Op]) -> Access | None:
        """The elements of an array, through the views that are made ``within``; None where that cannot be said."""
        op = self._maker.get(value)
        if op is None or op not in within or not is_view(op) or self._is_saved(op):
            return whole(value)
        base = self.of(op.operands[0], within)
        return None if base is None else self._seen(op, base)

    def root(self, value: Value) -> Access | None:
        """The elements of the array that ``value`` is a version of, or a view."""
        op = self._maker.get(value)
        if op is not None and (op.name == "getitem" or is_view(op)) and not self._is_saved(op):
            base = self.root(op.operands[0])
            return None if base is None else self._seen(op, base)
        if op is not None and op.name in _UPDATES and op.attrs.get("in_place", op.name != "accumulate"):
            return self.root(op.operands[0])
        return whole(value)

    def _is_saved(self, op: Op) -> bool:
        """Whether an operation reads an array off a tape, where nothing changes it."""
        tape = self._maker.get(op.operands[0])
        return tape is not None and tape.name == "tape"

    def _seen(self, view: Op, base: Access) -> Access | None:
        """The elements of what ``base`` shows that a view of it shows."""
        if view.name == "getitem":
            return self.part(base, view.operands[1:])
        last = (view.result.type.rank or 0) - 1
        turned = (e if e.axis is None else replace(e, axis=last - e.axis) for e in base.entries)
        return Access(base.array, tuple(turned))

    def part(self, base: Access, indices: Sequence[Value]) -> Access | None:
        """The elements of a part of what ``base`` shows."""
        axes = sorted((entry.axis, k) for k, entry in enumerate(base.entries) if entry.axis is not None)
        left = [k for _, k in axes]
        taken = sum(index.type.kind in ("int", "slice") for index in indices)
        found = list(base.entries)
        axis = 0
        for index in [*indices, *([] if any(i.type.kind == "ellipsis" for i in indices) else [None])]:
            kind = "ellipsis" if index is None else index.type.kind
            if kind == "none":
                axis += 1
            elif kind == "ellipsis":
                for _ in range(len(left) - taken):
                    place = left.pop(0)
                    found[place] = replace(found[place], axis=axis)
                    axis += 1
            elif index is not None and kind in ("int", "slice") and left:
                place = left.pop(0)
                entry = self._entry(found[place], index, axis, base.array.type.shape, place)
                if entry is None:
                    return None
                found[place] = entry
                axis += kind == "slice"
                taken -= 1
            else:
                return None
        return Access(base.array, tuple(found))

    def _entry(self, entry: Entry, index: Value, axis: int, shape: tuple[Dim, ...] | None, place: int) -> Entry | None:
        """What an index or a slice makes of one dimension."""
        op = self._maker.get(index)
        if index.type.kind == "int":
            least = self.least(index)
            if entry != Entry(entry.axis, ends=0) and (least is None or least < 0):
                return None  # it counts from the end of the slice
            return self._moved(Entry(None), entry, *self.linear(index))
        if op is None or op.name != "slice":
            return None
        start, stop, step = op.operands
        if step.type.kind != "none" and self.linear(step) != (None, 1):
            return None
        least = self.least(start)
        if least is None or least < 0:
            return None
        base, number = (None, 0) if start.type.kind == "none" else self.linear(start)
        return self._moved(Entry(axis, ends=self._end(entry, stop, shape, place)), entry, base, number)

    def _moved(self, found: Entry, entry: Entry, base: Value | None, number: int) -> Entry | None:
        if entry.base is not None and base is not None:
            return None
        return replace(found, base=entry.base or base, number=entry.number + number)

    def _end(self, entry: Entry, stop: Value, shape: tuple[Dim, ...] | None, place: int) -> int | None:
        """Where a slice ends, if that is at or before the end of what it is a slice of."""
        if stop.type.kind == "none":
            return entry.ends
        base, number = self.linear(stop)
        if base is None and number < 0:
            return None if entry.ends is None else entry.ends + number
        dim = None if shape is None else shape[place]
        if dim is not None and entry == Entry(entry.axis, ends=0):
            return next(
                (-by for by in range(3) if stop.type.dim is not None and shift(dim, -by) == stop.type.dim), None
            )
        return None

    def linear(self, value: Value) -> tuple[Value | None, int]:
        """An int as a value and a number that is added."""
        op = self._maker.get(value)
        if op is not None and op.name == "const" and isinstance(op.attrs["value"], int):
            return None, op.attrs["value"]
        if op is not None and op.name in ("add", "sub"):
            (base, number), (other, more) = map(self.linear, op.operands)
            if other is None:
                return base, number + (more if op.name == "add" else -more)
            if base is None and op.name == "add":
                return other, number + more
        return value, 0

    def least(self, value: Value) -> int | None:
        """A number that an int is not less than, if one is known; 0 of the start that is left out."""
        op, loop = self._maker.get(value), self._loop.get(value)
        if value.type.kind == "none":
            return 0
        if loop is not None:
            start, stop, step = loop.operands[:3]
            base, by = self.linear(step)
            if base is not None or not by:
                return None
            low = self.least(start if by > 0 else stop)
            return low if low is None or by > 0 else low + 1
        if op is None:
            return None
        if op.name == "const":
            return op.attrs["value"] if isinstance(op.attrs["value"], int) else None
        if op.name in ("add", "mul"):
            a, b = map(self.least, op.operands)
            if a is None or b is None or (op.name == "mul" and min(a, b) < 0):
                return None
            return a + b if op.name == "add" else a * b
        if op.name == "sub":
            low, (base, number) = self.least(op.operands[0]), self.linear(op.operands[1])
            return None if low is None or base is not None else low - number
        of_shape = op.name in ("getitem", "item") and self._is_shape(op.operands[0])
        return 0 if of_shape or op.name in ("len", "size", "range") else None

    def apart(self, a: Access, b: Access) -> bool:
        """Whether no element is in both, for sure, whatever the indices of the nest are."""
        if a.array is not b.array:
            return False
        pairs = list(zip(a.entries, b.entries, strict=True))
        return any(self._above(x, y) or self._above(y, x) for x, y in pairs)

    def _above(self, a: Entry, b: Entry) -> bool:
        """Whether the places of ``a`` lie behind that of ``b``."""
        if b.axis is not None or not self._counts_up(a) or not self._counts_up(b):
            return False
        if a.base is b.base:
            return a.number > b.number
        low, high = self._bound(a.base, of_least=True), self._bound(b.base, of_least=False)
        if low is not None and low[0] is b.base:
            return low[1] + a.number > b.number
        return high is not None and high[0] is a.base and a.number > high[1] + b.number

    def _counts_up(self, entry: Entry) -> bool:
        """Whether an index is known not to count from the end."""
        least = 0 if entry.base is None else self.least(entry.base)
        return least is not None and least + entry.number >= 0

    def _bound(self, index: Value | None, of_least: bool) -> tuple[Value | None, int] | None:
        """The least or the greatest value of a loop's index, if it has one."""
        loop = None if index is None else self._loop.get(index)
        if loop is None:
            return None
        start, stop, step = loop.operands[:3]
        base, by = self.linear(step)
        if base is not None or not by:
            return None
        if (by > 0) == of_least:
            return self.linear(start)
        last, number = self.linear(stop)
        return last, number + (1 if of_least else -1)

    def _is_shape(self, value: Value) -> bool:
        op = self._maker.get(value)
        return op is not None and op.name == "shape"
