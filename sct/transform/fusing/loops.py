"""The loops of one group of operations.

Before: ``%s = mul 0.2, %g; %A1 = index_add %A, %s, (slice 1, -1)``.
After: ``%A1 = for (%i, %A.2) in …: %e = getitem %g, (%i - 1); %f = mul 0.2, %e; %A.3 = index_add %A.2, %f, %i``.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from sct.ir.indices import is_whole
from sct.ir.nodes import Block, Op, Value
from sct.ir.types import FLOAT
from sct.transform.build import Builder
from sct.transform.fusing.accesses import Access, Entry, whole
from sct.transform.fusing.gather import gathered
from sct.transform.fusing.groups import (
    Group,
    Grouping,
    aligned,
    is_dot,
    is_pointwise,
    is_share,
    is_total,
    is_write,
    read_by,
    summed,
)
from sct.transform.fusing.nests import Nest, Range, again


class Loops:
    """``renamed`` has the versions that stand inside the nests, and what the arrays are behind them."""

    def __init__(self, grouping: Grouping, group: Group) -> None:
        assert group.shape is not None
        self.grouping, self.group, self.shape = grouping, group, group.shape
        self.work = [op for op in group.ops if is_pointwise(op) or is_write(op) or is_total(op)]
        self.made = {op.result for op in self.work if is_pointwise(op)}
        self.negated: dict[Value, Value] = {}
        self.regions = {op: self._region(op) for op in self.work if is_write(op)}
        self.elements: dict[Value, Value] = {}
        self.begin: dict[Value, Value] = {}
        self.end: dict[Value, Value] = {}
        self.entry: dict[Value, Value] = {}
        added = {op.result: op.operands[0] for op, array in group.late.items() if array is not None}
        for op, region in self.regions.items():
            first = op.operands[0]
            while first in added:
                first = added[first]
            self.entry[op.result] = self.begin.setdefault(region.array, first)
            self.end[region.array] = op.result
        self._add_late()
        self.before = Builder.instead_of(self.work[0], "numpy")

    def _add_late(self) -> None:
        """Let what is added behind the nests be added to the versions that they leave."""
        last, roots = dict(self.end), {op.result: region.array for op, region in self.regions.items()}
        for op, array in self.group.late.items():
            if op.name == "store":  # it sets what nothing was added to, which may change behind the nest
                op.name = "index_add"
            root = None if array is None else self.grouping.accesses.root(array)
            if root is None or root.array not in last:
                continue
            if last[root.array] is self.end[root.array]:
                last[root.array] = self.end[root.array] = again(last[root.array])
            roots[op.result] = root.array
            op.operands[0], op.results = last[root.array], [again(op.result)]
            last[root.array] = op.result
        self.renamed = {version: last[root] for version, root in roots.items()}

    def built(self) -> list[Op]:
        """The operations that take the group's place."""
        read = {self._access(value).array for op in self.work for value in read_by(op)}
        gathering = gathered(self.group, self.regions, read, self._unchanged)
        self.ranges = [self._range(axis, gathering.taken) for axis in range(len(self.shape))]
        gathering.allocate(self.ranges, self.before)
        nest = Nest(self.ranges, self.work[0])
        for op, region in self.regions.items():
            if op not in gathering.taken:
                nest.carry(region.array, self.begin[region.array])
        for op in self.work:
            nest.at(op)
            if op in self.regions and op not in gathering.taken:
                self._write(nest, op)
            elif is_total(op):
                self._total(nest, op)
            elif op not in self.regions:
                self._compute(nest, op)
        for core, margin in gathering.margins.items():
            nest.carry(margin.begun, margin.begun)
            entries = [Entry(axis, None, width) for axis, width in enumerate(margin.leads)]
            nest.write("store", margin.begun, self._element(nest, core), entries, {"in_place": True})
        ends = {margin.begun: margin.filled for margin in gathering.margins.values()}
        ends |= {op.result: op.result for op in self.work if op not in self.regions}
        left = gathering.arrays
        loops = self._closed(nest, ends, left) if nest.entries else []
        for k, (array, add) in enumerate(zip(left, gathering.loops(), strict=True)):
            after = again(array) if array in left[k + 1 :] else self.end[array]
            loops += add(self.begin[array], after)
            self.begin[array] = after
        made_before, late = self.before.block.ops if nest.entries else [], list(self.group.late)
        return [*self._hoisted([*made_before, *loops, *late]), *made_before, *loops, *late]

    def _closed(self, nest: Nest, ends: dict[Value, Value], later: Sequence[Value]) -> list[Op]:
        """The loops of a nest; ``later`` are the arrays that nests behind it write."""
        results = {
            key: again(array) if key in later else self.end[key] if key in self.end else ends[key]
            for key, array in nest.entries.items()
        }
        self.begin.update({key: result for key, result in results.items() if key in self.begin})
        return nest.closed(results)

    def _region(self, op: Op) -> Access:
        """The elements that a write names, of the array that its versions are versions of."""
        root = self.grouping.accesses.root(op.operands[0])
        found = None if root is None else self.grouping.accesses.part(root, op.operands[2:])
        assert found is not None
        return found

    def _access(self, value: Value) -> Access:
        """The elements of an operand."""
        root = self.grouping.accesses.root(value)
        if root is not None and root.array in self.end:
            return aligned(root, value.type, self.shape)
        found = self.grouping.shown(value, self.group) or whole(value)
        assert found is not None
        return aligned(found, value.type, self.shape)

    def _unchanged(self, value: Value) -> Access | None:
        """The elements of an operand, if they are an array's that the group does not write into."""
        access = self._access(value)
        if access.array in self.made or any(self.grouping.sharing(value, op.operands[0]) for op in self.regions):
            return None
        return access

    def _range(self, axis: int, taken: Container[Op]) -> Range:
        """What a loop goes over: as the first write or read says whose end is known.

        Of ``A[:1]`` there may be none: there the part that is written says.
        """
        writes = sorted(self.regions, key=lambda op: op in taken)
        reads = [value for op in self.work for value in read_by(op) if value not in self.made]
        accesses = [self.regions[op] for op in writes if op not in taken]
        accesses += [*map(self._access, reads), *(self.regions[op] for op in writes if op in taken)]
        for access in accesses:
            for dim, entry in enumerate(access.entries):
                if entry.axis == axis and entry.ends is not None and (self.shape[axis] != 1 or not writes):
                    return Range(entry.base, entry.number, self._sized(access.array), dim, entry.ends)
        for op in writes:
            found = next((entry for entry in self.regions[op].entries if entry.axis == axis), None)
            if found is None:  # what is written is summed over the axis
                continue
            part = self.entry[op.result]
            if not is_whole(op.operands[2:]):
                part = self.before.op("getitem", part, *op.operands[2:])
            return Range(found.base, found.number, part, axis, counted=True)
        for value in reads:
            dims = value.type.shape or ()
            lead = len(self.shape) - len(dims)
            if axis >= lead and dims[axis - lead] == self.shape[axis]:
                return Range(None, 0, value, axis - lead, counted=True)
        assert self.shape[axis] == 1, "nothing has this axis"
        return Range(None, 0, None, axis)  # an index adds it: `A[None, :]`

    def _sized(self, array: Value) -> Value:
        """The version of an array at the beginning, to ask its size of; not a part of it that is written into."""
        begun = self.begin.get(array, array)
        return begun if begun.type.shape == array.type.shape else array

    # one turn

    def _element(self, nest: Nest, value: Value) -> Value:
        """What an operand is in a turn."""
        if value.type.is_scalar:
            return value
        access = self._access(value)
        if access.array in self.elements:
            return self.elements[access.array]
        return nest.read(access.array, self.entry.get(access.array, access.array), access.entries)

    def _compute(self, nest: Nest, op: Op) -> None:
        """An elementwise operation in a turn; what is needed behind the nest is stored, and read from there."""
        total = self._part_of(op)
        if total is not None and op.name == "neg" and total.operands[1] is op.result:
            self.negated[op.result] = op.operands[0]
            return
        operands = [self._element(nest, self.negated.get(value, value)) for value in op.operands]
        is_kept = self.grouping.outside(op.result, self.group)
        names = {} if is_kept or total is not None else {"hint": op.result.hint, "temp": op.result.temp}
        if op.name == "copy":
            (found,) = operands
            found.hint, found.temp = names.get("hint"), names.get("temp")
        elif op.name == "accumulate":
            adds_to_own = op.attrs.get("made") and any(names.values())
            name = "sub" if op.operands[1] in self.negated else "accumulate" if adds_to_own else "add"
            found = nest.turn.op(name, *operands, **names)
        elif op.name == "clip":  # Numba has that of arrays alone
            above = nest.turn.op("maximum", *operands[:2], style="call", lib="numpy")
            found = nest.turn.op("minimum", above, operands[2], style="call", lib="numpy", **names)
        elif op.name == "where":  # Numba has no `np.where` of numbers: it is a conditional expression
            found = nest.turn.op("where", *operands, **names)
        elif is_share(op):
            found = nest.turn.op("where", operands[0], nest.turn.const(1.0), nest.turn.const(0.0), **names)
        else:
            # Python's division of numbers raises where that of arrays gives inf or nan.
            is_call = op.attrs.get("style") == "method" or (op.name == "div" and op.operands[1].type.is_array)
            attrs = {**op.attrs, "style": "call", "lib": "numpy"} if is_call else op.attrs
            found = nest.turn.op(op.name, *operands, **names, **attrs)
        if is_kept:
            nest.carry(op.result, self._empty(op.result))
            entries = [Entry(axis) for axis in range(len(self.shape))]
            nest.write("store", op.result, found, entries, {"in_place": True})
        else:
            self.elements[op.result] = found

    def _part_of(self, op: Op) -> Op | None:
        """The sum that alone needs what the operation makes, if that is stored: it is written as one expression."""
        user = next((each for each in self.group.ops if op.result in each.operands), None)
        is_sum = user is not None and user.name == "accumulate" and user.attrs.get("made")
        alone = is_sum and not self.grouping.outside(op.result, self.group)
        return user if alone and user is not None and self.grouping.outside(user.result, self.group) else None

    def _total(self, nest: Nest, op: Op) -> None:
        """An element is added to a sum: to a number, or to an element of an array of sums."""
        element, axes, rank = self._element(nest, op.operands[0]), summed(op), len(self.shape)
        if is_dot(op):
            element = nest.turn.op("mul", element, self._element(nest, op.operands[1]))
        user = next((other.result for other in self.group.ops if op.result in other.operands), op.operands[0])
        of = user.hint or user.temp if is_dot(op) else op.operands[0].hint or op.operands[0].temp or user.hint
        temp = op.result.temp or (None if of is None else f"{of}_sum")
        is_row = axes == tuple(range(axes[0], rank))
        if op.result.type.is_array and not is_row:
            nest.carry(op.result, self._new("zeros", op.result, axes))
            kept = [Entry(axis) for axis in range(rank) if axis not in axes]
            nest.write("index_add", op.result, element, kept, {"in_place": True, "distinct": True})
            return
        if op.result.type.is_array:
            number = Value(FLOAT, None, temp)
            nest.add_up(op.result, self._new("empty", op.result, axes), axes[0], number)
        else:
            before = self.before.const(0.0)
            before.hint, before.temp = op.result.hint, temp
            nest.carry(op.result, before)
        named = nest.current[op.result]
        total = nest.turn.op("accumulate", named, element, hint=named.hint, temp=named.temp)
        nest.current[op.result] = total

    def _new(self, name: str, like: Value, without: Container[int] = ()) -> Value:
        """A new array as long as the nest's ranges are, ``without`` those over some axes."""
        before = self.before
        sizes = [range_.length(before, 0) for axis, range_ in enumerate(self.ranges) if axis not in without]
        shape = before.op("tuple", *sizes) if len(sizes) > 1 else sizes[0]
        found = before.op(name, shape, dtype=None, hint=like.hint, temp=like.temp)
        found.type = like.type
        return found

    def _empty(self, like: Value) -> Value:
        """An array for what is needed behind the nest."""
        before, other = self.before, None
        for op in self.work:
            known = [value for value in read_by(op) if value not in self.made and value.type == like.type]
            if known or op in self.regions:
                other = known[0] if known else before.op("getitem", self.entry[op.result], *op.operands[2:])
                break
        if other is not None:
            other = self.entry.get(other, other)
            return before.op("empty_like", other, dtype=None, hint=like.hint, temp=like.temp)
        return self._new("empty", like)

    def _write(self, nest: Nest, op: Op) -> None:
        region = self.regions[op]
        value = self._element(nest, op.operands[1])
        name = "store" if op.name == "store" else "index_add"
        nest.write(name, region.array, value, region.entries, {**op.attrs, "in_place": True, "distinct": True})

    # what stays before the nests

    def _hoisted(self, loops: Sequence[Op]) -> list[Op]:
        """The views and the scalars of the group that something needs, as they were."""
        needed = {value for op in Block(ops=list(loops)).walk() for value in op.operands}
        kept: list[Op] = []
        for op in reversed(self.group.ops):
            is_needed = op.result in needed or self.grouping.outside(op.result, self.group)
            if op in self.work or op in self.group.late or not is_needed:
                continue
            op.operands = [self.entry.get(value, value) for value in op.operands]
            needed.update(op.operands)
            kept.append(op)
        return kept[::-1]
