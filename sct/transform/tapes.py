"""Tapes as arrays, for a compiler: a list costs it more than all the arithmetic.

Before::

    %y_saved = tape
    for %i (%y0) { push %y_saved, %y0; … }               for %i … { %y = pop %y_saved; … }

After, where the loops' bounds are known at the entry and every turn saves::

    %y_saved = tape %n
    for %i (%y0) { push %y_saved, %y0, %i; … }           for %i … { %y = getitem %y_saved, %i; … }

Otherwise a tape of arrays, whose size is known at the entry, has a cursor and is made longer when it is full.  Any
other stays a list: a number in an array that may be exchanged for a longer one takes three times as long as in a list,
and of an array that is written into once it is saved, a list has what the reverse sweep wants: its last state.

A bound is an *upper* bound, so that the inner loop of a triangle is given the whole square: what is never written
takes no memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from sct.analysis.sharing import Sharing
from sct.errors import Span
from sct.ir.nodes import Block, For, If, Loop, Op, Value
from sct.ir.operations import WRITES
from sct.ir.types import INT, Dim, Type
from sct.rules.sizes import shift
from sct.transform.build import Builder
from sct.transform.derived import sweeps
from sct.transform.transpose import Adjoint

_PURE = frozenset({"const", "add", "sub", "mul", "floordiv", "neg", "shape", "len", "size", "getitem", "item"})
_GROWING = 1024
"""How many records a tape with a cursor first has room for."""


def allocate(adjoint: Adjoint) -> None:
    """Turn the tapes of both sweeps into arrays, where they can be."""
    _Tapes(adjoint).run()


@dataclass
class _Record:
    """One place that saves, the loops around it from the outermost on, and the place that takes back."""

    push: Op
    block: Block
    loops: list[Op]
    pop: Op
    back: Block
    mirrors: list[Block]


@dataclass
class _Tapes:
    adjoint: Adjoint
    makers: dict[Value, Op] = field(default_factory=dict)
    loop_of: dict[Value, For] = field(default_factory=dict)
    inits: dict[Value, tuple[Value, Value]] = field(default_factory=dict)
    records: dict[Value, list[_Record]] = field(default_factory=dict)
    partial: set[Value] = field(default_factory=set)
    outside: dict[Block, list[Value]] = field(default_factory=dict)
    owner: dict[Block, tuple[Block, Op]] = field(default_factory=dict)

    def run(self) -> None:
        body = self.adjoint.fn.body
        self.partial = _partial(body)
        self.outside = {block: [] for block, _ in sweeps(self.adjoint)}
        pushes: dict[Op, tuple[Op, Block, list[Op], list[Block]]] = {}
        pops: dict[Op, tuple[Op, Block, list[Op], list[Block]]] = {}
        self._walk(body, [], [], pushes, pops)
        for op, block, loops, _ in pushes.values():
            pop = op.attrs["pop"]
            _, back, _, mirrors = pops[pop]
            self.records.setdefault(op.operands[0], []).append(_Record(op, block, loops, pop, back, mirrors))
        written = self._written_later(pushes)
        for block in self.outside:
            for tape in [op for op in block.ops if op.name == "tape" and op.result not in written]:
                self._tape(tape, block)

    def _written_later(self, pushes: Iterable[Op]) -> set[Value]:
        """The tapes of arrays that are written into behind the place that saves them, or that a list held before.

        Into these the reverse sweep writes what was there, for the list.
        """
        fn, saving = self.adjoint.fn, [op for op in pushes if op.operands[1].type.is_array]
        place = {op: k for k, op in enumerate(fn.body.walk())}
        stores = [op for op in place if op.name in WRITES and op.origin is None]
        if not saving or not stores:
            return set()
        sharing = Sharing(fn)
        return {
            op.operands[0]
            for op in saving
            if any(
                sharing(op.operands[1], store.operands[0])
                and (place[store] > place[op] or sharing.was_listed(op.operands[1]))
                for store in stores
            )
        }

    def _walk(
        self,
        block: Block,
        owners: list[Op],
        blocks: list[Block],
        pushes: dict[Op, tuple[Op, Block, list[Op], list[Block]]],
        pops: dict[Op, tuple[Op, Block, list[Op], list[Block]]],
    ) -> None:
        for op in block.ops:
            for result in op.results:
                self.makers[result] = op
            if op.name == "push":
                pushes[op] = (op, block, owners, blocks)
            elif op.name == "pop":
                pops[op] = (op, block, owners, blocks)
            if isinstance(op, For):
                self.loop_of[op.body.args[0]] = op
                self.inits.update(zip(op.carried, zip(op.inits, op.nexts, strict=True), strict=True))
            for owned in op.blocks:
                if owned in self.outside:  # it has both sweeps, and tapes of its own
                    self.owner[owned] = block, op
                    self.outside[owned] = [*self.outside[block], *_at_hand(block, block.ops.index(op))]
                    self._walk(owned, [], [], pushes, pops)
                else:
                    self._walk(owned, [*owners, op], [*blocks, owned], pushes, pops)

    def _tape(self, tape: Op, body: Block) -> None:
        """Give each record that has a place of its own an array; the others share one with a cursor, or the list."""
        (name,) = tape.results
        left = [record for record in self.records.get(name, []) if not self._allocate(record, tape, body)]
        position = body.ops.index(tape)
        if not left:
            self._put(body, position, [tape], [])
            return
        at = _AtEntry(self, body, position, tape.span)
        types = [record.push.operands[1].type for record in left]
        is_long = all(any(isinstance(op, Loop) for op in record.loops) for record in left)
        dims = at.dims(types[0], name) if is_long and all(_alike(type_, types[0]) for type_ in types) else None
        if dims:
            cursor = Value(INT, f"{name.hint}_count")
            first = at.const(_GROWING)
            array = _array(name, [first, *dims], types[0], tape)
            array.results.append(cursor)
            self._put(body, position, [tape], [*at.made, array])
            for record in left:
                record.push.operands.append(cursor)
                record.push.attrs["counts"] = True
                record.pop.operands.append(cursor)
                _uncopied(record)

    def _allocate(self, record: _Record, tape: Op, body: Block) -> bool:
        """Give a record an array, if its size is known: one for all the turns that have both sweeps, if it may be."""
        (name,), item = tape.results, record.push.operands[1].type
        for place, op in [*self._around(body), (body, tape)]:
            position = place.ops.index(op)
            at = _AtEntry(self, place, position, tape.span)
            sizes = at.sizes(record)
            dims = None if sizes is None else at.dims(item, name)
            if sizes is not None and dims is not None:
                own = Value(name.type, name.hint)
                self._put(place, position, [], [*at.made, _array(own, [*sizes, *dims], item, tape)])
                _by_index(record, own)
                return True
        return False

    def _around(self, body: Block) -> list[tuple[Block, Op]]:
        """The blocks around one that has both sweeps, the outermost first, and the operation that it is in there."""
        block, op = self.owner.get(body, (None, None))
        return [] if block is None or op is None else [*self._around(block), (block, op)]

    def _put(self, body: Block, position: int, old: list[Op], new: list[Op]) -> None:
        """Put operations in the place of others."""
        body.ops[position : position + len(old)] = new
        self.adjoint.boundary += len(new) - len(old) if body is self.adjoint.fn.body else 0


def _at_hand(block: Block, position: int) -> list[Value]:
    """The values of a block that are known before the operation at a position."""
    return [*block.args, *(value for op in block.ops[:position] for value in op.results)]


def _partial(body: Block) -> set[Value]:
    """The values that not every path binds."""
    ops = list(body.walk())
    found = {op.result for op in ops if op.name == "undef"}
    known = -1
    while known < len(found):
        known = len(found)
        for op in ops:
            if isinstance(op, If):
                ways = [block.yields for block in op.blocks]
            elif isinstance(op, Loop):
                ways = [op.inits, op.nexts]
            else:
                continue
            loose = [k for k, result in enumerate(op.results) if any(way[k] in found for way in ways)]
            found.update(op.results[k] for k in loose)
            found.update(op.carried[k] for k in loose if not isinstance(op, If))
    return found


def _array(name: Value, sizes: list[Value], item: Type, tape: Op) -> Op:
    return Op("tape", sizes, [name], {**tape.attrs, "dtype": item.element}, tape.span, tape.stmt)


def _alike(a: Type, b: Type) -> bool:
    return (a.kind, a.shape, a.dtype) == (b.kind, b.shape, b.dtype)


def _by_index(record: _Record, tape: Value) -> None:
    """Let the record be at the indices of the loops around it."""
    indices = [loop.body.args[0] for loop in record.loops if isinstance(loop, For)]
    record.push.operands = [tape, record.push.operands[1], *indices]
    _uncopied(record)
    back = [block.args[0] for block in record.mirrors]
    record.pop.name, record.pop.operands = "getitem", [tape, *back]


def _uncopied(record: _Record) -> None:
    """A write into the tape is a copy."""
    ops, kept = record.block.ops, record.push.operands[1]
    place = ops.index(record.push)
    copy = ops[place - 1] if place else None
    if copy is None or copy.name != "copy" or copy.results != [kept]:
        return
    others = [op for op in ops if op is not record.push and kept in op.operands]
    if not others and kept not in record.block.yields and not any(op.blocks for op in ops[place:]):
        ops.remove(copy)
        record.push.operands[1] = copy.operands[0]


class _AtEntry:
    """What is known before the loops: values to build sizes from, and the operations that build them."""

    def __init__(self, tapes: _Tapes, body: Block, position: int, span: Span | None) -> None:
        self.tapes = tapes
        before = [*tapes.outside[body], *_at_hand(body, position)]
        self.known = dict.fromkeys(value for value in before if value not in tapes.partial)
        self.builder = Builder(Block())
        self.builder.span = span
        self.builder.lib = "numpy"

    @property
    def made(self) -> list[Op]:
        return self.builder.block.ops

    def const(self, value: int) -> Value:
        return self.builder.const(value)

    def sizes(self, record: _Record) -> list[Value] | None:
        """For each loop around a record, how many places its index needs; None where that is not known."""
        mirrors = self.tapes.adjoint.mirrors
        if not record.loops or any(not isinstance(loop, For) or loop.stops for loop in record.loops):
            return None
        if [mirrors.get(block) for block in record.mirrors] != [loop.blocks[0] for loop in record.loops]:
            return None
        found = []
        for loop in record.loops:
            assert isinstance(loop, For)
            size = self.extent(loop)
            if size is None:
                return None
            if not self.at_least_zero(size):
                size = self.builder.op("maximum", size, self.const(0), lib="builtins")
            found.append(size)
        return found

    def step(self, loop: For) -> int:
        maker = self.maker(loop.operands[2])
        value = maker.attrs.get("value") if maker is not None and maker.name == "const" else None
        return value if isinstance(value, int) else 0

    def extent(self, loop: For) -> Value | None:
        """One more than the largest index, if none is negative."""
        start, stop, _ = loop.operands[:3]
        if self.step(loop) > 0 and self.at_least_zero(start):
            return self.bound(stop)
        if self.step(loop) < 0 and self.at_least_zero(stop, minus=1):
            return self.behind(start)
        return None

    def at_least_zero(self, value: Value, minus: int = 0) -> bool:
        """Whether ``value >= -minus`` for sure."""
        op = self.maker(value)
        loop = self.tapes.loop_of.get(value)
        if loop is not None:
            start, stop, _ = loop.operands[:3]
            step = self.step(loop)
            return (step > 0 and self.at_least_zero(start)) or (step < 0 and self.at_least_zero(stop, minus=1))
        if op is None:
            return False
        if op.name == "const":
            return isinstance(op.attrs["value"], int) and op.attrs["value"] >= -minus
        if op.name in ("getitem", "item"):
            maker = self.maker(op.operands[0])
            return maker is not None and maker.name == "shape"
        if op.name == "sub" and minus and self.is_one(op.operands[1]):
            return self.at_least_zero(op.operands[0])
        if op.name in ("add", "mul", "floordiv"):
            return all(map(self.at_least_zero, op.operands))
        return op.name in ("len", "size")

    def behind(self, value: Value) -> Value | None:
        """A value that is larger."""
        loop, op = self.tapes.loop_of.get(value), self.maker(value)
        if loop is not None and value not in self.known:
            return self.extent(loop)
        if op is not None and op.name == "sub" and self.is_one(op.operands[1]):
            return self.bound(op.operands[0])
        top = self.bound(value)
        return None if top is None else self.builder.op("add", top, self.const(1))

    def maker(self, value: Value) -> Op | None:
        return self.tapes.makers.get(value) or next((op for op in self.made if value in op.results), None)

    def is_one(self, value: Value) -> bool:
        op = self.maker(value)
        return op is not None and op.name == "const" and op.attrs["value"] == 1

    def bound(self, value: Value) -> Value | None:
        """A value that is at least as large, from what is known at the entry."""
        loop = self.tapes.loop_of.get(value)
        if loop is not None and value not in self.known:
            extent = self.extent(loop)
            return None if extent is None else self.builder.op("sub", extent, self.const(1))
        op = self.maker(value)
        if op is not None and op.name in ("add", "sub") and self.exact(value, trial=True) is None:
            a, b = op.operands
            first = self.bound(a)
            second = self.bound(b) if op.name == "add" else self.exact(b)
            return None if first is None or second is None else self.builder.op(op.name, first, second)
        return self.exact(value)

    def exact(self, value: Value, trial: bool = False) -> Value | None:
        """The value itself, computed at the entry from what is known there."""
        if value in self.known:
            return value
        op = self.maker(value)
        if op is None:
            return self.version(value) if value.type.is_array else None
        if op.name in WRITES or op.name == "index_add":
            return self.version(value) if value.type.is_array else None
        if op.name not in _PURE or (op.name == "getitem" and op.operands[0].type.kind != "tuple"):
            return None
        operands = [self.exact(operand, trial) for operand in op.operands]
        if any(operand is None for operand in operands):
            return None
        if trial:
            return value
        attrs = {key: attr for key, attr in op.attrs.items() if key not in ("authored", "augmented")}
        result = Value(op.result.type)
        self.made.append(Op(op.name, [v for v in operands if v is not None], [result], attrs, op.span))
        return result

    def version(self, value: Value) -> Value | None:
        """The version at the entry of an array whose versions all have one storage, hence one shape."""
        seen: set[Value] = set()
        todo, entry = [value], None
        while todo:
            value = todo.pop()
            if value in seen:
                continue
            seen.add(value)
            op = self.maker(value)
            if value in self.known:
                if entry not in (None, value):
                    return None
                entry = value
            elif op is not None and (op.name in WRITES or op.name == "index_add"):
                todo.append(op.operands[0])
            elif isinstance(op, For):
                k = op.results.index(value)
                todo += [op.inits[k], op.nexts[k]]
            elif isinstance(op, If):
                todo += [block.yields[op.results.index(value)] for block in op.blocks]
            elif value in self.tapes.inits:
                todo += self.tapes.inits[value]
            else:
                return None
        return entry

    def dims(self, item: Type, tape: Value) -> list[Value] | None:
        """The dimensions of a record, each read off an array that is known at the entry; None if one is not."""
        if item.optional:
            return None
        if item.is_scalar:
            return []
        if not item.is_array or item.shape is None:
            return None
        found = [self.dim(dim, (tape.hint or "").removesuffix("_saved")) for dim in item.shape]
        return None if any(size is None for size in found) else [size for size in found if size is not None]

    def dim(self, dim: Dim, name: str) -> Value | None:
        if isinstance(dim, int):
            return self.const(dim)
        if dim.startswith("?"):
            return None
        less = re.search(r"-(\d+)$", dim)
        # The latest version of an array that has a name anyway, so that it needs no second one; best of the same array.
        latest = list(reversed(self.known))
        for array in sorted(latest, key=lambda value: (value.hint != name, value.hint is None)):
            for axis, known in enumerate(array.type.shape or ()):
                if known == dim or (less and isinstance(known, str) and shift(known, -int(less[1])) == dim):
                    shape = self.builder.op("shape", array, style="attr")
                    size = self.builder.op("getitem", shape, self.const(axis))
                    return (
                        size if known == dim else self.builder.op("sub", size, self.const(int(less[1] if less else 0)))
                    )
        return None
