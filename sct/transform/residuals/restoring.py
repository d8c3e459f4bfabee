"""Decides which writes into arrays the reverse sweep undoes, and saves what these overwrite.

Before: ``restore %u1, …, %i`` for every ``%u1 = store %u0, %v, %i``.
After: ``%u_old = getitem %u0, %i`` before the store and ``restore %u1, %u_old, %i``; or nothing, where nothing reads
what was there before.
"""

from __future__ import annotations

from collections.abc import Collection

from sct.analysis.liveness import use_counts
from sct.analysis.shown import shown_by
from sct.ir.indices import is_whole
from sct.ir.nodes import Block, Op, Value
from sct.ir.types import Type
from sct.rules.shapes import infer_getitem
from sct.transform.residuals.copies import Copies
from sct.transform.residuals.idle import without_idle

_SIZED = frozenset({"zeros", "ones", "empty"})

_Read = tuple[Op | None, Value]
"""A forward operation that reads, and the version that it reads; None: it is not known which one."""


class Restoring(Copies):
    """Undoes the writes that hide what is read."""

    def _read_back(self) -> None:
        """Name what was stored by the element that holds it, if nothing else is ever there while it is needed."""
        kept, count = {read: value for read, value in self.reads.items() if self.is_settled(read)}, 0
        while len(kept) != count:
            count = len(kept)
            self.held = {value: read.result for read, value in kept.items()}
            restored = {self.storages.of(store.result) for store in self._undone()}
            kept = {read: value for read, value in kept.items() if self.storages.of(read.operands[0]) not in restored}
        self.held = {value: read.result for read, value in kept.items()}
        self._name_held()

    def _name_held(self) -> None:
        """Let the reverse sweep name what holds a value."""
        for block, ops in self._reverse_blocks():
            for op in ops:
                k = self.asked(op)
                if op.name != "restore":
                    op.operands = [v if at == k else self.held.get(v, v) for at, v in enumerate(op.operands)]
            if block is not self.body:
                block.yields = [self.held.get(value, value) for value in block.yields]

    def _index_held(self) -> None:
        """Let what is written back name what holds its indices."""
        for _, ops in self._reverse_blocks():
            for op in ops:
                if op.name == "restore":
                    op.operands[2:] = [self.held.get(value, value) for value in op.operands[2:]]

    def _shapes(self) -> None:
        """Ask a shape of an array that is at hand anyway, rather than of one that would have to be saved."""
        for block, ops in self._reverse_blocks():
            for op in ops:
                k = self.asked(op)
                if k is not None and (block is not self.body or self.may_be_unbound(op.operands[k])):
                    op.operands[k] = self._shaped_as(op.operands[k], is_left=self.left(op) is not None)
                if op.name == "zeros_like":
                    self._make_as_made(op)

    def _make_as_made(self, op: Op) -> None:
        """Let zeros like an array that a turn makes with a size be made with that size."""
        begun = self.storages.of(op.operands[0]) or op.operands[0]
        made = self.maker.get(begun)
        if made is not None and made.name in _SIZED and self.region(self.place[made]) is not self.body:
            op.name, op.operands, op.attrs = "zeros", made.operands[:], dict(made.attrs)

    def _restore(self) -> None:
        """Turn each ``restore`` into a saved element that is written back, or drop it where nothing needs it."""
        wholes = self._may_be_whole()
        undone = self._undone(wholes)
        while needed := wholes.keys() & {self.storages.of(store.result) for store in undone}:
            wholes = {storage: k for storage, k in wholes.items() if storage not in needed}
            undone = self._undone(wholes)
        undone = self._save_copies(undone, wholes)
        taken = self._taken_back(undone)
        self.undone = undone = undone - taken.keys()
        copied = self._copied(undone)
        instead = {store for stores in copied.values() for store in stores}
        for block, ops in self._reverse_blocks():
            keep = []
            for op in ops:
                if op.name in ("restore", "shrink"):
                    store = op.origin
                    assert store is not None
                    if store in taken:
                        self._take_back(store, op, taken[store])
                    if store not in undone or store in instead:
                        continue
                    if op.name == "restore":
                        self._save_element(store, op)
                keep.append(op)
            if block is self.body:
                self.reverse = keep
            else:
                block.ops = keep
        for copy, stores in copied.items():
            self._restore_copied(copy, stores)
        self._save_wholes(wholes)
        self._name_held()
        self._index_held()
        self.reverse = without_idle(self.reverse, self.body.yields)
        self.body.ops = [*self.body.ops[: self.adjoint.boundary], *self.reverse]
        self._copy_result([store.result for store in undone])

    def _copy_result(self, restored: list[Value]) -> None:
        """Return a copy of what the reverse sweep brings back to earlier contents, alone or in a container."""
        if not self.body.yields:  # of a turn that hands nothing on
            return
        fn, value = self.adjoint.fn, self.body.yields[0]
        if not any(self.sharing(value, version, version.type) for version in restored):
            return
        maker = self.maker.get(value)
        copies, kept = self._copy(value, Op("return", [], [], {}, fn.span if maker is None else maker.span, None))
        kept.hint = f"{fn.name}_value"
        self.body.ops[self.adjoint.boundary : self.adjoint.boundary] = copies
        self.adjoint.boundary += len(copies)
        self.body.yields[0] = kept
        if maker in self.body.ops and maker.name == "tuple" and not use_counts(self.body)[value]:
            self.body.ops.remove(maker)
            self.adjoint.boundary -= 1

    def _undone(self, wholes: Collection[Value] = ()) -> set[Op]:
        """The stores that the reverse sweep undoes: a caller may see them, or something reads what was there before.

        What was popped goes back into its list as it was.

        What a caller may see of ``wholes`` is brought back otherwise.
        """
        if not self.writes:
            return set()
        storages = {storage for value in self.adjoint.written if (storage := self.storages.of(value)) is not None}
        storages -= set(wholes)
        storages |= self.popped
        reads: set[_Read] = set()
        restores: list[Op] = []
        seen: set[_Read] = set()
        for _, ops in self._reverse_blocks():
            for op in ops:
                if op.name in ("restore", "shrink"):
                    restores.append(op)
                elif op.name == "call_reverse" and (call := op.origin) is not None:
                    # It restores what the call wrote into; its residuals hold the arguments, not copies of them.
                    storages |= {s for k in op.attrs["summary"].writes if (s := self._storage(call.operands[k]))}
                    held = self._reads([*op.operands, *call.operands], call, set())
                    reads |= held
                    self.kept |= held
                else:
                    reads |= self._reads(self.contents(op), op.origin, seen)
        undone = {store for storage in storages for store in self.writes.get(storage, [])}
        self.shown = storages
        fresh = reads
        while fresh:
            for read in fresh:
                undone.update(self._in_the_way(*read, known=undone))
            # A restore reads its indices, if it is kept.
            kept = [op for op in restores if op.origin in undone]
            fresh = set[_Read]().union(*(self._reads(op.operands[2:], op.origin, seen) for op in kept)) - reads
            reads |= fresh
        self.seen = reads
        return undone

    def _in_the_way(self, reader: Op | None, version: Value, known: Collection[Op] = ()) -> list[Op]:
        """The stores, but for the ``known`` ones, that would spoil what ``reader`` sees, were they not undone."""
        storage = self.storages.of(version)
        if storage is None or self.storages.is_last(version):
            return []
        writes = self.writes.get(storage, [])
        is_list = version.type.kind == "list"
        steady = not is_list or all(store.name == "store" for store in writes)
        if reader is not None and self._settled.knows(reader) and steady:
            # One that is undone brings back what was read.
            for store in [] if is_list else self.stores.get(version, []):
                if self._overwrites(store, reader, version):
                    return [store]
            if reader.name == "getitem" and reader.operands[0] is version:
                return [store for store in writes if store not in known and not self._settled(reader, [store])]
        return [store for store in writes if store not in known]

    def _overwrites(self, store: Op, reader: Op, version: Value) -> bool:
        """Whether a store overwrites, in the same turn, just what ``reader`` sees of a version, or all of it."""
        if store.operands[0] is not version or self.place.get(store) is not self.place.get(reader):
            return False
        path = store.operands[2:] if store.name == "store" else store.operands[1:]
        if not path or is_whole(path):
            return True
        return reader.name == "getitem" and self._alike_places(reader.operands[1:], path)

    def _reads(self, values: list[Value], reader: Op | None, seen: set[_Read]) -> set[_Read]:
        """What ``reader`` reads of the storages' versions, through what can be computed again: by which operations.

        What was ``seen`` is left out; what is looked at is added to it.
        """
        found: set[_Read] = set()
        todo = [(reader, self.held.get(value, value)) for value in values]
        while todo:
            read = todo.pop()
            if read in seen:
                continue
            seen.add(read)
            _, value = read
            if self.storages.of(value) is not None:
                found.add(read)
            elif value in self.maker and self._again(value) and not self._in_frame(value):
                op = self.maker[value]
                todo += [(op, self.held.get(operand, operand)) for operand in self.contents(op)]
        return found

    def _taken_back(self, undone: set[Op]) -> dict[Op, list[Op]]:
        """The stores whose saved element is what their readers want, and nothing else: it is not written back.

        For each one its readers; those of a whole array name the version that was overwritten.
        """
        found: dict[Op, list[Op]] = {}
        rest = {store for store in undone if not self._is_taken_alone(store)}
        for reader, version in self.seen:
            named = [store for store in self.stores.get(version, []) if is_whole(store.operands[2:])]
            for store in [*self._in_the_way(reader, version, known=rest), *named]:
                if reader is not None and store not in rest and self._takes(reader, version, store):
                    found.setdefault(store, []).append(reader)
                else:
                    rest.add(store)
        return {store: readers for store, readers in found.items() if store in undone - rest}

    def _takes(self, reader: Op, version: Value, store: Op) -> bool:
        """Whether the saved element of a store can stand for what ``reader`` sees of the version before it."""
        if self.region(self.place[store]) is self.body and shown_by(reader):
            return False  # the view itself is at hand, and shows what is stored
        if is_whole(store.operands[2:]) and self._is_used_around(version, self.place[store]):
            return False  # a shape may be asked of a part of it, where what a branch saves is not known
        return not reader.blocks and (reader, version) not in self.kept and self._overwrites(store, reader, version)

    def _is_used_around(self, version: Value, branch: Block) -> bool:
        """Whether something uses a version outside of the branch that overwrites it."""
        if self.home.get(version) is branch:
            return False
        return any(version in op.operands for op, place in self.place.items() if place is not branch)

    def _is_taken_alone(self, store: Op) -> bool:
        """Whether a store saves a part, or an element in every turn of a loop, of what no caller sees."""
        is_shown = self.storages.of(store.result) in self.shown
        is_long = self.region(self.place[store]) is not self.body or self._element(store).kind == "array"
        return store.name == "store" and not is_shown and is_long

    def _take_back(self, store: Op, restore: Op, readers: list[Op]) -> None:
        """Let the readers of what a store overwrote name what is saved."""
        self._save_element(store, restore)
        old = restore.operands[1]
        self.overwritten.pop(old, None)
        if is_whole(store.operands[2:]):
            self.held[store.operands[0]] = old
        else:
            self.held.update((reader.result, old) for reader in readers)
            names = {reader.result.temp for reader in readers if reader.result.hint is None and reader.result.temp}
            if names and self.region(self.place[store]) is not self.body:
                old.temp = min(names)  # the same, whether it is read or taken back

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
        elif element.kind == "array" and array.type.is_array and not _picks(indices):
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
        """What a store overwrites, if the author's own statements read it just before: ``x[mask] = f(x[mask])``."""
        for op in self.place[store].ops[: self.place[store].ops.index(store)]:
            if op.name != "getitem" or op.operands[0] is not store.operands[0]:
                continue
            is_picked = _picks(indices) and op.stmt is store.stmt and op.result.hint is None
            if (op.result.type.is_scalar or is_picked) and self._alike_places(op.operands[1:], indices):
                return op.result
        return None

    def _element(self, store: Op) -> Type:
        """The type of what a store overwrites."""
        array, *indices = store.operands
        if array.type.kind == "list":
            return array.type.items[0]
        found = infer_getitem(tuple(v.type for v in [array, *indices[store.name == "store" :]]))
        return Type(array.type.dtype) if found.rank == 0 else Type("array", found.shape, found.dtype)


def _picks(indices: list[Value]) -> bool:
    """Whether the elements at the indices are read into an array of their own: an array among them picks."""
    return any(index.type.is_array for index in indices)
