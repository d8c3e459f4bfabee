"""Chooses what to save of a turn: a minimum cut between what its reverse needs and what it cannot compute again.

Before: a turn has ``%d = sub %x, 1; %r = sqrt (add (mul %d, %d), %e); %g = div 1, (pow %r, 3)``, its reverse names all.
After: ``%x`` is saved; so are ``%r`` and ``%g``, which take longer to compute again; ``%d`` is computed again.

The cut is one of values of a turn (Ford and Fulkerson; see Griewank and Walther, 2008, chapter 12, and Moses et al.,
Enzyme, 2021, for the same choice).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import islice
from types import MappingProxyType

from sct.ir.nodes import Block, Loop, Op, Value
from sct.transform.mincut import minimum_cut
from sct.transform.residuals.costs import HANDING, SAVING, effort, is_function
from sct.transform.residuals.retracing import Retracing

Needs = dict[Value, list[tuple[Block, Op]]]


class Cutting(Retracing):
    """The lightest set of values from which the reverse can compute all that it needs."""

    def _needs(self, around: Block) -> Needs:
        """The forward values of a region that its reverse ``around`` names: where, and for which forward operation."""
        region = self.mirror(around)
        needs: Needs = {}
        for block, ops in self._reverse_blocks():
            if around not in self._outward(block):
                continue
            for op in ops:
                origin = op if op.name in ("restore", "shrink") else op.origin or op
                for value in op.operands if self.left(op) is None else self.contents(op):
                    self._need(value, block, origin, region, needs)
            for value in block.yields if block is not self.body else []:
                owner = self.owner[self.adjoint.mirrors[block]]
                self._need(value, block, owner, region, needs)
        return needs

    def _need(self, value: Value, block: Block, origin: Op, region: Block, needs: Needs) -> None:
        value = self.storages.anchor(value)
        home = self.home.get(value)
        if home is None or self.region(home) is not region:
            return
        place = self.at_home(value, block)
        if place is None:
            return
        while block is not place:
            origin = self._origin_of_block(block)
            block = self.up[block]
        needs.setdefault(value, []).append((place, origin))

    def _cut_turn(self, region_reverse: Block, needs: Needs) -> tuple[list[Value], dict[Value, Value]]:
        """What to save of a loop's turn; and of what it ends with, what the next one's start is saved for."""
        region = self.mirror(region_reverse)
        saved, ends = self._lightest_turn(region, region_reverse, needs)
        saved += self._cheaper(region, needs, saved, ends) if saved else []
        starts: set[Value] = set()
        while True:  # the turn before has to have what the next one starts with, where that is what it ended with
            reached = self._reached([*needs, *starts], [*saved, *ends])
            needed = {end: start for end, start in ends.items() if end in reached}
            if starts.issuperset(needed.values()):
                return [value for value in saved if value in reached], needed
            starts.update(needed.values())

    def _lightest_turn(
        self, region: Block, region_reverse: Block, needs: Needs
    ) -> tuple[list[Value], dict[Value, Value]]:
        saved = self._cut(region, needs)
        ends = self._ends(region, saved) if saved else {}
        reached = self._reached(needs, saved) if ends else set()
        ends = {end: start for end, start in ends.items() if end in reached}
        if not ends:
            return saved, ends
        fewer = self._cut(region, needs, ends)
        if self._weight(fewer) == self._weight(saved):
            ends = self._at_hand(ends, region_reverse)
            fewer = self._cut(region, needs, ends)
        reached = self._reached(needs, [*fewer, *ends])
        return fewer, {end: start for end, start in ends.items() if end in reached}

    def _at_hand(self, ends: dict[Value, Value], region_reverse: Block) -> dict[Value, Value]:
        """Those of the ends of a turn that the loop around, if there is one, provides for the last turn anyway."""
        loop = self.owner[self.mirror(region_reverse)]
        around = self.region(self.place[loop])
        if around is self.body:
            return ends
        assert isinstance(loop, Loop)
        needs = self._needs(next(b for b in self._outward(self.up[region_reverse]) if self.mirror(b) is around))
        results = dict(zip(loop.carried, loop.results, strict=True))
        return {end: start for end, start in ends.items() if results[start] in needs}

    def _reached(self, needs: Iterable[Value], saved: Collection[Value]) -> set[Value]:
        """What is computed again from what is ``saved``, and that."""
        found, todo = set[Value](), list(needs)
        while todo:
            value = todo.pop()
            if value not in found:
                found.add(value)
                op = self.maker.get(value)
                if op is not None and value not in saved and self._again(value):
                    todo += map(self.storages.anchor, self._read(op))
        return found

    def _cut(self, region: Block, needs: Needs, ends: Mapping[Value, Value] = MappingProxyType({})) -> list[Value]:
        """The values of one turn to save, so that all that is needed can be computed from them and the ``ends``."""
        sinks = [value for value in (*needs, *ends.values()) if value not in ends and not self._free(value, region)]
        edges, origins = self._made_of(region, needs, sinks, ends)
        sources = [
            value
            for value in edges
            if self.maker.get(value) is None or not self._again(value) or self._stale(value, origins[value])
        ]
        for value in sources:
            edges[value] = []
        # Of what costs the same, a name is read best.
        scale = 1 + len(edges)
        weights = {value: scale * self._weight([value]) + self._is_extra(value) for value in edges}
        cut = minimum_cut(edges, sources, sinks, weights)
        return sorted(cut, key=self._numbered().__getitem__)

    def _cheaper(self, region: Block, needs: Needs, saved: Sequence[Value], ends: Collection[Value]) -> list[Value]:
        """What costs less to save than to compute again from what is ``saved``, and what turns end with.

        That is asked of a turn that saves something anyway, and of what is no larger: the memory grows as it did.
        """
        at_hand = {*saved, *ends}
        sinks = [value for value in needs if value not in at_hand and not self._free(value, region)]
        edges, _ = self._made_of(region, needs, sinks, at_hand)
        order = self._numbered()
        efforts: dict[Value, int] = {}
        varying = set(at_hand)  # a view takes nothing, and still is another one in each turn
        for value in sorted(edges, key=order.__getitem__):
            op = self.maker[value]
            varies = not varying.isdisjoint(map(self.storages.anchor, self._read(op)))
            varying.update([value] if varies else [])
            efforts[value] = effort(op, self.maker) * self._cost(value) if varies else 0
        largest, unlimited = max(map(self._cost, saved)), 1 + sum(efforts.values())
        each = HANDING if region is self.body else SAVING
        weights = dict.fromkeys(edges, unlimited)
        for value in edges:
            type_ = value.type
            if region is self.body and value.hint is None and not is_function(self.maker[value]):
                continue  # it would need a name, and the author's statement two lines
            # A compiler computes arrays again as fast as it reads them.
            if type_.kind == "float" or (type_.is_array and not self.typed and self._cost(value) <= largest):
                weights[value] = each if type_.is_scalar else SAVING * self._cost(value)
        return sorted(minimum_cut(edges, [], sinks, weights, efforts), key=order.__getitem__)

    def _made_of(
        self, region: Block, needs: Needs, sinks: Iterable[Value], at_hand: Collection[Value]
    ) -> tuple[dict[Value, list[Value]], dict[Value, dict[Op, None]]]:
        """What each value of a turn is computed from again; and for which forward operations it is needed."""
        edges: dict[Value, list[Value]] = {}
        origins = {value: dict.fromkeys(origin for _, origin in places) for value, places in needs.items()}
        order, values = self._numbered(), list(self.home)
        todo = {order[value] for value in sinks}
        queue = [-number for number in todo]
        heapify(queue)
        while queue:  # operands inherit the places where their results are computed: the last of these comes first
            number = -heappop(queue)
            todo.remove(number)
            value = values[number]
            op = self.maker.get(value)
            if op is None or not self._again(value):
                edges[value] = []
                continue
            operands = [v for v in map(self.storages.anchor, self._read(op)) if v not in at_hand]
            operands = [v for v in operands if not self._free(v, region)]
            edges[value] = operands
            for operand in operands:
                known = origins.setdefault(operand, {})
                count = len(known)
                known.update(dict.fromkeys(self._climbed(origins[value], value, operand)))
                if (len(known) > count or operand not in edges) and order[operand] not in todo:
                    todo.add(order[operand])
                    heappush(queue, -order[operand])
        return edges, origins

    def _numbered(self) -> dict[Value, int]:
        """A number for each value, in the order in which they are made; what was added to the forward sweep is last."""
        for value in islice(self.home, len(self.order), None):
            self.order[value] = len(self.order)
        return self.order

    def _weight(self, values: Iterable[Value]) -> int:
        """How much it takes to save the values: the rows of a matrix are many, and a row is many numbers."""
        return sum(self._cost(value) for value in values)

    def _cost(self, value: Value) -> int:
        is_parameter = value not in self.maker and self.home[value] is self.body
        if value.type.is_scalar or is_parameter:  # which the caller has anyway
            return 1
        shape = (None,) if value.type.shape is None else value.type.shape
        size = 1 << 3 * sum(not isinstance(dim, int) for dim in shape)
        return 1 + (size // 8 if value.type.dtype == "bool" else size)

    def _is_extra(self, value: Value) -> bool:
        """Whether a value that is saved needs a variable which is not there anyway."""
        op = self.maker.get(value)
        return value.hint is None and not (op is not None and op.attrs.get("saved"))

    def _climbed(self, origins: Collection[Op], value: Value, operand: Value) -> Collection[Op]:
        """Where ``operand`` is computed for ``value``: in the reverse of its own block, which may be further out."""
        block, target = self.home[value], self.home[operand]
        around = []
        while block is not target and block in self.owner:
            around = [self.owner[block]]
            block = self.parent[block]
        return around if around and block is target else origins

    def _free(self, value: Value, region: Block) -> bool:
        """Whether the reverse turn has the value anyway: from outside the loop, the index, or as all turns have it."""
        home = self.home.get(value)
        if home is None or self.region(home) is not region:
            return True
        owner = self.owner.get(home)
        counted = isinstance(owner, Loop) and value is owner.counted
        return counted or value in self.retraced or self._is_steady(value)

    def _stale(self, value: Value, origins: Collection[Op]) -> bool:
        """Whether ``value`` reads a storage whose contents differ where the reverse sweep would compute it."""
        op = self.maker.get(value)
        if op is None:
            return False
        for operand in self.contents(op)[self.is_settled(op) :]:
            if operand in self.held:
                continue
            if self.storages.of(operand) is not None:
                if any(self._is_hidden(op, operand, origin) for origin in origins):
                    return True
                framed = self.apart or self._in_frame(value)  # what only it reads is not restored
                if framed and not self.undone.issuperset(self._in_the_way(op, operand, self.undone)):
                    return True
        return False

    def _is_hidden(self, op: Op, version: Value, origin: Op) -> bool:
        """Whether ``op`` would see something else of a version where the reverse sweep has come to ``origin``."""
        current = self.storages.current(version, origin)
        while current is not version:
            store = self.maker.get(current)
            if store is None or store.name != "store" or self.place[store] is not self.place[op]:
                return True
            if op.name != "getitem" or op.operands[0] is not version or not self._settled.knows(op):
                return True
            if self._settled.meets_at_once(op, store):
                return True
            current = store.operands[0]
        return False
