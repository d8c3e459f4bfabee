"""A variable for every value, called as the author called it.

Values that are the same variable over time (a phi and what flows into it, the versions of an array) share one name
where their lives do not overlap; two lives that do overlap get different names: ``x = x * a`` makes ``x_product`` where
the ``x`` before it is read again.  This is coalescing by interference (Chaitin, Register allocation and spilling via
graph coloring, 1982), with names for registers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import count

from sct.analysis.liveness import bits, walk_liveness
from sct.ir.nodes import Block, For, Function, If, Loop, Op, Value, While
from sct.rules.table import lookup
from sct.transform.temporaries import noun, part_name

_GENERATED = ("_bar", "_dot", "_saved", "_value", "_residuals", "turns")


def added(name: str, params: Collection[str]) -> str:
    """The name of a parameter that is added to ``params``."""
    while name in params:
        name += "_"
    return name


def assign_names(
    fn: Function, folded: set[Value], fixed: dict[Value, str], taken: Collection[str], authored: set[Value]
) -> dict[Value, str]:
    """The name of every value that needs a variable.

    Parameters
    ----------
    folded : set of Value
        The values that need none.
    fixed : dict of Value to str
        The parameters' names.
    taken : collection of str
        Names that no local may have: globals of the module that the function uses.
    authored : set of Value
        The values whose hints are the author's own names.
    """
    graph = _Interference(fn, folded)
    for a, b in [*_loop_pairs(fn.body), *_pairs(fn.body)]:
        graph.merge(a, b)
    for op in fn.body.walk():
        if op.name == "store" and op.origin is not None:  # the seed of `return b` is called so where it is `b_bar`, too
            graph.merge(op.operands[0], op.result, renames=True)
        elif op.name == "push" and "pop" in op.attrs and op.operands[1].hint is None:
            graph.merge(op.operands[1], op.attrs["pop"].result)
    own = {value.hint for value in authored if value.hint}
    makers = {op.result: op for op in fn.body.walk() if len(op.results) == 1}
    names: dict[Value, str] = {}
    holders: dict[str, Value] = {}

    def give(name: str, root: Value) -> None:
        names[root] = name
        graph.join(holders.setdefault(name, root), root)

    for root in graph.roots():
        pinned = [fixed[value] for value in graph.members[root] if value in fixed]
        if pinned:
            give(pinned[0], root)
    for root in graph.roots():
        if root in names:
            continue
        members = graph.members[root]
        wanted = _wanted(members, authored, own, makers)
        is_named = any(value.hint is not None for value in members)
        # Never one of the author's own names that is not this value's.
        name = next(
            name
            for name in _candidates(wanted, _noun(members, authored, own, makers))
            if name not in taken
            and (name not in own or (is_named and name == wanted))
            and not (name in holders and graph.clashes(root, holders[name]))
        )
        give(name, root)
    return {value: names[root] for root in graph.roots() for value in graph.members[root]}


def _candidates(wanted: str, what: str | None) -> Iterator[str]:
    """The names for a value, the best first: what it is told apart by does not change with the statements before it."""
    yield wanted
    base = f"{wanted}_{what}" if what else wanted
    if what:
        yield base
    yield from (f"{base}_{number}" for number in count(2))


def _noun(members: Sequence[Value], authored: set[Value], own: set[str], makers: dict[Value, Op]) -> str | None:
    """What the author's statement that makes a value makes it as, a sum or a product; also where it is made again."""
    again = len(members) == 1 and members[0].hint in own and not members[0].hint.endswith(_GENERATED)
    op = next((makers[v] for v in members if v in makers and (again or v in authored)), None)
    known = op is not None and not op.blocks and lookup(op.name) is not None
    return noun(op) if op is not None and known and (again or op.origin is None) else None


def _wanted(members: Sequence[Value], authored: set[Value], own: set[str], makers: Mapping[Value, Op]) -> str:
    for value in members:
        if value.hint is not None:
            clash = value not in authored and value.hint in own and value.hint.endswith(_GENERATED)
            return f"{value.hint}_" if clash else value.hint
    named = next((value.temp for value in members if value.temp), None)
    return named or next((name for value in members if (name := _read(makers.get(value), makers))), "g")


def _read(op: Op | None, makers: Mapping[Value, Op]) -> str | None:
    """What is read of an array, or copied, is called after the array and the place."""
    if op is not None and op.name == "copy":
        return _read(makers.get(op.operands[0]), makers)
    return part_name(op.operands[0], op.operands[1:], makers) if op is not None and op.name == "getitem" else None


