"""Which part of an array a loop reads and sets as a whole, of nothing but such parts of its arrays.

Before: ``for (%a, %b) { %g = getitem %a, 1:-1; %a1 = store %a, 0, 1:-1; %b1 = index_add %b, %g, 2:; yield %b1, %a1 }``.
After: ``%a`` and ``%b`` are read in their inside ``1:-1`` alone, and all that ``%b`` gets there is a part of ``%a``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sct.analysis.liveness import use_counts
from sct.analysis.sharing import Sharing
from sct.ir.nodes import For, Function, Loop, Op, Value
from sct.ir.operations import WRITES
from sct.transform.fusing.accesses import Access, Accesses, whole
from sct.transform.fusing.groups import is_pointwise
from sct.transform.fusing.shares import Share, peeled

Inside = tuple[tuple[int, int], ...]
"""How many elements of each dimension are before a part of an array, and behind it."""
_KEEPING = frozenset({"push", "append", "put", "exchange", "bind"})
_WRITING = WRITES | {"index_add", "accumulate", "restore"}


@dataclass
class Step:
    """What an array's inside is set to: ``shares`` of an inside, each ``offsets`` away from its own place.

    ``source`` is the position of the array of that, ``read`` what reads it; ``place`` is where the last of the ``ops``
    stands that these were.  What it ``adds``, it adds to what is there.
    """

    source: int
    read: Op
    adds: bool
    shares: list[Share] = field(default_factory=list)
    offsets: list[tuple[int, ...]] = field(default_factory=list)
    ops: list[Op] = field(default_factory=list)
    place: int = 0

    @property
    def is_apart(self) -> bool:
        """Whether an element is set of others than the one in its own place."""
        return any(map(any, self.offsets))

    @property
    def is_as_it_is(self) -> bool:
        """Whether an element is set to the one in its own place."""
        return not (self.adds or self.is_apart or any(share.factors for share in self.shares) or len(self.shares) > 1)


@dataclass
class Carried:
    """An array that a loop carries: ``values`` are its versions, ``ops`` what reads and writes them.

    ``onward`` is the position in which the next turn gets it; ``is_zero`` says whether its inside is zero at first.
    """

    argument: Value
    values: list[Value]
    ops: list[Op] = field(default_factory=list)
    onward: int | None = None
    inside: Inside = ()
    is_zero: bool = False
    clears: list[Op] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def ends_zero(self) -> bool:
        """Whether its inside is zero when a turn is over."""
        changes = [op for op in self.ops if op.name != "getitem"]
        return changes[-1] in self.clears if changes else self.is_zero


class Overwritten:
    """Finds them: ``found`` are those of ``loop``'s arrays, by the position at which a turn gets them."""

    def __init__(self, loop: For, fn: Function, makers: Mapping[Value, Op], counts: Mapping[Value, int]) -> None:
        self.loop, self.accesses, self.makers, self.counts = loop, Accesses(fn), makers, counts
        self.place = {op: k for k, op in enumerate(loop.body.ops)}
        self.of: dict[Value, int] = {}
        self.found = self._chains()
        self._drop(lambda chain: False)
        if self.pays:
            sharing = Sharing(fn)
            self._drop(lambda chain: not self._is_alone(chain, sharing))

    @property
    def pays(self) -> bool:
        """Whether an array gets something at several places."""
        return any(len({*step.offsets}) > 1 for chain in self.found.values() for step in chain.steps)

    def _chains(self) -> dict[int, Carried]:
        """The arrays of which each version is written in place and is the only one then."""
        body, inits = self.loop.body, self.loop.inits
        chains = {
            k: Carried(value, [value])
            for k, value in enumerate(self.loop.carried)
            if value.type.is_array and value.type.element == "float" and value.type.shape
        }
        self.of = {chain.argument: k for k, chain in chains.items()}
        bad = set[int]()
        for op in body.ops:
            used = {self.of[value] for value in use_counts(op) if value in self.of}
            if op.name == "exchange":
                for value, result in zip(op.operands, op.results, strict=True):
                    if value in self.of and chains[self.of[value]].values[-1] is not value:
                        bad.add(self.of[value])
                    self._go_on(chains, value, result)
                continue
            own = self.of.get(op.operands[0]) if op.operands else None
            is_last = own is not None and chains[own].values[-1] is op.operands[0]
            is_write = op.name in ("store", "index_add") and bool(op.attrs.get("in_place"))
            if own is not None and is_last and (op.name == "getitem" or is_write) and "helper" not in op.attrs:
                chains[own].ops.append(op)
                bad |= {self.of[value] for value in op.operands[1:] if value in self.of}
                if is_write:
                    self._go_on(chains, op.operands[0], op.result)
            else:
                bad |= used
        for k, value in enumerate(body.yields):
            if value in self.of and chains[self.of[value]].values[-1] is value:
                chains[self.of[value]].onward = k
        for k, chain in chains.items():
            chain.inside = next((self._inside(op) for op in chain.ops if op.name != "index_add"), ())
            made = self.makers.get(inits[k])
            chain.is_zero = made is not None and made.name == "zeros_like"
        for _ in chains:  # what is only added to is read in the turns that follow
            for chain in chains.values():
                if not chain.inside and chain.onward in chains:
                    chain.inside = chains[chain.onward].inside
        return {
            k: chain
            for k, chain in chains.items()
            if k not in bad and chain.onward is not None and chain.inside
            if sum(value in chain.values for value in body.yields) == 1
        }

    def _go_on(self, chains: Mapping[int, Carried], value: Value, result: Value) -> None:
        if value in self.of:
            self.of[result] = self.of[value]
            chains[self.of[value]].values.append(result)

    def _inside(self, op: Op) -> Inside:
        """The part of an array that an operation names, if it is known how far that is from all ends; or nothing."""
        access = self.accesses.part(_all(op.operands[0]), op.operands[1 if op.name == "getitem" else 2 :])
        if access is None or any(e.axis != k or e.base is not None for k, e in enumerate(access.entries)):
            return ()
        found = tuple((entry.number, -entry.ends) for entry in access.entries if entry.ends is not None)
        return found if len(found) == len(access.entries) else ()

    def _is_own(self, array: Value, sharing: Sharing) -> bool:
        """Whether the function has made an array, and nothing uses it but what it is handed on to."""
        made = self.makers.get(array)
        if made is None or self.counts[array] != 1:
            return False
        if isinstance(made, Loop):
            return self._is_own(made.inits[made.results.index(array)], sharing)
        if made.name in ("store", "index_add"):
            return bool(made.attrs.get("in_place")) and self._is_own(made.operands[0], sharing)
        is_new = is_pointwise(made) and not any(sharing(array, operand) for operand in made.operands)
        return is_new or made.name == "zeros_like"

    def _is_alone(self, chain: Carried, sharing: Sharing) -> bool:
        """Whether nothing else shows the array, in the loop or around it."""
        body = self.loop.body
        if not self._is_own(self.loop.inits[self.of[chain.argument]], sharing):
            return False
        made = {result for op in body.walk() for result in op.results}
        others = {value for op in body.walk() for value in op.operands if value not in made} | {*body.args}
        others -= {chain.argument, *body.args[:1]}
        return not any(sharing(chain.argument, other) for other in others if not other.type.is_scalar)

    # one array

    def _drop(self, is_bad: Callable[[Carried], bool]) -> None:
        """Leave out arrays, and then those that nothing is known of without them."""
        bad = {k for k, chain in self.found.items() if is_bad(chain)}
        while True:
            self.found = {k: chain for k, chain in self.found.items() if k not in bad}
            self._settle()
            bad = {k for k, chain in self.found.items() if not self._is_overwritten(chain)}
            if not bad:
                return

    def _settle(self) -> None:
        """Find out which insides are zero at the beginning of all turns."""
        while True:
            for chain in self.found.values():
                self._walk(chain)
            ends = {chain.onward: chain for chain in self.found.values()}
            weak = [k for k, chain in self.found.items() if chain.is_zero and not (k in ends and ends[k].ends_zero)]
            if not weak:
                return
            for k in weak:
                self.found[k].is_zero = False

    def _is_overwritten(self, chain: Carried) -> bool:
        """Whether all that is done with an array's inside is read it, and set it of what others have there."""
        after = None if chain.onward is None else self.found.get(chain.onward)
        return after is not None and after.inside == chain.inside and self._walk(chain)

    def _walk(self, chain: Carried) -> bool:
        """Go through what is done with an array, and note its steps and what clears it."""
        chain.steps = []
        chain.clears = [op for op in chain.ops if op.name == "store" and self._is_nothing(op.operands[1])]
        is_zero, step = chain.is_zero, None
        for op in chain.ops:
            if op.name == "getitem":
                if is_zero or self._inside(op) != chain.inside or not self._is_passing(op):
                    return False
                step = None
            elif op in chain.clears:
                if self._inside(op) != chain.inside:
                    return False
                is_zero, step = True, None
            else:
                share = self._share(op, chain)
                if share is None:
                    return False
                if step is None:
                    adds = not is_zero and op.name != "store"
                    step = Step(self.of[share[0].operands[0]], share[0], adds)
                    chain.steps.append(step)
                elif op.name == "store" or step.read is not share[0]:
                    return False
                step.shares.append(share[1])
                step.offsets.append(share[2])
                step.ops.append(op)
                step.place, is_zero = self.place[op], False
        return all(map(self._is_there, chain.steps))

    def _is_passing(self, op: Op) -> bool:
        """Whether what is read is only computed with."""
        body = self.loop.body
        users = [user for user in body.ops if op.result in use_counts(user)]
        if op.result in body.yields or any(user.blocks or user.name in _KEEPING for user in users):
            return False
        return not any(user.name in _WRITING and user.operands[0] is op.result for user in users)

    def _is_nothing(self, value: Value) -> bool:
        made = self.makers.get(value)
        return made is not None and made.name == "const" and value.type.is_scalar and made.attrs["value"] == 0

    def _share(self, op: Op, chain: Carried) -> tuple[Op, Share, tuple[int, ...]] | None:
        """What an array gets of another's inside: the read of that, how it is scaled, and how far away it goes."""
        region = self.accesses.part(_all(op.operands[0]), op.operands[2:])
        there = self._inside(op)
        if region is None or not there:
            return None
        share = peeled(Share(op, op.operands[1], (), region), self.makers, of_copies=True)
        made = self.makers.get(share.core)
        if made is None or made.name != "getitem" or made not in self.place:
            return None
        source = self.found.get(self.of.get(made.operands[0], -1))
        if source is None or source.inside != chain.inside or self._inside(made) != chain.inside:
            return None
        if source.argument.type.shape != chain.argument.type.shape:
            return None
        offsets = tuple(now - before for (now, _), (before, _) in zip(there, chain.inside, strict=True))
        ends = tuple(before - now for (_, now), (_, before) in zip(there, chain.inside, strict=True))
        near = all(abs(by) <= min(margins) for by, margins in zip(offsets, chain.inside, strict=True))
        return (made, share, offsets) if offsets == ends and near and (any(offsets) or there == chain.inside) else None

    def _is_there(self, step: Step) -> bool:
        """Whether what is read for a step is there until the step is done."""
        read, steps = self.place[step.read], self.found[step.source].steps
        return not any(read < other.place <= step.place for other in steps if other is not step)


def _all(array: Value) -> Access:
    access = whole(array)
    assert access is not None
    return access
