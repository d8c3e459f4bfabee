"""Tapes as arrays, for a compiler: a list costs it more than all the arithmetic.

Before::

    %y_saved = tape
    for %i (%y0) { push %y_saved, %y0; … }               for %i … { %y = pop %y_saved; … }

After, where the loops' bounds are known at the entry and every turn saves::

    %y_saved = tape %n
    for %i (%y0) { push %y_saved, %y0, %i; … }           for %i … { %y = getitem %y_saved, %i; … }

Otherwise a tape of arrays, whose size is known at the entry, has a cursor and is made longer when it is full.  Any
other stays a list: a number in an array that may be exchanged for a longer one takes three times as long as in a list;
of an array that is written into once it is saved, a list has what the reverse sweep wants: its last state; what is
empty in a turn that binds nothing has not the size of the others; and a matrix that each turn makes anyway, a product
or a copy that it uses, would be copied once more.

A bound is an *upper* bound, so that the inner loop of a triangle is given the whole square: what is never written
takes no memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sct.analysis.sharing import Sharing
from sct.errors import Span
from sct.ir.nodes import Block, For, Loop, Op, Value
from sct.ir.operations import WRITES
from sct.ir.types import INT, Type
from sct.transform.at_entry import AtEntry, Origins
from sct.transform.derived import sweeps
from sct.transform.transpose import Adjoint
from sct.transform.unbound import unbound

_MAKES_MATRICES = frozenset({"matmul", "copy"})
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
    mirrors: list[Block]


@dataclass
class _Tapes:
    adjoint: Adjoint
    origins: Origins = field(default_factory=Origins)
    records: dict[Value, list[_Record]] = field(default_factory=dict)
    partial: set[Value] = field(default_factory=set)
    outside: dict[Block, list[Value]] = field(default_factory=dict)
    owner: dict[Block, tuple[Block, Op]] = field(default_factory=dict)

    def run(self) -> None:
        body = self.adjoint.fn.body
        self.partial = unbound(body)
        self.outside = {block: [] for block, _ in sweeps(self.adjoint)}
        pushes: dict[Op, tuple[Op, Block, list[Op], list[Block]]] = {}
        pops: dict[Op, tuple[Op, Block, list[Op], list[Block]]] = {}
        self._walk(body, [], [], pushes, pops)
        for op, block, loops, _ in pushes.values():
            pop = op.attrs["pop"]
            *_, mirrors = pops[pop]
            self.records.setdefault(op.operands[0], []).append(_Record(op, block, loops, pop, mirrors))
        listed = self._written_later(pushes) | self._made_anyway(pushes.values())
        listed |= {op.operands[0] for op in pushes if op.operands[1].type.is_array and not op.attrs.get("sized", True)}
        for block in self.outside:
            for tape in [op for op in block.ops if op.name == "tape" and op.result not in listed]:
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

    def _made_anyway(self, pushes: Iterable[tuple[Op, Block, list[Op], list[Block]]]) -> set[Value]:
        """The tapes of matrices that each turn makes, and uses: `_uncopied` saves the copies of the others."""
        made: dict[Value, bool] = {}
        for push, block, _, _ in pushes:
            tape, item = push.operands[:2]
            maker = next((op for op in block.ops if item in op.results), None)
            is_made = maker is not None and maker.name in _MAKES_MATRICES and item.type.rank == 2
            is_made &= any(item in op.operands for op in block.ops if op is not push)
            made[tape] = made.get(tape, True) and is_made
        return {tape for tape in made if made[tape]}

    def _walk(
        self,
        block: Block,
        owners: list[Op],
        blocks: list[Block],
        pushes: dict[Op, tuple[Op, Block, list[Op], list[Block]]],
        pops: dict[Op, tuple[Op, Block, list[Op], list[Block]]],
    ) -> None:
        for op in block.ops:
            self.origins.note(op)
            if op.name == "push":
                pushes[op] = (op, block, owners, blocks)
            elif op.name == "pop":
                pops[op] = (op, block, owners, blocks)
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
        at = self._at_entry(body, position, tape.span)
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
            at = self._at_entry(place, position, tape.span)
            sizes = self._sizes(record, at)
            dims = None if sizes is None else at.dims(item, name)
            if sizes is not None and dims is not None:
                own = Value(name.type, name.hint)
                self._put(place, position, [], [*at.made, _array(own, [*sizes, *dims], item, tape)])
                _by_index(record, own)
                return True
        return False

    def _at_entry(self, body: Block, position: int, span: Span | None) -> AtEntry:
        """What is known where an operation of a block stands."""
        before = [*self.outside[body], *_at_hand(body, position)]
        unknown = {*self.partial, *self.adjoint.seeds}  # the forward sweep of a callee is given no seed
        return AtEntry(self.origins, (value for value in before if value not in unknown), span)

    def _sizes(self, record: _Record, at: AtEntry) -> list[Value] | None:
        """For each loop around a record, how many places its index needs; None where that is not known."""
        mirrors = self.adjoint.mirrors
        if not record.loops or any(not isinstance(loop, For) or loop.stops for loop in record.loops):
            return None
        if [mirrors.get(block) for block in record.mirrors] != [loop.blocks[0] for loop in record.loops]:
            return None
        found = []
        for loop in record.loops:
            assert isinstance(loop, For)
            size = at.extent(loop)
            if size is None:
                return None
            if not at.at_least_zero(size):
                size = at.builder.op("maximum", size, at.const(0), lib="builtins")
            found.append(size)
        return found

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
