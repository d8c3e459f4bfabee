"""Sums at two places side by side, of an array's own elements: gathered without a copy that has margins.

Before: ``%v = getitem %X, :-1; %A1 = index_add %A, (neg %v), :-1; %A2 = index_add %A1, %v, 1:`` of a difference.
After: one nest adds ``X[i - 1] - X[i]`` to ``A[i]``, and what both ends get, of one element each, is added behind it::

    %A1 = for (%i, %A.2) in (1, len(A) - 1, 1, %A): …
    %A2 = if (len(A) > 1): store %A1, (A[0] - X[0]), 0; store …, (A[-1] + X[-2]), len(A) - 1

That is the form of Hückelheim et al. (see ``gather``), whose remainders are small here.  Staggered grids are of that
kind: fdtd_2d took 0.7 of the time that copies took it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sct.ir.nodes import Block, If, Op, Value
from sct.transform.build import Builder
from sct.transform.fusing.accesses import Access, Entry
from sct.transform.fusing.nests import Nest, Range, again, size_of
from sct.transform.fusing.shares import Share, common_factors, scaled_sum

Term = tuple[Share, list[Entry]]


@dataclass(frozen=True)
class Direct:
    """The additions to one array.

    Attributes
    ----------
    shares : sequence of Share
        In program order.
    seen : mapping of Value to Access
        Where the elements of the shares' cores are.
    makers : mapping of Value to Op
        What makes the numbers that the cores are multiplied by.
    axis : int or None
        That along which there are two places.
    """

    shares: Sequence[Share]
    seen: Mapping[Value, Access]
    makers: Mapping[Value, Op]
    axis: int | None

    @property
    def array(self) -> Value:
        return self.shares[0].region.array

    def loops(self, array: Value, after: Value) -> list[Op]:
        """What adds to the version ``array``, and leaves the version ``after``."""
        ranges = [self._range(axis, array) for axis in range(self._rank())]
        nest = self._nest(ranges, array)
        terms = [(share, self._read_at(share, ranges)) for share in self.shares]
        places = [e if e.axis is None else replace(e, number=ranges[e.axis].number) for e in self._region.entries]
        self._add(nest, terms, places)
        if self.axis is None:
            return nest.closed({self.array: after})
        inner = again(array)
        return [*nest.closed({self.array: inner}), *self._ends(inner, after)]

    @property
    def _region(self) -> Access:
        return self.shares[0].region

    def _rank(self) -> int:
        return sum(entry.axis is not None for entry in self._region.entries)

    def _nest(self, ranges: Sequence[Range], array: Value) -> Nest:
        nest = Nest(ranges, self.shares[0].op)
        nest.at(self.shares[0].op)
        nest.carry(self.array, array)
        return nest

    def _range(self, axis: int, array: Value) -> Range:
        """The places that get all shares: along the axis of two, those between the first and the last."""
        inside = int(axis == self.axis)
        dim, entry = _along(self._region, axis)
        first = min(_along(share.region, axis)[1].number for share in self.shares) + inside
        ends = [_along(share.region, axis)[1].ends for share in self.shares]
        known = [end for end in ends if end is not None]
        if known:
            return Range(entry.base, first, array, dim, max(known) - inside)
        seen = self.seen[self.shares[0].core]
        dim, read = _along(seen, axis)
        assert read.ends is not None
        return Range(entry.base, first, seen.array, dim, read.ends - read.number, counted=True)

    def _read_at(self, share: Share, ranges: Sequence[Range]) -> list[Entry]:
        """Which element of its array a share's place gets."""
        found = []
        for entry in self.seen[share.core].entries:
            if entry.axis is not None:
                place = _along(share.region, entry.axis)[1]
                entry = replace(entry, number=entry.number + ranges[entry.axis].number - place.number)
            found.append(entry)
        return found

    # both ends

    def _ends(self, array: Value, after: Value) -> list[Op]:
        """What the first and the last place get, if there are any: of an array without elements there are none."""
        assert self.axis is not None
        before = Builder.instead_of(self.shares[0].op, "numpy")
        ranges = [self._range(axis, array) for axis in range(self._rank()) if axis != self.axis]
        nest = self._nest(ranges, array)
        numbers = {_along(share.region, self.axis)[1].number for share in self.shares}
        for number in sorted(numbers):
            shares = [share for share in self.shares if _along(share.region, self.axis)[1].number == number]
            is_first = number == min(numbers)
            at = [(share, self._at_end(self.seen[share.core], array, is_first, before)) for share in shares]
            places = self._at_end(shares[0].region, array, is_first, before)
            places = [e if e.axis is None else replace(e, number=ranges[e.axis].number) for e in places]
            terms = [(share, self._beside(share, entries, ranges)) for share, entries in at]
            self._add(nest, terms, places)
        dim, last = _along(max((share.region for share in self.shares), key=self._number), self.axis)
        assert last.ends is not None
        size = None if array.type.shape is None else array.type.shape[dim]
        if isinstance(size, int) and size > last.number - last.ends:
            return [*before.block.ops, *nest.closed({self.array: after})]
        least = before.const(last.number - last.ends)
        condition = before.op("gt", size_of(before, array, dim), least)
        inner = again(array)
        then = Block(ops=nest.closed({self.array: inner}), yields=[inner])
        like = self.shares[0].op
        attrs = {"form": "stmt"}
        orelse = Block(yields=[array])
        made = If("if", [condition], [after], attrs, like.span, like.stmt, then, orelse, origin=like.origin)
        return [*before.block.ops, made]

    def _number(self, region: Access) -> int:
        return 0 if self.axis is None else _along(region, self.axis)[1].number

    def _at_end(self, access: Access, array: Value, is_first: bool, before: Builder) -> list[Entry]:
        """The first elements that are named along the axis, or the last; the other axes are counted without it."""
        assert self.axis is not None
        found = []
        for dim, entry in enumerate(access.entries):
            if entry.axis == self.axis:
                whole = array if access.array is self.array else access.array
                end = (entry.ends or 0) - 1
                entry = Entry(None, None, entry.number) if is_first else Entry(None, size_of(before, whole, dim), end)
            elif entry.axis is not None:
                entry = replace(entry, axis=entry.axis - (entry.axis > self.axis))
            found.append(entry)
        return found

    def _beside(self, share: Share, entries: Iterable[Entry], ranges: Sequence[Range]) -> list[Entry]:
        """Where a share of an end is read, along the other axes: there is one place for each."""
        regions = [e for e in share.region.entries if e.axis is not None and e.axis != self.axis]
        places = {entry.axis - (entry.axis > (self.axis or 0)): entry for entry in regions if entry.axis is not None}
        return [
            e if e.axis is None else replace(e, number=e.number + ranges[e.axis].number - places[e.axis].number)
            for e in entries
        ]

    # one place

    def _add(self, nest: Nest, terms: Sequence[Term], places: Sequence[Entry]) -> None:
        """Add some shares to a place."""
        read = []
        for share, entries in terms:
            access = self.seen[share.core]
            read.append((share, nest.read(access.array, access.array, entries)))
        total = scaled_sum(nest.turn, read, common_factors(self.shares), self.makers)
        nest.write("index_add", self.array, total, places, {"in_place": True, "distinct": True})


