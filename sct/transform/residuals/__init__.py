"""Provides the forward values that the reverse sweep names: from the frame, computed again, or saved.

Before::

    for %i (%y0) { %y1 = mul %y0, %s; yield %y1 }        the reverse loop names %y0

After::

    %y_saved = tape
    for %i (%y0) { push %y_saved, %y0; … }               for … { %y = pop %y_saved; … %y … }

Straight-line code saves nothing: its values are still in the frame.  In a loop, what is saved is a minimum cut between
what the reverse turn needs and what it cannot compute again (Ford and Fulkerson on the values of one turn; see
Griewank and Walther, 2008, chapter 12, and Moses et al., Enzyme, 2021, for the same choice).  An array that is
written in place is not saved; the reverse sweep restores the elements that were overwritten, and only where
something reads an earlier version.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from heapq import heapify, heappop, heappush
from itertools import islice
from types import MappingProxyType

from sct.analysis.liveness import use_counts
from sct.ir.nodes import Block, For, Loop, Op, Value
from sct.transform.mincut import minimum_cut
from sct.transform.readback import drop
from sct.transform.residuals.costs import NAMED, SAVED, effort, size
from sct.transform.residuals.ends import Ends
from sct.transform.transpose import Adjoint

Needs = dict[Value, list[tuple[Block, Op]]]


def provide(adjoint: Adjoint, apart: bool = False, typed: bool = False) -> None:
    """Make every forward value that a reverse block names available there.

    Parameters
    ----------
    apart : bool
        Whether the sweeps are two functions: then what the reverse is handed is a cut as well, as in a loop's turn.
    typed : bool
        Whether what they hand each other has one type: then what only a branch makes is on a tape, and not None else.
    """
    _Residuals(adjoint, apart, typed).run()


class _Residuals(Ends):
    """What is kept, computed again or saved."""

    def run(self) -> None:
        self._climb(self.body, self.reverse)
        self._read_back()
        self._copy_arguments()
        self._shapes()
        self._restore()
        *turns, body = self._innermost_first()
        for block in turns:
            self._decide(block)
        self._leave_shapes()
        self._decide(body)
        self._substitute(self.body, self.reverse, {})
        self.body.ops = [*self.body.ops[: self.adjoint.boundary], *self.reverse]
        drop(self.body, self.reads)
        while unused := self._unused():
            self.adjoint.boundary -= sum(op in unused for op in self.body.ops)
            drop(self.body, unused)

    def _innermost_first(self) -> list[Block]:
        """The reverse loops' turns, before those around them, and the function's block."""
        turns = [block for block in self.up if isinstance(self.owner[self.adjoint.mirrors[block]], Loop)]
        return [*sorted(turns, key=lambda block: -len(self._outward(block))), self.body]

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

    def _decide(self, region_reverse: Block) -> None:
        region = self.mirror(region_reverse)
        needs = self._needs(region_reverse)
        ends: dict[Value, Value] = {}
        if region is not self.body:
            saved, ends = self._cut_turn(region_reverse, needs)
            self._carry(ends, region_reverse)
            self._hand_back(saved, region_reverse)
        elif self.apart:
            saved = self._hand_over(self._cut(region, needs))
        else:
            saved = self._frame(needs)
        self.provided.update(saved, ends)
        self.first_uses = {}
        for value in saved:
            if region is self.body and not self._is_taped(value):
                self._export(value)
            else:
                self._tape(value, self._place(value, region_reverse), is_late=bool(ends))
        for value, places in needs.items():
            for place in dict.fromkeys(place for place, _ in places):
                self._compute(value, place)

    def _place(self, value: Value, region_reverse: Block) -> Block:
        """The reverse block that runs the value's home backwards."""
        home = self.home[value]
        for block in [region_reverse, *self.up]:
            if self.mirror(block) is home:
                return block
        raise AssertionError("a saved value has no reverse block")

    def _free(self, value: Value, region: Block) -> bool:
        """Whether the reverse turn has the value anyway: from outside the loop, or the index."""
        home = self.home.get(value)
        if home is None or self.region(home) is not region:
            return True
        owner = self.owner.get(home)
        return isinstance(owner, For) and value is home.args[0]

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

    def _hand_over(self, values: list[Value]) -> list[Value]:
        """Keep the values for the other function; return those that a branch has to hand out."""
        self.handed.update(values)
        for value in values:
            copied = value in self.maker and (self.storages.is_view(value) or self._is_overwritten(value))
            if copied and not self._is_taped(value):
                self._copy_kept(value)
        return [value for value in values if self.home[value] is not self.body and value not in self.instead[self.body]]

    def _is_taped(self, value: Value) -> bool:
        """Whether a branch hands a value to the other function on a tape: there is no other value of its type.

        A number has zero in its place on the other path.
        """
        return self.typed and self.apart and self.home[value] is not self.body and not value.type.is_scalar

    def _frame(self, needs: Needs) -> list[Value]:
        """Outside loops everything is kept in its variable, but what is brief may stand twice."""
        kept = []
        todo = list(needs.items())
        for value, places in todo:
            op = self.maker.get(value)
            if op is not None and op.name in ("slice", "step"):  # no variable: written again where it is used
                todo += [(operand, places) for operand in op.operands if self.home.get(operand) is self.home[value]]
                continue
            if op is None:
                continue
            stale = self.storages.is_view(value) and self._stale(value, [o for _, o in places])
            if stale or self._is_overwritten(value):
                self._copy_kept(value)
                continue
            if self.home[value] is self.body and value.type.kind != "bool":
                continue
            if self._is_brief(value, op) and self._repeatable(value, [origin for _, origin in places]):
                continue
            kept.append(value)
        return kept

    def _is_brief(self, value: Value, op: Op) -> bool:
        """Whether a constant, a condition, or what the author computes of a number and a constant: ``2.0 * a``."""
        if op.name in ("const", "global"):
            return True
        if value.hint is not None or op.blocks:
            return value.hint is None and value.type.kind == "bool"
        makers = [self.maker.get(operand) for operand in op.operands]
        numbers = sum(maker is not None and maker.name == "const" for maker in makers)
        is_short = op.name in ("add", "sub", "mul", "div", "neg") and len(makers) - numbers == 1
        return value.type.kind == "bool" or (is_short and value.type.is_scalar)

    def _repeatable(self, value: Value, origins: Collection[Op]) -> bool:
        """Whether the reverse sweep can compute the value from what is in the frame."""
        if self._is_overwritten(value):
            return False
        op = self.maker.get(value)
        if op is None or (self.home[value] is self.body and value.type.kind != "bool"):
            return op is None or not self.storages.is_view(value) or not self._stale(value, origins)
        if not self._again(value) or self._stale(value, origins):
            return False
        return all(
            self._repeatable(operand, self._climbed(origins, value, operand))
            for operand in self._read(op)
            if operand in self.home
        )

    def _climbed(self, origins: Collection[Op], value: Value, operand: Value) -> Collection[Op]:
        """Where ``operand`` is computed for ``value``: in the reverse of its own block, which may be further out."""
        block, target = self.home[value], self.home[operand]
        around = []
        while block is not target and block in self.owner:
            around = [self.owner[block]]
            block = self.parent[block]
        return around if around and block is target else origins

    def _cut_turn(self, region_reverse: Block, needs: Needs) -> tuple[list[Value], dict[Value, Value]]:
        """What to save of a loop's turn; and of what it ends with, what the next one's start is saved for."""
        region = self.mirror(region_reverse)
        fewest, ends = self._fewest(region_reverse, needs)
        if not fewest or self.typed:
            return fewest, ends
        saved = self._cut(region, needs, ends, fewest)
        used = self._used(ends, needs, saved)
        return saved if used == ends else self._cut(region, needs, used, fewest), used

    def _fewest(self, region_reverse: Block, needs: Needs) -> tuple[list[Value], dict[Value, Value]]:
        """What takes the least memory."""
        region = self.mirror(region_reverse)
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
        return fewer, self._used(ends, needs, fewer)

    def _used(self, ends: dict[Value, Value], needs: Needs, saved: Collection[Value]) -> dict[Value, Value]:
        """Those of the ends of a turn that what is ``saved`` leaves something to compute from."""
        reached = self._reached(needs, [*saved, *ends])
        return {end: start for end, start in ends.items() if end in reached}

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

    def _cut(
        self,
        region: Block,
        needs: Needs,
        ends: Mapping[Value, Value] = MappingProxyType({}),
        fewest: Collection[Value] = (),
    ) -> list[Value]:
        """The values of one turn to save, so that all that is needed can be computed from them and the ``ends``.

        They take the least memory; or, where it is known what does, the ``fewest``, the least time.
        """
        edges: dict[Value, list[Value]] = {}
        origins = {value: dict.fromkeys(origin for _, origin in places) for value, places in needs.items()}
        sinks = [value for value in (*needs, *ends.values()) if value not in ends and not self._free(value, region)]
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
            operands = [v for v in map(self.storages.anchor, self._read(op)) if v not in ends]
            operands = [v for v in operands if not self._free(v, region)]
            edges[value] = operands
            for operand in operands:
                known = origins.setdefault(operand, {})
                count = len(known)
                known.update(dict.fromkeys(self._climbed(origins[value], value, operand)))
                if (len(known) > count or operand not in edges) and order[operand] not in todo:
                    todo.add(order[operand])
                    heappush(queue, -order[operand])
        sources = [
            value
            for value in edges
            if self.maker.get(value) is None or not self._again(value) or self._stale(value, origins[value])
        ]
        for value in sources:
            edges[value] = []
        costs = self._efforts(edges, sources, fewest) if fewest else (self._weights(edges), {})
        return sorted(minimum_cut(edges, sources, sinks, *costs), key=order.__getitem__)

    def _weights(self, values: Collection[Value]) -> dict[Value, int]:
        """How much it takes to save each value; of what takes the same, a name is read best."""
        scale = 1 + len(values)
        return {value: scale * self._size(value) + self._is_extra(value) for value in values}

    def _efforts(
        self, values: Collection[Value], sources: Collection[Value], fewest: Collection[Value]
    ) -> tuple[dict[Value, int], dict[Value, int]]:
        """How long it takes Python to save each value, and to compute it again, where the ``fewest`` have to be saved.

        What is larger than all of these is not saved: the memory would grow faster.
        """
        largest = max(map(self._size, fewest))
        again = {value: effort(self.maker[value]) for value in values if value not in sources}
        saved = {value: (SAVED + NAMED * self._is_extra(value)) * self._size(value) for value in values}
        unlimited = 1 + sum(saved.values()) + sum(again.values())
        return {value: cost if self._size(value) <= largest else unlimited for value, cost in saved.items()}, again

    def _numbered(self) -> dict[Value, int]:
        """A number for each value, in the order in which they are made; what was added to the forward sweep is last."""
        for value in islice(self.home, len(self.order), None):
            self.order[value] = len(self.order)
        return self.order

    def _weight(self, values: Iterable[Value]) -> int:
        """How much it takes to save the values."""
        return sum(map(self._size, values))

    def _size(self, value: Value) -> int:
        """How much memory a value takes; a parameter takes none that the caller has not."""
        is_parameter = value not in self.maker and self.home[value] is self.body
        return 1 if is_parameter else size(value)

    def _is_extra(self, value: Value) -> bool:
        """Whether a value that is saved needs a variable which is not there anyway."""
        op = self.maker.get(value)
        return value.hint is None and not (op is not None and op.attrs.get("saved"))

    def _unused(self) -> set[Op]:
        """What was read or copied to be saved, but was not, as something else does."""
        counts = use_counts(self.body)
        return {op for op in self.body.walk() if op.attrs.get("saved") and not counts[op.result]}
