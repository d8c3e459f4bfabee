"""Sums at several offsets, gathered: each element of an array is written once.

Before: ``%A1 = index_add %A, %s, (slice None, -2); %A2 = index_add %A1, %s, (slice 2, None)``: a stencil's reverse.
After: ``%s`` is kept in an array that has a margin of zeros, and one nest adds ``s[i] + s[i - 2]`` to ``A[i]``.

The gathering form is that of Hückelheim, Kukreja, Narayanan, Luporini, Gorman and Hovland, Automatic differentiation
for adjoint stencil loops, 2019; the margin takes the place of their loops over the remainders.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from sct.ir.nodes import Op, Value
from sct.transform.build import Builder
from sct.transform.fusing.accesses import Access, Entry
from sct.transform.fusing.direct import Direct, direct
from sct.transform.fusing.groups import Group
from sct.transform.fusing.nests import Nest, Range, again
from sct.transform.fusing.shares import Place, Share, peeled, with_common_factors


@dataclass(frozen=True)
class Margin:
    """The array that keeps a value, its state behind the nest, and how wide the margins are before it and behind."""

    begun: Value
    filled: Value
    leads: list[int]
    trails: list[int]


@dataclass
class Gathering:
    """What of a group is gathered.

    ``targets`` are the additions to one array, ``direct`` those that need no margins, and ``taken`` the operations that
    are no part of the first nest any more.
    """

    targets: list[list[Share]] = field(default_factory=list)
    direct: list[Direct] = field(default_factory=list)
    margins: dict[Value, Margin] = field(default_factory=dict)

    @property
    def taken(self) -> set[Op]:
        return {share.op for target in [*self.targets, *(other.shares for other in self.direct)] for share in target}

    @property
    def arrays(self) -> list[Value]:
        """The arrays that get something, in the order of the nests."""
        return [*(target[0].region.array for target in self.targets), *(target.array for target in self.direct)]

    def loops(self) -> Iterator[Callable[[Value, Value], list[Op]]]:
        """For each target, what adds to a version of its array, and leaves another."""
        yield from (partial(self._loops, target) for target in self.targets)
        yield from (target.loops for target in self.direct)

    def allocate(self, ranges: Sequence[Range], before: Builder) -> None:
        """Make the arrays with margins."""
        for core in dict.fromkeys(share.core for target in self.targets for share in target):
            widths = [0] * len(ranges)
            for target in self.targets:
                if any(share.core is core for share in target):
                    widths = list(map(max, widths, _reach(target, len(ranges))))
            # At least as much as the range leaves out of its array, so that no size is negative.
            leads = [max(width, range_.number) for range_, width in zip(ranges, widths, strict=True)]
            trails = [max(width, -range_.more) for range_, width in zip(ranges, widths, strict=True)]
            margins = map(sum, zip(leads, trails, strict=True))
            sizes = [range_.length(before, margin) for range_, margin in zip(ranges, margins, strict=True)]
            shape = before.op("tuple", *sizes) if len(sizes) > 1 else sizes[0]
            name = core.hint or core.temp
            temp = None if name is None else f"{name}_padded"
            begun = before.op("zeros", shape, dtype=None, temp=temp, scratch=True)
            self.margins[core] = Margin(begun, again(begun), leads, trails)

    def _loops(self, target: list[Share], array: Value, after: Value) -> list[Op]:
        return self._nest(target, array).closed({target[0].region.array: after})

    def _nest(self, target: list[Share], array: Value) -> Nest:
        region = target[0].region
        axes = len(_reach(target, sum(entry.axis is not None for entry in region.entries)))
        ranges = [self._range(target, axis, array) for axis in range(axes)]
        nest = Nest(ranges, target[0].op)
        nest.at(target[0].op)
        nest.carry(region.array, array)
        total: Value | None = None
        for share in target:
            value, is_negative = self._value(nest, share)
            if total is None:
                total = nest.turn.op("neg", value) if is_negative else value
            else:
                total = nest.turn.op("sub" if is_negative else "add", total, value)
        assert total is not None
        places = [
            entry if entry.axis is None else replace(entry, number=ranges[entry.axis].number)
            for entry in region.entries
        ]
        nest.write("index_add", region.array, total, places, {"in_place": True, "distinct": True})
        return nest

    def _range(self, target: list[Share], axis: int, array: Value) -> Range:
        """From the first to the last place that gets a share."""
        ends = [
            (entry, dim) for share in target for dim, entry in enumerate(share.region.entries) if entry.axis == axis
        ]
        first = min(entry.number for entry, _ in ends)
        last, dim = max(ends, key=lambda end: (end[0].number, end[0].ends is not None))
        if last.ends is not None:
            return Range(last.base, first, array, dim, last.ends)
        margin = self.margins[target[0].core]
        more = last.number - first - margin.leads[axis] - margin.trails[axis]
        return Range(last.base, first, margin.filled, axis, more, counted=True)

    def _value(self, nest: Nest, share: Share) -> tuple[Value, bool]:
        """What a place gets from a share, and whether it is taken away."""
        margin = self.margins[share.core]
        entries = [
            Entry(entry.axis, None, nest.ranges[entry.axis].number - entry.number + margin.leads[entry.axis])
            for entry in share.region.entries
            if entry.axis is not None
        ]
        value = nest.read(margin.begun, margin.filled, entries)
        is_negative = False
        for op in reversed(share.factors):
            if op.name == "neg":
                is_negative = not is_negative
            else:
                operands = [operand if operand.type.is_scalar else value for operand in op.operands]
                value = nest.turn.op(op.name, *operands, style="operator")
        return value, is_negative


def gathered(
    group: Group, regions: Mapping[Op, Access], read: set[Value], seen: Callable[[Value], Access | None]
) -> Gathering:
    """The additions that wait, and those that are worth gathering.

    ``read`` are the arrays that the group reads; ``seen`` tells where an array's elements are that no loop changes.
    """
    busy = read | {region.array for op, region in regions.items() if op.name == "store"}
    adds = [op for op in regions if op in group.deferred or (op.name != "store" and regions[op].array not in busy)]
    adds = [op for op in adds if op.operands[1].type.shape == group.shape and _has_all_axes(regions[op], group)]
    makers = {result: op for op in group.ops for result in op.results}
    plain = [Share(op, op.operands[1], (), regions[op]) for op in adds]
    cores = [peeled(share, makers) for share in plain]
    read_later = [peeled(share, makers, of_copies=True) for share in plain]
    there = _direct(_targets(read_later, group.deferred).targets, seen, makers)
    done = {share.op for target in there for share in target.shares}
    plain, cores = ([share for share in shares if share.op not in done] for shares in (plain, cores))
    taken = _targets(cores, group.deferred).taken
    common = with_common_factors([share for share in cores if share.op in taken])
    found = [_targets(shares, group.deferred) for shares in (plain, common)]
    best = min(found, key=lambda gathering: _cost(gathering, len(plain)))
    return replace(best, direct=there)


def _direct(
    targets: Sequence[list[Share]], seen: Callable[[Value], Access | None], makers: Mapping[Value, Op]
) -> list[Direct]:
    """Those of which no element has to be kept in an array with margins, be it for another target."""
    accesses = {share.core: seen(share.core) for target in targets for share in target}
    found = {k: made for k, target in enumerate(targets) if (made := direct(target, accesses, makers)) is not None}
    while True:
        kept = {share.core for k, target in enumerate(targets) if k not in found for share in target}
        left = {k: made for k, made in found.items() if kept.isdisjoint(share.core for share in made.shares)}
        if len(left) == len(found):
            return list(found.values())
        found = left


def _has_all_axes(region: Access, group: Group) -> bool:
    """Whether each turn of a group has a place of its own in a region."""
    return {entry.axis for entry in region.entries} >= set(range(len(group.shape or ())))


def _targets(shares: Sequence[Share], deferred: Container[Op]) -> Gathering:
    found: dict[tuple[object, ...], list[Share]] = {}
    for share in shares:
        key = (e.base if e.axis is not None else e.place for e in share.region.entries)
        axes = (e.axis for e in share.region.entries)
        found.setdefault((share.region.array, *key, *axes), []).append(share)
    targets = []
    for target in found.values():
        places: dict[Value, set[Place]] = {}
        for share in target:
            places.setdefault(share.core, set()).add(share.place)
        targets.append([s for s in target if len(places[s.core]) > 1 or s.op in deferred])
    return Gathering([target for target in targets if target])


def _cost(found: Gathering, adds: int) -> int:
    """How many arrays with margins there are, and additions that are not gathered."""
    return len({share.core for target in found.targets for share in target}) + adds - len(found.taken)


def _reach(target: Sequence[Share], axes: int) -> list[int]:
    """How far apart along each axis the places of a target are."""
    numbers: list[list[int]] = [[] for _ in range(axes)]
    for share in target:
        for entry in share.region.entries:
            if entry.axis is not None:
                numbers[entry.axis].append(entry.number)
    return [max(found) - min(found) for found in numbers]