def direct(shares: Sequence[Share], seen: Mapping[Value, Access | None], makers: Mapping[Value, Op]) -> Direct | None:
    """The additions to one array, if each share's elements are where they were, and there are two places at most."""
    rank = sum(entry.axis is not None for entry in shares[0].region.entries)
    accesses = {core: access for core, access in seen.items() if access is not None}
    if any(share.core not in accesses for share in shares):
        return None
    cores = [accesses[share.core] for share in shares]
    if any(sorted(e.axis for e in core.entries if e.axis is not None) != [*range(rank)] for core in cores):
        return None
    along: int | None = None
    for axis in range(rank):
        places = [_along(share.region, axis)[1] for share in shares]
        reads = [_along(core, axis)[1] for core in cores]
        numbers = {place.number for place in places}
        if len(numbers) == 1:
            of_known_size = reads[0].base is None and reads[0].ends is not None
            if any(place.ends is None for place in places) and not of_known_size:
                return None
            continue
        lengths = {None if place.ends is None else place.ends - place.number for place in places}
        plain = all(entry.base is None and entry.ends is not None for entry in [*places, *reads])
        if along is not None or max(numbers) - min(numbers) != 1 or not plain or len(lengths) != 1:
            return None
        along = axis
    return Direct(shares, accesses, makers, along)


def _along(access: Access, axis: int) -> tuple[int, Entry]:
    """The dimension of an array that an axis goes along, and where."""
    return next((dim, entry) for dim, entry in enumerate(access.entries) if entry.axis == axis)
