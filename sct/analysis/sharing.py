"""Which values may share memory.

Before: ``for (%a, %b) { %b1 = store %b, %v, %i; yield %b1, %a }``: two buffers that change places in every turn.
After: ``%a`` and ``%b1`` do not share; a carried value shares with another if they start as one buffer or one turn
makes them one.

Two values share if, going back from the one that is defined later, both lead to one value (a search over pairs).  The
results of one ``If`` are followed into the same branch, the carried values of one loop into the same turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import chain, combinations, product

from sct.analysis.liveness import positions
from sct.analysis.shown import by_type, may_hold, passes, position, shown_by, shown_by_call, sources_of
from sct.ir.nodes import Block, Function, If, Loop, Op, Value, While
from sct.ir.operations import WRITES
from sct.ir.types import Type

Pair = tuple[Value, Value]


class Sharing:
    """``sharing(a, b)``: whether two values of a function, both live somewhere, may show the same memory.

    ``sharing(a, b, written)`` asks for memory that a value of that type has: two lists that hold the same arrays do not
    share what a write into a list changes.  What is popped does not share with the list that is left, nor one part
    of a structure with another, if all that was ever put there was apart from what was there then.
    """

    def __init__(self, fn: Function) -> None:
        self.order: dict[Value, int] = {}
        self._maker: dict[Value, Op] = {}
        self._loop: dict[Value, Loop] = {}
        self._same: dict[Value, Value] = {}
        self._onward: dict[Value, list[Value]] = {}
        self._going_on: dict[Loop, list[list[Value]]] = {}
        self._stores: list[tuple[Op, frozenset[Op]]] = []
        self._inside: dict[Value, frozenset[Op]] = {}
        self._apart: dict[tuple[Value, Type | None], bool] = {}
        self._asking: list[tuple[Value, Type | None]] = []
        self._number(fn.body, frozenset())

    def __call__(self, a: Value, b: Value, written: Type | None = None) -> bool:
        a, b = self._same.get(a, a), self._same.get(b, b)
        if a is not b and self._groups.get(a, a) is not self._groups.get(b, b):
            return False
        todo: list[Pair] = [(a, b)]
        seen: set[Pair] = set()
        while todo:
            x, y = (self._same.get(value, value) for value in todo.pop())
            if x.type.is_scalar or y.type.is_scalar:
                continue
            if written is not None and not (may_hold(x.type, written) and may_hold(y.type, written)):
                continue
            if x is y:
                return True
            later, other = (x, y) if self.order.get(x, -1) > self.order.get(y, -1) else (y, x)
            if (later, other) not in seen:
                seen.add((later, other))
                todo += self._back(later, other, written)
        return False

    def overwritten(self, value: Value) -> bool:
        """Whether something may be stored into the value's memory once it is made."""
        stores = self._stores_into.get(self._groups.get(value, value), ())
        if not any(self._follows(op, loops, value) for op, loops in stores):
            return False
        reached = _closure(self.among(-1, value), self._onward)
        return any(op.operands[0] in reached and self._follows(op, loops, value) for op, loops in stores)

    def among(self, live: int, value: Value, written: Type | None = None) -> list[Value]:
        """Those of a set of values, as bits by their ``order``, that share with ``value``, in that order."""
        return [other for other in self._linked(live, value) if self(other, value, written)]

    def is_among(self, live: int, value: Value, written: Type | None = None) -> bool:
        """Whether one of a set of values, as bits by their ``order``, shares with ``value``."""
        return any(self(other, value, written) for other in self._linked(live, value))

    def _linked(self, live: int, value: Value) -> Iterator[Value]:
        """Those of a set of values, as bits by their ``order``, that are linked to ``value``, in that order."""
        return (self._values[k] for k in positions(live & self._kin.get(self._groups.get(value, value), 0)))

    def comes_from(self, *values: Value) -> set[Value]:
        """The values, and all that their memory may be that of, in any turn."""
        found = set(values)
        for type_, alike in by_type(values):
            reached, todo = set(alike), alike
            while todo:
                more = [source for source in self._sources(todo.pop(), type_) if source not in reached]
                reached.update(more)
                todo += more
            found |= reached
        return found

    def from_any(self, values: Iterable[Value], is_one: Callable[[Value], bool]) -> set[Value]:
        """Those of the values whose memory may be that of a value that ``is_one``."""
        found, ones = set[Value](), [value for value in self.order if is_one(value)]
        for type_, alike in by_type(values):
            sinks: dict[Value, list[Value]] = {}
            for sink in self.comes_from(*alike):
                for source in self._sources(sink, type_):
                    sinks.setdefault(source, []).append(sink)
            found |= _closure(ones, sinks) & set(alike)
        return found

    def _sources(self, value: Value, written: Type) -> list[Value]:
        value = self._same.get(value, value)
        loop, op = self._loop.get(value), self._maker.get(value)
        if loop is not None:
            k = position(loop.carried, value)
            return [loop.inits[k], *self._going_on[loop][k]]
        sources = [] if op is None else sources_of(op, position(op.results, value))
        return [s for s in sources if op is None or (may_hold(s.type, written) and passes(op, s, written))]

    def was_listed(self, value: Value) -> bool:
        """Whether a list may have held the value's memory: what is read of the list shows what is stored there."""
        return bool(self._read_lists) and not self._read_lists.isdisjoint(self.comes_from(value))

    @cached_property
    def _read_lists(self) -> set[Value]:
        """What is read of lists."""
        reads = [op for op in self._maker.values() if op.name == "getitem" and op.operands[0].type.kind == "list"]
        return {op.result for op in reads}

    def maker(self, value: Value) -> Op | None:
        """The operation that makes the value; None for a block's argument."""
        return self._maker.get(value)

    def knows(self, value: Value) -> bool:
        """Whether the value was there when this was made."""
        return value in self.order

    def is_carried(self, value: Value) -> bool:
        return self._same.get(value, value) in self._loop

    def _follows(self, store: Op, loops: frozenset[Op], value: Value) -> bool:
        """Whether the store can run after the value was made."""
        return self.order[store.result] > self.order[value] or bool(loops & self._inside[value])

    @cached_property
    def _values(self) -> list[Value]:
        return list(self.order)

    @cached_property
    def _groups(self) -> dict[Value, Value]:
        """For each value one that stands for all that it is linked to, however indirectly: no others can share."""
        groups: dict[Value, list[Value]] = {}
        for source, sinks in chain(self._onward.items(), ((a, [b]) for a, b in self._same.items())):
            many = groups.setdefault(source, [source])
            for sink in sinks:
                few = groups.setdefault(sink, [sink])
                if few is not many:
                    few, many = (few, many) if len(few) <= len(many) else (many, few)
                    many += few
                    groups.update(dict.fromkeys(few, many))
        return {value: group[0] for value, group in groups.items()}

    @cached_property
    def _kin(self) -> dict[Value, int]:
        """The values of each group, as bits, by the one that stands for them."""
        kin: dict[Value, int] = {}
        for value, k in self.order.items():
            first = self._groups.get(value, value)
            kin[first] = kin.get(first, 0) | 1 << k
        return kin

    @cached_property
    def _stores_into(self) -> dict[Value, list[tuple[Op, frozenset[Op]]]]:
        """What is stored into the values of each group, by the one that stands for them."""
        found: dict[Value, list[tuple[Op, frozenset[Op]]]] = {}
        for op, loops in self._stores:
            found.setdefault(self._groups.get(op.operands[0], op.operands[0]), []).append((op, loops))
        return found

    def _number(self, block: Block, loops: frozenset[Op]) -> None:
        """Number the values but numbers in program order; ``loops`` are those around the block."""
        for arg in block.args:
            if not arg.type.is_scalar:
                self.order[arg], self._inside[arg] = len(self.order), loops
        for op in block.ops:
            if op.blocks:
                self._number_owned(op, loops)
            for k, result in enumerate(op.results):
                self._maker[result] = op
                if not result.type.is_scalar:
                    self.order[result], self._inside[result] = len(self.order), loops
                    for source in sources_of(op, k):
                        self._onward.setdefault(source, []).append(result)
            if op.name in WRITES and op.origin is None:
                self._stores.append((op, loops))
            elif isinstance(op, Loop):
                self._number_carried(op)

    def _number_owned(self, op: Op, loops: frozenset[Op]) -> None:
        if isinstance(op, Loop):
            self._loop.update(dict.fromkeys(op.carried, op))
            loops |= {op}
        if isinstance(op, While):
            self._same.update(zip(op.test.args, op.carried, strict=True))
        for owned in op.blocks:
            self._number(owned, loops)

    def _number_carried(self, loop: Loop) -> None:
        self._going_on[loop] = [
            self._when_not(loop.body.yields[0], value) if loop.stops else [value] for value in loop.nexts
        ]
        for arg, init, following in zip(loop.carried, loop.inits, self._going_on[loop], strict=True):
            for source in () if arg.type.is_scalar else (init, *following):
                self._onward.setdefault(source, []).append(arg)

    def _when_not(self, stop: Value, value: Value) -> list[Value]:
        """What a value may be in a turn that does not ``stop``: not what the turn returns that does."""
        op, other = self._maker.get(stop), self._maker.get(value)
        if isinstance(op, If) and op is other:
            j, k = position(op.results, stop), position(op.results, value)
            return [found for block in op.blocks for found in self._when_not(block.yields[j], block.yields[k])]
        return [] if op is not None and op.name == "const" and op.attrs["value"] is True else [value]

    def _back(self, later: Value, other: Value, written: Type | None) -> Iterable[Pair]:
        """The pairs of which one shares if ``later`` and ``other`` do."""
        loop = self._loop.get(later)
        if loop is not None:
            k, going_on = position(loop.carried, later), self._going_on[loop]
            if self._loop.get(other) is loop:
                j = position(loop.carried, other)
                return [(loop.inits[k], loop.inits[j]), *product(going_on[k], going_on[j])]
            return [(loop.inits[k], other), *((value, other) for value in going_on[k])]
        op = self._maker.get(later)
        if op is None:
            return []
        if isinstance(op, If):
            k = position(op.results, later)
            if self._maker.get(other) is op:
                j = position(op.results, other)
                return [(block.yields[k], block.yields[j]) for block in op.blocks]
            return [(block.yields[k], other) for block in op.blocks]
        if isinstance(op, Loop) or op.name == "exchange":
            k = position(op.results, later)
            together = [op.carried, *([op.nexts] if op.stops else [])] if isinstance(op, Loop) else [op.operands]
            if self._maker.get(other) is op:
                return [(sources[k], sources[position(op.results, other)]) for sources in together]
            return [(sources[k], other) for sources in together]
        if op.name == "shorten" and self._is_popped(other, op) and self.is_apart(op.operands[0], written):
            return []
        if op.name == "item" and self._is_beside(other, op) and self.is_apart(op.operands[0], written):
            return []
        shown = self._shown(op)
        if op.name == "item" and self.order.get(other, -1) >= self.order.get(op.operands[0], -1):
            shown = [*shown, op.operands[0]]  # the call's value, and what was taken out of it before
        return [(source, other) for source in shown if passes(op, source, written)]

    def _is_popped(self, value: Value, shorten: Op) -> bool:
        """Whether the value is the item that a list loses."""
        op = self._maker.get(value)
        return op is not None and op.name == "getitem" and op.operands == shorten.operands

    def _is_beside(self, value: Value, item: Op) -> bool:
        """Whether the value is another part of the same structure."""
        op = self._maker.get(value)
        is_part = op is not None and op.name == "item" and op.operands == item.operands
        return is_part and op is not None and op.attrs["index"] != item.attrs["index"]

    def is_apart(self, value: Value, written: Type | None) -> bool:
        """Whether no two places in a value have the same memory, now or at any time before."""
        if not any(written is None or may_hold(item, written) for item in value.type.items):
            return True
        key = value, written
        if key in self._asking:  # of an earlier time: what is being shown, or taken for false
            return key == self._asking[-1]
        if key not in self._apart:
            self._asking.append(key)
            self._apart[key] = all(self._keeps_apart(source, written) for source in self.comes_from(value))
            self._asking.pop()
        return self._apart[key]

    def _keeps_apart(self, value: Value, written: Type | None) -> bool:
        """Whether what makes a value puts no memory into it that has a place there already."""
        op = self._maker.get(value)
        if op is None:
            return self.is_carried(value)
        if op.name == "tuple":
            return self._are_apart(op.operands, written)
        if op.name in ("append", "store", "put"):
            held, part = op.operands[:2]
            return not self(held, part, written) and self.is_apart(part, written)
        if op.name == "call" and written is not None and "summary" in op.attrs:
            return written.kind in op.attrs["summary"].apart and self._are_apart(shown_by(op), written)
        is_part = op.name in ("item", "shorten") or (op.name == "getitem" and op.operands[1].type.kind == "int")
        return bool(op.blocks) or is_part

    def _are_apart(self, values: list[Value], written: Type | None) -> bool:
        """Whether no memory is in two of the values, or in one of them twice."""
        shared = any(self(*pair, written) for pair in combinations(values, 2))
        return not shared and all(self.is_apart(value, written) for value in values)

    def _shown(self, op: Op) -> list[Value]:
        """What the results show, an item of a tuple only what it was made of."""
        made = self._maker.get(op.operands[0]) if op.name == "item" else None
        if made is not None and made.name == "tuple":
            return [made.operands[op.attrs["index"]]]
        summary = None if made is None or made.name == "call_reverse" else made.attrs.get("summary")
        if made is not None and summary is not None and not summary.together and summary.shows:
            return shown_by_call(made, summary.shows[op.attrs["index"]])
        return shown_by(op)


def _closure(values: list[Value], edges: dict[Value, list[Value]]) -> set[Value]:
    found, todo = set(values), list(values)
    while todo:
        more = [value for value in edges.get(todo.pop(), []) if value not in found]
        found.update(more)
        todo += more
    return found