def _loop_pairs(block: Block) -> Iterable[tuple[Value, Value]]:
    """A loop's carried value is one variable while it runs and, but for a clash, when it has ended."""
    for op in block.walk():
        if isinstance(op, While):
            yield from zip(op.carried, op.test.args, strict=True)
    for op in block.walk():
        if isinstance(op, Loop):
            yield from zip(op.carried, op.results, strict=True)


def _pairs(block: Block) -> Iterable[tuple[Value, Value]]:
    """The pairs of values that should be one variable."""
    for op in block.ops:
        if isinstance(op, If):
            for owned in op.blocks:
                yield from zip(owned.yields, op.results, strict=True)
        elif isinstance(op, Loop):
            yield from zip(op.nexts, op.carried, strict=True)
            yield from zip(op.inits, op.carried, strict=True)
        elif op.name in ("store", "append", "shorten", "put", "written", "index_add", "accumulate"):
            yield op.operands[0], op.result
        elif op.name == "take_last":
            yield op.operands[0], op.results[1]
        for owned in op.blocks:
            yield from _pairs(owned)


class _Interference:
    """Which values are live where others are defined, as sets of `analysis.liveness`."""

    def __init__(self, fn: Function, folded: set[Value]) -> None:
        found = [value for value in _definitions(fn.body) if value not in folded]
        self.order = {value: k for k, value in enumerate(found)}
        self.members = {value: [value] for value in found}
        self.own = {value: 1 << k for k, value in enumerate(found)}
        self.beside = dict.fromkeys(found, 0)
        self.union: dict[Value, Value] = {}
        walk_liveness(fn, self.order, self._visit)
        makers = {op.result: op for op in fn.body.walk() if len(op.results) == 1}
        for op in fn.body.walk():
            if isinstance(op, For):
                # What a loop begins with is bound before its range is computed.
                read = _read_by(op.operands[:3], folded, makers)
                for init, arg in zip(op.inits, op.carried, strict=True):
                    self.beside[arg] |= bits(read - {init}, self.order)

    def _visit(self, place: Op | Block, defined: Sequence[Value], live: int) -> None:
        alive = live | bits(defined, self.order)
        for value in defined:
            if value in self.order:
                self.beside[value] |= alive & ~self._alike(value, place, defined, live)

    def _alike(self, value: Value, place: Op | Block, defined: Sequence[Value], live: int) -> int:
        """The others that may have the name of a value which nothing reads: the second ``_`` of ``x, _, _ = row``."""
        if not isinstance(place, Op) or place.name != "unpack" or self.own[value] & live:
            return 0
        others = bits((other for other in defined if other is not value and other.hint == value.hint), self.order)
        return others & ~live

    def find(self, value: Value) -> Value:
        while value in self.union:
            value = self.union[value]
        return value

    def merge(self, a: Value, b: Value, renames: bool = False) -> None:
        if a not in self.order or b not in self.order:
            return
        a, b = self.find(a), self.find(b)
        if a is b or self.clashes(a, b) or not (renames or _same_variable(self.members[a], self.members[b])):
            return
        first, second = sorted((a, b), key=self.order.__getitem__)
        self.union[second] = first
        self.members[first] = sorted(self.members[first] + self.members.pop(second), key=self.order.__getitem__)
        self.join(first, second)

    def join(self, first: Value, second: Value) -> None:
        """Let the first root stand for both of them where it is asked whether it clashes."""
        self.own[first] |= self.own[second]
        self.beside[first] |= self.beside[second]

    def clashes(self, a: Value, b: Value) -> bool:
        """Whether one variable is live where the other one is given a value."""
        return bool(self.own[a] & self.beside[b] or self.beside[a] & self.own[b])

    def roots(self) -> list[Value]:
        return sorted(self.members, key=self.order.__getitem__)


def _read_by(values: Iterable[Value], folded: set[Value], makers: Mapping[Value, Op]) -> set[Value]:
    """The variables that values are written with."""
    found = set(values)
    while inner := {part for value in found & folded if value in makers for part in makers[value].operands} - found:
        found |= inner
    return found - folded


def _same_variable(a: list[Value], b: list[Value]) -> bool:
    hints = {value.hint for value in [*a, *b]} - {None}
    return len(hints) <= 1


def _definitions(block: Block) -> Iterable[Value]:
    yield from block.args
    for op in block.ops:
        for owned in op.blocks:
            yield from _definitions(owned)
        yield from op.results
