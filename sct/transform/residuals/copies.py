"""Restores an array from a copy that the author made of it, where a turn of a loop overwrites it part by part.

Before: ``%un = copy %u; …; %u1 = store %u, %a, (slice 1 -1); %u2 = store %u1, 0, 0``, each with a saved element that is
written back.
After: ``%un`` is saved, and ``restore %u2, %un, ...`` is the first thing that the reverse turn does; or nothing is
restored, where the copy is all that reads what was there.

Only where nothing reads what was there in between.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection

from sct.ir.nodes import Block, Loop, Op, Value
from sct.ir.types import Type
from sct.transform.residuals.wholes import Wholes

_PARTS = frozenset({"slice", "ellipsis"})


class Copies(Wholes):
    """What a turn overwrites, and has a copy of."""

    @abstractmethod
    def _undone(self, wholes: Collection[Value] = ()) -> set[Op]:
        """The stores that the reverse sweep undoes."""

    def _save_copies(self, undone: set[Op], wholes: Collection[Value]) -> set[Op]:
        """Save the copies that would be made again of what is restored for that alone; the stores that are undone then.

        One that is about as long as what need not be restored then.
        """
        for block in [block for block, owner in self.owner.items() if isinstance(owner, Loop)]:
            for copy in filter(self._is_authors_copy, block.ops):
                self.saved_copies.add(copy)
                if not any(self._is_long(store, block) for store in undone - self._undone(wholes)):
                    self.saved_copies.remove(copy)
                undone = self._undone(wholes)
        return undone

    def _is_authors_copy(self, op: Op) -> bool:
        return op.name == "copy" and op.origin is None and not self.storages.is_written(op.result)

    def _is_long(self, store: Op, turn: Block) -> bool:
        """Whether a store overwrites a part of an array, of a size that is not known, in a turn of a loop."""
        whole = store.name == "store" and all(index.type.kind in _PARTS for index in store.operands[2:])
        return whole or self.region(self.place[store]) is not turn

    def _copied(self, undone: Collection[Op]) -> dict[Op, list[Op]]:
        """For each copy that a turn can be restored from, the stores of the turn."""
        found: dict[Op, list[Op]] = {}
        for block in [block for block, owner in self.owner.items() if isinstance(owner, Loop)]:
            for op in block.ops:
                if self._is_authors_copy(op):
                    stores = self._stores_behind(op, block)
                    is_first = stores not in found.values()  # of several copies
                    if is_first and self._pays(stores, undone) and not any(map(self._is_read, stores)):
                        found[op] = stores
        return found

    def _stores_behind(self, copy: Op, block: Block) -> list[Op]:
        """The stores into what is copied, if all of its turn's are behind the copy."""
        storage = self.storages.of(copy.operands[0])
        inside = set(block.walk())
        writes = [op for op in self.writes.get(storage, []) if op in inside] if storage is not None else []
        behind = block.ops[block.ops.index(copy) :]
        return writes if all(op.name == "store" and op in behind for op in writes) else []

    def _pays(self, stores: list[Op], undone: Collection[Op]) -> bool:
        """Whether the copy is about as long as what would be saved, and there are several parts of that."""
        whole = any(all(index.type.kind in _PARTS for index in store.operands[2:]) for store in stores)
        return whole and sum(store in undone for store in stores) > 1

    def _is_read(self, store: Op) -> bool:
        """Whether the reverse sweep reads what the array was right behind a store."""
        return any(version is store.result for _, version in self.seen)

    def _restore_copied(self, copy: Op, stores: list[Op]) -> None:
        """Begin the reverse turn with what the array was when the turn began."""
        last, forward = stores[-1], self.place[copy]
        everything = Op("const", [], [Value(Type("ellipsis"))], {"value": ..., "text": "..."}, copy.span, origin=last)
        restore = Op("restore", [last.result, copy.result, everything.result], [], {}, copy.span, origin=last)
        reverse = next(block for block in self.up if self.mirror(block) is forward)
        reverse.ops[:0] = [everything, restore]
