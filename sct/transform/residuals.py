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

from sct.analysis.settled import Settled
from sct.analysis.sharing import Sharing
from sct.analysis.storage import Storages
from sct.errors import Span
from sct.ir.nodes import TAPE, WRITES, Block, For, Function, If, Op, Type, Value, While, is_whole
from sct.ir.paths import shortest
from sct.rules.shapes import infer_getitem
from sct.rules.table import lookup
from sct.transform.mincut import minimum_cut
from sct.transform.readback import add_reads, drop_reads
from sct.transform.transpose import Adjoint

_ARITHMETIC = frozenset({"add", "sub", "mul", "div", "neg", "pow", "floordiv", "mod"})
_AGAIN = frozenset({"const", "global", "tuple", "item", "part", "put", "rebuild", "slice", "step", "getitem", "bind"})
_SHAPE_ONLY = frozenset(
    {"zeros_like", "ones_like", "empty_like", "full_like", "shape", "len", "size", "ndim", "unbroadcast"}
)


def is_shape_only(op: Op) -> bool:
    """Whether an operation asks for a shape only: an array keeps it whatever is written, a list does not."""
    return op.name in _SHAPE_ONLY and op.operands[0].type.kind != "list"


_Read = tuple[Op | None, Value]
"""A forward operation that reads, and the version that it reads; None: it is not known which one."""


def provide(adjoint: Adjoint, apart: bool = False) -> None:
    """Make every forward value that a reverse block names available there.

    Parameters
    ----------
    apart : bool
        Whether the sweeps are two functions: then what the reverse is handed is a cut as well, as in a loop's turn.
    """
    _Residuals(adjoint, apart).run()


