"""A loop along the columns of arrays, of which each row depends on itself alone, is run for a few rows at a time.

Before::

    %S1 = for (%t, %S.2) in (0, %m, 1, %S):
        %S3 = for (%i, %S.4) in (0, %n, 1, %S.2):
            %1 = getitem %S.4, %i, %t; %2 = mul %1, %r; %3 = add %t, 1; %S.5 = store %S.4, %2, %i, %3

After::

    %S1 = for (%first, %S.2) in (0, %n, 8, %S):
        %S6 = for (%t, %S.7) in (0, %m, 1, %S.2):
            %4 = add %first, 8; %stop = minimum %4, %n
            %S3 = for (%i, %S.4) in (%first, %stop, 1, %S.7):
                %1 = getitem %S.4, %i, %t; %2 = mul %1, %r; %3 = add %t, 1; %S.5 = store %S.4, %2, %i, %3

An array lies in rows, and what lies beside an element comes into the cache with it: of a few rows it is still there in
the next turn.  It is strip-mining and interchange (Wolf and Lam, A data locality optimizing algorithm, 1991), which may
be, as no turn of the fused loop sees what another one writes, in any turn of the loop around it.  What a turn of that
adds up of a sum over all rows (``a_bar += c * a_bar_sum``) is added up of the strips' sums.

One row at a time would be less text, but each of its elements waits for the one before it: the reverse of a running sum
took three times as long so, and as long as before in strips.  Of more than eight rows whose length is a power of two,
the elements of a column drive each other out of the cache: twelve times as long.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from itertools import combinations

from sct.analysis.liveness import use_counts
from sct.analysis.numbering import is_pure
from sct.analysis.sharing import Sharing
from sct.ir.nodes import For, Function, Op, Value
from sct.ir.types import INT
from sct.rules.table import lookup
from sct.transform.build import Builder
from sct.transform.fusing.accesses import Accesses
from sct.transform.fusing.nests import again
from sct.transform.hoist import TOTAL

ROWS = 8
"""How many rows are in a strip: as many lines as there are, on most machines, in the least cache of one address."""
_SIZES = frozenset({"shape", "len", "size", "item"})
_CHEAP = frozenset({"const", "global", "add", "sub", "mul", "neg"})
_RAISING = frozenset({"div", "floordiv", "mod"})
_WRITES = frozenset({"store", "index_add"})


def in_strips(fn: Function, boundary: int = 0) -> int:
    """Let loops of ``fn`` go along strips where that pays; returns where the operations from ``boundary`` begin then.

    It is done before sizes get their names: what is asked for again may be a reason to name one.
    """
    body, seen = fn.body, _Seen(fn)
    forward, reverse = seen.ops(body.ops[:boundary]), seen.ops(body.ops[boundary:])
    body.ops = [*forward, *reverse]
    return len(forward)


class _Seen:
    """What the values of a function are; found out when the first pair of loops asks."""

    def __init__(self, fn: Function) -> None:
        self.fn = fn

    @cached_property
    def accesses(self) -> Accesses:
        return Accesses(self.fn)

    @cached_property
    def sharing(self) -> Sharing:
        return Sharing(self.fn)

    @cached_property
    def uses(self) -> Counter[Value]:
        return use_counts(self.fn.body)

    def is_turned(self, array: Value) -> bool:
        """Whether an array is known to lie in columns."""
        root = self.accesses.root(array)
        axes = [] if root is None else [entry.axis for entry in root.entries if entry.axis is not None]
        return axes != sorted(axes)

    def ops(self, ops: Sequence[Op]) -> list[Op]:
        found = list[Op]()
        for op in ops:
            for block in op.blocks:
                block.ops = self.ops(block.ops)
            pair = _pair(op, self) if isinstance(op, For) else None
            if pair is not None and pair.may_be_stripped:
                found = pair.stripped(found)
            else:
                found.append(op)
        return found

    def only_for(self, loop: For, before: Sequence[Op]) -> list[Op]:
        """The operations at the end of those before a loop that only make what its range is of."""
        needed, found = set(loop.operands[:3]), list[Op]()
        for op in reversed(before):
            if op.name not in _CHEAP or op.result.hint is not None or not needed.issuperset(op.results):
                break
            if self.uses[op.result] != sum(value is op.result for user in [loop, *found] for value in user.operands):
                break
            needed.update(op.operands)
            found.append(op)
        return found[::-1]


def _pair(outer: For, seen: _Seen) -> _Pair | None:
    """A loop and the only one in it, if that is a fused one without another in it."""
    owning = [op for op in outer.body.ops if op.blocks]
    inner = owning[0] if len(owning) == 1 else None
    if outer.stops or outer.attrs.get("fused") or not isinstance(inner, For) or not inner.attrs.get("fused"):
        return None
    return None if any(op.blocks for op in inner.body.ops) else _Pair(outer, inner, seen)


class _Pair:
    """A loop, and the one in it: numbers and sizes before that are ``first`` or a part of each ``turn``."""

    def __init__(self, outer: For, inner: For, seen: _Seen) -> None:
        self.outer, self.inner, self.seen = outer, inner, seen
        here = outer.body.ops.index(inner)
        self.before, self.behind = outer.body.ops[:here], outer.body.ops[here + 1 :]
        self.zeros = [op for op in self.before if op.name == "const" and op.result in inner.inits]
        self.first = self._invariant()
        self.turn = [op for op in self.before if op not in self.first and op not in self.zeros]
        self.varying = {outer.body.args[0], *(value for op in self.turn for value in op.results)}
        self.arrays = [value for value in outer.carried if value.type.is_array]
        self.numbers = [value for value in outer.carried if not value.type.is_array]

    @property
    def may_be_stripped(self) -> bool:
        """Whether a strip of rows may be done after the other, which is the faster for it."""
        return self._is_plain() and self._pays() and self._adds_up() and self._rows_are_apart()

    def stripped(self, before: list[Op]) -> list[Op]:
        """The loops, in one over strips, behind what is ``before`` them."""
        outer, inner = self.outer, self.inner
        sized, begun = self.seen.only_for(outer, before), dict(zip(outer.carried, outer.inits, strict=True))
        for op in self.first:
            op.operands = [begun.get(value, value) for value in op.operands]
        quoted = {op.stmt for op in inner.body.ops}
        for op in [*self.first, *self.zeros, *self.behind]:
            op.stmt = None if op.stmt in quoted else op.stmt  # it is quoted where it is done
        made = Builder.instead_of(inner)
        made.stmt = None
        start, stop, one = inner.operands[:3]
        rows, first = made.const(ROWS), Value(INT, None, "first")
        strips = For("for", [start, stop, rows, *outer.inits], outer.results, {}, outer.span, outer.stmt)
        along = For("for", [*outer.operands[:3], *inner.inits], inner.results, outer.attrs, outer.span, outer.stmt)
        strips.origin = along.origin = outer.origin
        strips.body.args, strips.body.yields = [first, *outer.carried], outer.body.yields
        strips.body.ops = [*sized, *self.zeros, along, *self.behind]
        turn = Builder.instead_of(inner)
        turn.stmt = None
        end = self._asked_again(stop, turn)
        last = turn.op("minimum", turn.op("add", first, turn.const(ROWS)), end, style="call", lib="builtins")
        inner.results, around = [again(value) for value in inner.results], [again(value) for value in inner.carried]
        inner.operands[:] = [first, last, one, *around]
        along.body.args, along.body.yields = [outer.body.args[0], *around], inner.results
        along.body.ops = [*self.turn, *turn.block.ops, inner]
        return [*(op for op in before if op not in sized), *self.first, *made.block.ops, strips]

    def _asked_again(self, number: Value, turn: Builder) -> Value:
        """A number that is made before the loops, made in a turn; that is a size, as a rule."""
        maker = next((op for op in self.first if op.result is number), None)
        if maker is None:
            return number
        operands = [self._asked_again(value, turn) for value in maker.operands]
        attrs = {name: value for name, value in maker.attrs.items() if name != "lib"}
        return turn.op(maker.name, *operands, **attrs)

    def _invariant(self) -> list[Op]:
        """What is before the inner loop, is the same in all turns, and is there whether a turn is run or not."""
        changing = {*self.outer.body.args, *(value for op in self.before for value in op.results)}
        found = list[Op]()
        for op in self.before:
            is_size = op.name == "shape" and op.operands[0] in self.outer.carried  # no write changes it
            if op not in self.zeros and _is_total(op) and (is_size or changing.isdisjoint(op.operands)):
                changing.difference_update(op.results)
                found.append(op)
        return found

    def _is_plain(self) -> bool:
        """Whether what is before the inner loop costs little in all its turns, whose number is known before both."""
        cheap = all(op.name in _CHEAP or _is_element(op) for op in self.turn)
        asked = {value for op in self.turn for value in op.operands}
        used = asked.union(*(op.operands for op in [*self.first, *self.behind]))
        only_begin = all(op.attrs["value"] == 0 and op.result not in used for op in self.zeros)
        range_ = self.inner.operands[:3]
        return cheap and only_begin and asked.isdisjoint(self.outer.carried) and self.varying.isdisjoint(range_)

    def _adds_up(self) -> bool:
        """Whether nothing but arrays and sums is carried, and what is added to the sums is linear in a turn's."""
        inner, zeros = self.inner, {op.result for op in self.zeros}
        passed = dict(zip(inner.results, inner.inits, strict=True))
        linear = {result for result, init in passed.items() if init in zeros}
        totals = {value: value for value in self.numbers}
        made = self.varying | {value for value in inner.results if value not in linear}
        for op in self.behind:
            if not made.isdisjoint(op.operands):
                return False
            if op.name in ("add", "accumulate") and op.operands[0] in totals and op.operands[1] in linear:
                totals[op.result] = totals[op.operands[0]]
            elif _is_linear(op, linear) and totals.keys().isdisjoint(op.operands):
                linear.add(op.result)
            elif op.name != "const":
                return False
        read = {value for op in [*self.turn, *inner.body.ops] for value in op.operands}
        if not read.isdisjoint(self.outer.carried) or not zeros.union(self.arrays).issuperset(inner.inits):
            return False
        added = {op.result: op.operands[0] for op in inner.body.ops if op.name == "accumulate"}
        for value, end in zip(inner.carried, inner.nexts, strict=True):
            while end in added:
                end = added[end]
            if end is not value and not value.type.is_array:
                return False
        ends = passed | totals
        return all(ends.get(end) is value for value, end in zip(self.outer.carried, self.outer.nexts, strict=True))

    def _rows_are_apart(self) -> bool:
        """Whether each turn of the inner loop has, of all arrays that are written, a row of its own in all turns."""
        accesses, row = self.seen.accesses, self.inner.body.args[0]
        versions = {value: value for value in self.inner.carried if value.type.is_array}
        places: dict[Value, list[set[tuple[int, int]]]] = {value: [] for value in versions}
        others = set[Value]()
        for op in [*self.turn, *self.inner.body.ops]:
            if op.name not in _WRITES and not _is_element(op):
                if not is_pure(op) and op.name != "accumulate":
                    return False
                continue
            array, indices = op.operands[0], _indices(op)
            if any(index.type.kind != "int" for index in indices):
                return False
            if array in versions:
                found = ((dim, accesses.linear(index)) for dim, index in enumerate(indices))
                places[versions[array]].append({(dim, number) for dim, (base, number) in found if base is row})
            elif op.name in _WRITES:
                return False
            else:
                others.add(array)
            if op.name in _WRITES:
                versions[op.result] = versions[array]
        sharing = self.seen.sharing
        shared = any(sharing(*pair) for pair in combinations(self.arrays, 2))
        shared = shared or any(sharing(array, other) for array in self.arrays for other in others)
        return not shared and all(set.intersection(*found) for found in places.values() if found)

    def _pays(self) -> bool:
        """Whether elements are read and written that lie beside each other in the outer loop, and in rows nowhere."""
        column, row = self.outer.body.args[0], self.inner.body.args[0]
        along = False
        for op in self.inner.body.ops:
            bases = [self.seen.accesses.linear(index)[0] for index in _indices(op)]
            if len(bases) > 1:
                if bases[-1] is row:
                    return False
                along |= bases[-1] is column and row in bases
        read = [op.operands[0] for op in self.inner.body.ops if _is_element(op)]
        return along and not any(self.seen.is_turned(array) for array in [*read, *self.outer.inits])


def _is_element(op: Op) -> bool:
    return op.name == "getitem" and op.operands[0].type.is_array and op.result.type.is_scalar


def _indices(op: Op) -> list[Value]:
    """Where an operation reads or writes an element."""
    return op.operands[2:] if op.name in _WRITES else op.operands[1:] if _is_element(op) else []


def _is_linear(op: Op, linear: set[Value]) -> bool:
    """Whether what an operation makes of a sum is the sum of what it makes of the parts."""
    if op.name == "mul":
        return len(linear.intersection(op.operands)) == 1
    return op.name in ("neg", "add", "sub", "accumulate") and linear.issuperset(op.operands)


def _is_total(op: Op) -> bool:
    """Whether an operation on numbers and sizes never raises."""
    if op.name == "pow":
        exponent = op.operands[1].type.dim
        return isinstance(exponent, int) and exponent >= 0
    row = lookup(op.name)
    of_numpy = row is not None and row.elementwise and op.attrs.get("lib") == "numpy" and op.name not in _RAISING
    return op.name in _CHEAP | _SIZES | TOTAL or (of_numpy and op.result.type.is_scalar)