class _Residuals:
    def __init__(self, adjoint: Adjoint, apart: bool) -> None:
        self.adjoint = adjoint
        self.apart = apart
        self.handed: set[Value] = set()
        self.undone: set[Op] = set()
        self.again: set[Op] = set()
        self.remade: dict[Value, Op] = {}
        self.body = adjoint.fn.body
        self.forward = self.body.ops[: adjoint.boundary]
        self.reads = add_reads(self.forward)
        self.held: dict[Value, Value] = {}
        self.reverse = self.body.ops[adjoint.boundary :]
        self.home: dict[Value, Block] = {}
        self.maker: dict[Value, Op] = {}
        self.owner: dict[Block, Op] = {}
        self.parent: dict[Block, Block] = {}
        self.place: dict[Op, Block] = {}
        self._index(self.body, self.forward)
        self.storages = Storages(adjoint.fn, self.forward)
        self.sharing = Sharing(Function(adjoint.fn.name, Block(adjoint.fn.params, self.forward), [], adjoint.fn.span))
        self._settled = Settled(Block(adjoint.fn.params, self.forward))
        self.writes: dict[Value, list[Op]] = {}
        for op in Block(ops=self.forward).walk():
            if op.name in WRITES and (storage := self.storages.of(op.result)) is not None:
                self.writes.setdefault(storage, []).append(op)
        self.instead: dict[Block, dict[Value, Value]] = {self.body: {}}
        self.up: dict[Block, Block] = {}
        self.overwritten: dict[Value, Value] = {}
        self.users: dict[Value, list[Value]] = {}
        self.tapes: dict[tuple[Value, int | None], Op] = {}

    def _index(self, block: Block, ops: list[Op]) -> None:
        for arg in block.args:
            self.home[arg] = block
        for op in ops:
            self.place[op] = block
            for result in op.results:
                self.home[result] = block
                self.maker[result] = op
            for owned in op.blocks:
                self.owner[owned] = op
                self.parent[owned] = block
                self._index(owned, owned.ops)

    def mirror(self, block: Block) -> Block:
        return self.body if block is self.body else self.adjoint.mirrors[block]

    def region(self, block: Block) -> Block:
        """The loop body, or the function's, that a forward block runs in."""
        while block is not self.body and isinstance(self.owner[block], If):
            block = self.parent[block]
        return block

    # the order of work

    def run(self) -> None:
        self._climb(self.body, self.reverse)
        self._read_back()
        self._copy_arguments()
        self._shapes()
        self._restore()
        for block in self._innermost_first():
            self._decide(block)
        self._substitute(self.body, self.reverse, {})
        self.body.ops = [*self.body.ops[: self.adjoint.boundary], *self.reverse]
        drop_reads(self.body, self.reads)

    def _read_back(self) -> None:
        """Name what was stored by the element that holds it, if nothing else is ever there while it is needed."""
        reads = {read: value for read, value in self.reads.items() if self.is_settled(read)}
        while True:
            self.held = {value: read.result for read, value in reads.items()}
            restored = {self.storages.of(store.result) for store in self._undone()}
            kept = {read: value for read, value in reads.items() if self.storages.of(read.operands[0]) not in restored}
            if len(kept) == len(reads):
                break
            reads = kept
        for block, ops in self._reverse_blocks():
            for op in ops:
                if op.name != "restore":
                    op.operands = [self.held.get(value, value) for value in op.operands]
            if block is not self.body:
                block.yields = [self.held.get(value, value) for value in block.yields]

    def _climb(self, block: Block, ops: list[Op]) -> None:
        for op in ops:
            for owned in op.blocks:
                self.up[owned] = block
                self._climb(owned, owned.ops)

    def _innermost_first(self) -> list[Block]:
        order = [block for block in self.up if isinstance(self.owner[self.adjoint.mirrors[block]], For | While)]
        return [*reversed(order), self.body]

    def at_home(self, value: Value, block: Block) -> Block | None:
        """The reverse block, ``block`` or one around it, that runs ``value``'s home backwards."""
        home = self.home.get(value)
        while home is not None:
            if self.mirror(block) is home:
                return block
            if block is self.body:
                return None
            block = self.up[block]
        return None

    def _shapes(self) -> None:
        """Ask a shape of an array that is at hand anyway, rather than of one that would have to be saved."""
        for block, ops in self._reverse_blocks():
            for op in ops:
                if is_shape_only(op) and block is not self.body:
                    op.operands[0] = self._shaped_as(op.operands[0])

    def _shaped_as(self, asked: Value) -> Value:
        """A value of the same shape and kind that is at hand anyway."""
        if asked.type.shape is None or self.home.get(asked, self.body) is self.body:
            return asked
        top = [value for value in self.home if self.home[value] is self.body and value.type.is_array]
        alike = [v for v in top if v.type.shape == asked.type.shape and v.type.dtype == asked.type.dtype]
        named = [value for value in alike if value.hint == asked.hint]
        by_the_author = [value for value in alike if value.hint is not None]
        return (named or by_the_author or alike or [asked])[-1]

    def _read(self, op: Op) -> list[Value]:
        """What the operation reads when it is computed again."""
        if is_shape_only(op) and self.storages.of(op.operands[0]) is None:
            return [self._shaped_as(op.operands[0]), *op.operands[1:]]
        return [self.held.get(value, value) for value in op.operands]

    # arrays written in place

    def _restore(self) -> None:
        """Turn each ``restore`` into a saved element that is written back, or drop it where nothing needs it."""
        self.undone = undone = self._undone()
        for block, ops in self._reverse_blocks():
            keep = []
            for op in ops:
                if op.name in ("restore", "shrink"):
                    store = op.origin
                    assert store is not None
                    if store not in undone:
                        continue
                    if op.name == "restore":
                        self._save_element(store, op)
                keep.append(op)
            if block is self.body:
                self.reverse = keep
                self.body.ops = [*self.body.ops[: self.adjoint.boundary], *keep]
            else:
                block.ops = keep
        self._copy_result({self.storages.of(store.result) for store in undone})

    def _copy_result(self, restored: set[Value | None]) -> None:
        """Return a copy of what the reverse sweep brings back to earlier contents."""
        fn, value = self.adjoint.fn, self.body.yields[0]
        shown = [value] if not value.type.items else self.sharing.comes_from(value)
        if not any(self._storage(version) in restored - {None} for version in shown):
            return
        span = self.maker[value].span if value in self.maker else fn.span
        copies, kept = self._copy(value, Op("return", [], [], {}, span, None))
        kept.hint = f"{fn.name}_value"
        self.body.ops[self.adjoint.boundary : self.adjoint.boundary] = copies
        self.adjoint.boundary += len(copies)
        self.body.yields[0] = kept

    def _undone(self) -> set[Op]:
        """The stores that the reverse sweep undoes: a caller may see them, or something reads what was there before."""
        storages = {storage for value in self.adjoint.written if (storage := self.storages.of(value)) is not None}
        reads: set[_Read] = set()
        restores: list[Op] = []
        for _, ops in self._reverse_blocks():
            for op in ops:
                if op.name in ("restore", "shrink"):
                    restores.append(op)
                elif op.name == "call_reverse" and (call := op.origin) is not None:
                    # It restores what the call wrote into; its residuals hold the arguments, not copies of them.
                    storages |= {s for k in op.attrs["summary"].writes if (s := self._storage(call.operands[k]))}
                    reads |= self._reads([*op.operands, *call.operands], call)
                elif not is_shape_only(op):
                    reads |= self._reads(op.operands, op.origin)
        undone = {store for storage in storages for store in self.writes.get(storage, [])}
        while True:
            undone.update(store for read in reads for store in self._in_the_way(*read))
            # A restore reads its indices, if it is kept.
            kept = [op for op in restores if op.origin in undone]
            more = set().union(*(self._reads(op.operands[2:], op.origin) for op in kept)) - reads
            if not more:
                return undone
            reads |= more

    def _in_the_way(self, reader: Op | None, version: Value) -> list[Op]:
        """The stores that would spoil what ``reader`` sees of a storage, were they not undone."""
        storage = self.storages.of(version)
        if storage is None or self.storages.is_last(version):
            return []
        writes = self.writes.get(storage, [])
        if reader is None or not self._settled.knows(reader) or version.type.kind == "list":
            return writes
        for store in writes:  # one that is undone brings back just what was read
            if store.operands[0] is version and self.place.get(store) is self.place.get(reader):
                path = store.operands[2:] if store.name == "store" else store.operands[1:]
                if (
                    not path
                    or is_whole(path)
                    or (reader.name == "getitem" and self._alike_places(reader.operands[1:], path))
                ):
                    return [store]
        part = reader.name == "getitem" and reader.operands[0] is version
        return [store for store in writes if not (part and self._settled(reader, [store]))]

    def _storage(self, value: Value) -> Value | None:
        return self.storages.of(self.storages.viewed(value) or value)

    def _reads(self, values: list[Value], reader: Op | None) -> set[_Read]:
        """What ``reader`` reads of the storages' versions, through what can be computed again: by which operations."""
        found: set[_Read] = set()
        todo = [(self.held.get(value, value), reader) for value in values]
        seen = set(todo)
        while todo:
            value, reader = todo.pop()
            if self.storages.of(value) is not None:
                found.add((reader, value))
            elif value in self.maker and self._again(value) and not self._in_frame(value):
                op = self.maker[value]
                if not is_shape_only(op):
                    more = [(operand, op) for operand in self._read(op) if (operand, op) not in seen]
                    seen.update(more)
                    todo += more
        return found

    def is_settled(self, op: Op) -> bool:
        """Whether the operation reads elements of an array that nothing writes afterwards."""
        array = op.operands[0] if op.name == "getitem" and op.operands[0].type.is_array else None
        storage = None if array is None else self.storages.of(array)
        return storage is not None and self._settled(op, self.writes[storage])

    def _in_frame(self, value: Value) -> bool:
        """Whether the value is simply still there: made outside every loop, and no view of a storage."""
        return self.region(self.home[value]) is self.body and not self.storages.is_view(value)

    def _save_element(self, store: Op, restore: Op) -> None:
        block = self.place[store]
        ops = block.ops
        array, *indices = store.operands
        if store.name == "store":
            indices = indices[1:]
        whole = not indices or is_whole(indices)
        name = array.hint or array.temp or "array"
        element = self._element(store)
        if self.region(block) is self.body and (known := self._read_before(store, indices)) is not None:
            self.maker[known].attrs["saved"] = name
            self.overwritten[known] = self.storages.anchor(array)
            restore.operands = [store.result, known, *restore.operands[2:]]
            return
        old = Value(element, temp=f"{name}_old")
        read = Op("getitem", [array, *indices], [old], {"saved": name}, store.span, store.stmt)
        new = [read]
        if whole:
            read.name, read.operands = "copy", [array]
            read.attrs |= {"lib": "numpy", "style": "method"}
        elif element.kind == "array" and array.type.is_array:
            kept = Value(element, temp=f"{name}_old")
            new.append(
                Op("copy", [old], [kept], {"lib": "numpy", "style": "method", "saved": name}, store.span, store.stmt)
            )
            old = kept
        position = ops.index(store.attrs["call"] if store.name == "written" else store)
        ops[position:position] = new
        for op in new:
            self.place[op] = block
            self.home[op.result], self.maker[op.result] = block, op
        if block is self.body:
            self.adjoint.boundary += len(new)
        self.overwritten[old] = self.storages.anchor(array)
        restore.operands = [store.result, old, *restore.operands[2:]]

    def _read_before(self, store: Op, indices: list[Value]) -> Value | None:
        """The element that a store overwrites, if the author's own statements read it just before."""
        for op in self.place[store].ops[: self.place[store].ops.index(store)]:
            if op.name == "getitem" and op.operands[0] is store.operands[0] and op.result.type.is_scalar:
                if self._alike_places(op.operands[1:], indices):
                    return op.result
        return None

    def _alike_places(self, a: list[Value], b: list[Value]) -> bool:
        return len(a) == len(b) and all(map(self._same, a, b))

    def _same(self, a: Value, b: Value) -> bool:
        first, second = (self.maker.get(value) or self.remade.get(value) for value in (a, b))
        if a is b or first is None or second is None or first.name != second.name:
            return a is b
        if first.name == "const":
            return bool(first.attrs["value"] == second.attrs["value"])
        return first.name in ("slice", "add", "sub") and self._alike_places(first.operands, second.operands)

    def _element(self, store: Op) -> Type:
        """The type of what a store overwrites."""
        array, *indices = store.operands
        if array.type.kind == "list":
            return array.type.items[0]
        shape = infer_getitem(tuple(v.type for v in [array, *indices[store.name == "store" :]])).shape
        return Type("array", shape) if shape else Type("float")

    # what to compute again, what to save

    def _again(self, value: Value) -> bool:
        """Whether the operation that makes ``value`` is worth computing again."""
        op = self.maker[value]
        if op.attrs.get("saved") or op.blocks or self.storages.of(value) is not None:
            return False
        row = lookup(op.name)
        return op.name in _AGAIN or (row is not None and row.cheap)

    def _reverse_blocks(self) -> list[tuple[Block, list[Op]]]:
        return [(self.body, self.reverse), *((block, block.ops) for block in self.up)]

    def _needs(self, region: Block) -> dict[Value, list[tuple[Block, Op]]]:
        """The forward values of ``region`` that reverse operations name: where, and for which forward operation."""
        needs: dict[Value, list[tuple[Block, Op]]] = {}
        for block, ops in self._reverse_blocks():
            for op in ops:
                origin = op if op.name in ("restore", "shrink") else op.origin or op
                for value in op.operands:
                    self._need(value, block, origin, region, needs)
            for value in block.yields if block is not self.body else []:
                owner = self.owner[self.adjoint.mirrors[block]]
                self._need(value, block, owner, region, needs)
        return needs

    def _need(
        self, value: Value, block: Block, origin: Op, region: Block, needs: dict[Value, list[tuple[Block, Op]]]
    ) -> None:
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

    def _origin_of_block(self, block: Block) -> Op:
        return self.owner[self.adjoint.mirrors[block]]

    def _decide(self, region_reverse: Block) -> None:
        region = self.mirror(region_reverse)
        needs = self._needs(region)
        if region is not self.body:
            saved = self._cut(region, needs)
        elif self.apart:
            saved = self._hand_over(self._cut(region, needs))
        else:
            saved = self._frame(needs)
        for value in saved:
            if region is self.body:
                self._export(value)
            else:
                self._tape(value, self._place(value, region_reverse))
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

    def _stale(self, value: Value, origins: list[Op]) -> bool:
        """Whether ``value`` reads a storage whose contents differ where the reverse sweep would compute it."""
        op = self.maker.get(value)
        if op is None:
            return False
        for operand in op.operands[self.is_settled(op) :]:
            if self.storages.of(operand) is not None and not is_shape_only(op):
                if any(self.storages.current(operand, origin) is not operand for origin in origins):
                    return True
                if self.apart and not self.undone.issuperset(self._in_the_way(op, operand)):
                    return True
        return False

    def _hand_over(self, values: list[Value]) -> list[Value]:
        """Keep the values for the other function; return those that a branch has to hand out."""
        self.handed.update(values)
        for value in values:
            if value in self.maker and (self.storages.is_view(value) or self._is_overwritten(value)):
                self._copy_kept(value)
        return [value for value in values if self.home[value] is not self.body and value not in self.instead[self.body]]

    def _frame(self, needs: dict[Value, list[tuple[Block, Op]]]) -> list[Value]:
        """Outside loops everything is kept in its variable, but a condition is cheap enough to stand twice."""
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
            brief = op.name in ("const", "global") or (value.type.kind == "bool" and value.hint is None)
            if brief and self._repeatable(value, [origin for _, origin in places]):
                continue
            kept.append(value)
        return kept

    def _repeatable(self, value: Value, origins: list[Op]) -> bool:
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

    def _climbed(self, origins: list[Op], value: Value, operand: Value) -> list[Op]:
        """Where ``operand`` is computed for ``value``: in the reverse of its own block, which may be further out."""
        block, target = self.home[value], self.home[operand]
        around = []
        while block is not target and block in self.owner:
            around = [self.owner[block]]
            block = self.parent[block]
        return around if around and block is target else origins

    def _copy_arguments(self) -> None:
        """Let no callee's residuals hold a loose storage whose contents change."""
        for op, block in list(self.place.items()):
            written = op.attrs["summary"].writes if op.name == "call_forward" else ()
            for k, value in enumerate(op.operands if op.name == "call_forward" else []):
                if k not in written and not value.type.is_scalar and self._is_overwritten(value):
                    copies, kept = self._copy(value, op, value.temp or value.hint)
                    position = block.ops.index(op)
                    block.ops[position:position] = copies
                    self.adjoint.boundary += len(copies) if block is self.body else 0
                    op.operands[k] = kept

    def _is_overwritten(self, value: Value) -> bool:
        """Whether the value has other contents by the time that the reverse sweep needs it, and nothing restores it."""
        if value.type.is_scalar or value.type.kind == "residuals":
            return False
        restored = self.storages.of(value) is not None or self.storages.is_view(value)
        loose = self.storages.is_loose(value) or value.type.kind == "tuple"
        return (loose or not restored) and self.sharing.overwritten(value)

    def _copy(self, value: Value, after: Op, temp: str | None = None) -> tuple[list[Op], Value]:
        """The operations that copy a value, and the copy."""
        name, ops, parts = "copy", list[Op](), [value]
        attrs: dict[str, object] = {"lib": "numpy", "style": "method", "deep": True}
        form = value.type.form
        if value.type.kind == "tuple":
            of_class = form is not None and form.kind == "class"
            name, attrs, parts = ("rebuild", {}, [value]) if of_class else ("tuple", {"form": form, "fixed": True}, [])
            for index, type_ in enumerate(value.type.items):
                item = Value(type_)
                ops.append(Op("item", [value], [item], {"index": index}, after.span, after.stmt))
                inner, part = self._copy(item, after) if type_.is_buffer or type_.kind == "tuple" else ([], item)
                ops += inner
                parts.append(part)
        kept = Value(value.type, value.hint if temp is None else None, temp or value.temp)
        return [*ops, Op(name, parts, [kept], attrs, after.span, after.stmt)], kept

    def _copy_kept(self, value: Value) -> None:
        """Keep a copy in the frame of what is overwritten before the reverse sweep needs it."""
        op = self.maker[value]
        copies, kept = self._copy(value, op)
        home = self.home[value]
        position = home.ops.index(op) + 1
        home.ops[position:position] = copies
        if home is self.body:
            self.adjoint.boundary += len(copies)
        self.home[kept], self.maker[kept], self.place[copies[-1]] = home, copies[-1], home
        self.instead.setdefault(self.body, {})[value] = self._export(kept)

    def _cut(self, region: Block, needs: dict[Value, list[tuple[Block, Op]]]) -> list[Value]:
        """The values of one turn to save, so that all that is needed can be computed."""
        edges: dict[Value, list[Value]] = {}
        origins = {value: [origin for _, origin in places] for value, places in needs.items()}
        todo = [value for value in needs if not self._free(value, region)]
        sinks = list(todo)
        while todo:  # operands inherit the places where their results are computed
            value = todo.pop()
            op = self.maker.get(value)
            if op is None or not self._again(value):
                edges[value] = []
                continue
            operands = [v for v in map(self.storages.anchor, self._read(op)) if not self._free(v, region)]
            edges[value] = operands
            for operand in operands:
                known = origins.setdefault(operand, [])
                climbed = self._climbed(origins[value], value, operand)
                fresh = [origin for origin in climbed if origin not in known]
                if fresh or operand not in edges:
                    known.extend(fresh)
                    todo.append(operand)
        sources = [
            value
            for value in edges
            if self.maker.get(value) is None or not self._again(value) or self._stale(value, origins[value])
        ]
        for value in sources:
            edges[value] = []
        # Handing a parameter over costs no memory: the caller has it.
        weights = {value: 8 if not value.type.is_scalar and value in self.maker else 1 for value in edges}
        return sorted(minimum_cut(edges, sources, sinks, weights), key=list(self.home).index)

    # carrying it out

    def _export(self, value: Value) -> Value:
        """Hand a value of a branch out of its ``if``, so that the reverse branch finds it in the frame."""
        home = self.home[value]
        inner = value
        while home is not self.body:
            owner = self.owner[home]
            assert isinstance(owner, If)
            outer = Value(value.type, value.hint, value.temp)
            for block in owner.blocks:
                if block is home:
                    block.yields.append(inner)
                else:
                    absent = Op("undef", [], [Value(value.type)], {}, owner.span, owner.stmt)
                    block.ops.append(absent)
                    block.yields.append(absent.result)
            owner.results.append(outer)
            inner, home = outer, self.parent[home]
        self.instead.setdefault(self.body, {})[value] = inner
        return inner

    def _tape(self, value: Value, place: Block) -> None:
        """Save a value once a turn, and take it back at the start of the reverse turn."""
        op, home = self.maker.get(value), self.home[value]
        name = value.hint or value.temp or "value"
        if op is not None and op.attrs.get("saved"):
            name = op.attrs["saved"]
        stmt, span = (op.stmt, op.span) if op is not None else (self.owner[home].stmt, self.owner[home].span)
        tape = self._new_tape(value, home, name, span)
        kept, new = value, list[Op]()
        if self.storages.is_view(value) or self._is_overwritten(value):
            new, kept = self._copy(value, op or self.owner[home], f"{name}_copy")
        push = Op("push", [tape.result, kept], [], {}, span, stmt)
        new.append(push)
        position = 0 if op is None else home.ops.index(op) + 1
        home.ops[position:position] = new
        self._free_name(value.hint)
        back = Value(value.type, value.hint, value.temp)
        pop = push.attrs["pop"] = Op("pop", [tape.result], [back], {}, span, None, origin=op or self.owner[home])
        # What was overwritten comes back where it is written back: then all of an array's writes share one tape.
        position = self._first_use(value, place, place.ops) if value in self.overwritten else 0
        place.ops.insert(position, pop)
        self.instead.setdefault(place, {})[value] = back

    def _new_tape(self, value: Value, home: Block, name: str, span: Span | None) -> Op:
        """The tape for ``value``, before the outermost loop that pushes; one for what is overwritten of an array."""
        outermost = home
        while self.parent[outermost] is not self.body:
            outermost = self.parent[outermost]
        loop = self.owner[outermost]
        key = (self.overwritten[value], value.type.rank) if value in self.overwritten else None
        tape = self.tapes.get(key) if key is not None else None
        if tape is None:
            tape = Op("tape", [], [Value(TAPE, hint=f"{name}_saved")], {"item": value.type}, span, None)
            self.adjoint.boundary += 1
        elif self.body.ops.index(tape) > self.body.ops.index(loop):
            self.body.ops.remove(tape)
        else:
            return tape
        self.body.ops.insert(self.body.ops.index(loop), tape)
        if key is not None:
            self.tapes[key] = tape
        return tape

    def _free_name(self, hint: str | None) -> None:
        """Bind the function's value to a name of its own, if it has the one that the reverse sweep brings back."""
        fn, value = self.adjoint.fn, self.body.yields[0]
        if hint is None or value.hint != hint:
            return
        own = Value(value.type, f"{fn.name}_value")
        self.body.ops.insert(self.adjoint.boundary, Op("bind", [value], [own], {}, fn.span, None))
        self.adjoint.boundary += 1
        self.body.yields[0] = own

    def _compute(self, value: Value, place: Block) -> Value:
        """``value`` in the reverse block ``place``, computed again there if it is not at hand."""
        value = self.storages.anchor(value)
        for block in self._outward(place):
            if value in self.instead.get(block, {}):
                return self.instead[block][value]
        home = self.home.get(value)
        if home is None:
            return value
        if self.mirror(place) is not home:
            target = self.at_home(value, place)
            if target is None or self.region(home) is not self.region(self.mirror(place)):
                return value  # for the loop around, or the function, to provide
            return self._compute(value, target)
        owner = self.owner.get(home)
        if isinstance(owner, For) and value is home.args[0]:
            return place.args[0]
        op = self.maker.get(value)
        if op is None or not self._again(value):
            return value
        kept = value in self.handed if self.apart else value.type.kind != "bool"
        if home is self.body and kept and not self._sizes_storage(op):
            return value
        operands = [self._compute(operand, place) for operand in self._read(op)]
        if op.name == "getitem":
            operands[1:] = shortest(operands[1:])
        result = Value(value.type, value.hint, value.temp)
        attrs = {key: attr for key, attr in op.attrs.items() if key != "of"}
        again = Op(op.name, operands, [result], attrs, op.span, op.stmt)
        ops = self.reverse if place is self.body else place.ops
        position = self._first_use(value, place, ops)
        twin = next((other for other in ops if other in self.again and self._alike(other, again)), None)
        if twin is not None:
            _move(twin, ops, position)
            self.instead.setdefault(place, {})[value] = twin.result
            return twin.result
        ops.insert(position, again)
        self.again.add(again)
        self.remade[result] = again
        if position + 1 < len(ops):
            again.stmt, again.origin = ops[position + 1].stmt, ops[position + 1].origin
        self.instead.setdefault(place, {})[value] = result
        return result

    def _alike(self, a: Op, b: Op) -> bool:
        """Whether two recomputed operations are the same arithmetic on numbers, without a name of the author's."""
        if a.name != b.name or a.name not in _ARITHMETIC or a.result.hint is not None or b.result.hint is not None:
            return False
        return a.result.type.is_scalar and all(map(self._same, a.operands, b.operands))

    def _sizes_storage(self, op: Op) -> bool:
        """Whether it is the size of an array that is written: asked of the last version, it needs no second name."""
        return is_shape_only(op) and op.result.hint is None and self.storages.of(op.operands[0]) is not None

    def _outward(self, block: Block) -> list[Block]:
        found = [block]
        while block is not self.body:
            block = self.up[block]
            found.append(block)
        return found

    def _first_use(self, value: Value, place: Block, ops: list[Op]) -> int:
        """Before the first operation that needs the value, or something computed from it."""
        known = self._descendants(value)
        known |= {new for old, new in self.instead.get(place, {}).items() if old in known}
        for position, op in enumerate(ops):
            inside = [op, *(inner for owned in op.blocks for inner in owned.walk())]
            if any(operand in known for inner in inside for operand in inner.operands):
                return position
        return len(ops)

    def _descendants(self, value: Value) -> set[Value]:
        """The value, and those that would be computed from it."""
        if not self.users:
            for result, op in self.maker.items():
                for operand in self._read(op) if op.operands else []:
                    self.users.setdefault(operand, []).append(result)
        found, todo = {value}, [value]
        while todo:
            results = [v for v in self.users.get(todo.pop(), []) if v not in found and self._again(v)]
            found.update(results)
            todo += results
        return found

    def _substitute(self, block: Block, ops: list[Op], known: dict[Value, Value]) -> None:
        known = {**known, **self.instead.get(block, {})}
        mirrored = self.adjoint.mirrors.get(block)
        if mirrored is not None and isinstance(self.owner[mirrored], For):
            known[mirrored.args[0]] = block.args[0]
        for op in ops:
            op.operands = [known.get(anchor, anchor) for anchor in map(self.storages.anchor, op.operands)]
            for owned in op.blocks:
                self._substitute(owned, owned.ops, known)
        if block is not self.body:
            block.yields = [known.get(anchor, anchor) for anchor in map(self.storages.anchor, block.yields)]


def _move(op: Op, ops: list[Op], position: int) -> None:
    """Let ``op``, and what it is computed from, stand at ``position`` if it stands behind."""
    needed = {op}
    for other in reversed(ops[position : ops.index(op)]):
        if any(result in later.operands for result in other.results for later in needed):
            needed.add(other)
    moved = [other for other in ops[position:] if other in needed]
    ops[position:] = [*moved, *(other for other in ops[position:] if other not in needed)]
