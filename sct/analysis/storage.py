"""Which versions of an array share one storage, and which version is current where.

Before: ``%u1 = store %u0, %v, %i; %u2 = store %u1, %w, %j``.
After: one storage ``{%u0, %u1, %u2}`` whose last version is ``%u2``; ``%u1`` is current at the second store.

A loop's carried value belongs to the storage that its body hands on; an ``If``'s result to the storage that both
branches yield.  What may be one of several storages, some of them written, is *loose*: which buffer it is cannot be
told from its name, so that it cannot be restored, and what the reverse sweep reads of it is a copy.  So is what is
written by two names that are not known for one: ``t = (u, x)``, and ``w = t[0]``.
"""

from __future__ import annotations

from itertools import combinations

from sct.analysis.memory import Memory
from sct.analysis.sharing import Sharing
from sct.analysis.shown import shown_by
from sct.ir.nodes import Block, Function, Op, Value
from sct.ir.operations import WRITES
from sct.ir.phis import phis
from sct.rules.table import lookup


class Storages:
    """The storages of a function's forward operations that are stored into."""

    def __init__(self, fn: Function, forward: list[Op], sharing: Sharing) -> None:
        self._forward = Block(fn.params, forward, [])
        self._find = Memory(self._forward, lambda op: op.name in WRITES)
        self._stored = {self._find(op.result) for op in self._forward.walk() if op.name in WRITES}
        self._loose = self._mixed() | self._written_twice(sharing)
        self._anchor: dict[Value, Value] = {}
        self._final: dict[Value, Value] = {}
        self._before: dict[Op, dict[Value, Value]] = {}
        self._after: dict[Op, dict[Value, Value]] = {}
        self._views: dict[Value, Value] = {}
        self._trace(self._forward, {}, outermost=True)

    def of(self, value: Value) -> Value | None:
        """What stands for the value's storage, or None if it is never stored into, or loose."""
        root = self._find(value)
        return root if root in self._stored and root not in self._loose else None

    def is_loose(self, value: Value) -> bool:
        """Whether the value, or what it is a view of, may be one of several storages that are stored into."""
        return self._find(self._views.get(value, value)) in self._loose

    def is_written(self, value: Value) -> bool:
        """Whether something may be stored into the value's memory."""
        return self.of(value) is not None or self.is_loose(value)

    def anchor(self, value: Value) -> Value:
        """The last version of the value's storage in the block where the storage begins; else the value itself."""
        storage = self.of(value)
        return value if storage is None else self._anchor.get(storage, value)

    def is_last(self, value: Value) -> bool:
        """Whether the storage still has the value's contents when the forward sweep ends."""
        storage = self.of(value)
        return storage is None or self._final.get(storage, value) is value

    def current(self, value: Value, op: Op) -> Value:
        """The version of the value's storage that the reverse of ``op`` finds; a ``restore`` finds the last one."""
        storage = self.of(value)
        assert storage is not None
        if op.name in ("restore", "shrink") and op.origin is not None:
            return self._after.get(op.origin, {}).get(storage, value)
        state = self._after if op.blocks else self._before
        return state.get(op, {}).get(storage, value)

    def viewed(self, value: Value) -> Value | None:
        """The version of a storage that ``value`` is a view of."""
        return self._views.get(value)

    def is_view(self, value: Value) -> bool:
        return value in self._views

    def _mixed(self) -> set[Value]:
        """The storages that a phi mixes with another, where any of those is stored into."""
        group: dict[Value, set[Value]] = {}
        for value, sources in phis(self._forward):
            if value.type.is_buffer or value.type.kind == "unknown":
                roots = {self._find(other) for other in [value, *sources] if other.type.kind != "undef"}
                together = set().union(*(group.get(root, {root}) for root in roots))
                group.update(dict.fromkeys(together, together))
        return {root for root, together in group.items() if len(together) > 1 and together & self._stored}

    def _written_twice(self, sharing: Sharing) -> set[Value]:
        """The storages that share memory with another one that is stored into, too: not in a list, which undoes all."""
        written: dict[Value, Value] = {}
        for op in self._forward.walk():
            if op.name in WRITES and not sharing.was_listed(op.operands[0]):
                written.setdefault(self._find(op.result), op.operands[0])
        pairs = combinations(written.items(), 2)
        return {root for (a, x), (b, y) in pairs if sharing(x, y, x.type) for root in (a, b)}

    def _trace(self, block: Block, state: dict[Value, Value], outermost: bool = False) -> None:
        """Note which version is current before and after each operation, and each storage's last version."""
        begun = {storage for arg in block.args if outermost and (storage := self.of(arg)) is not None}
        known = set(state)
        named: dict[Value, Value] = {}
        for arg in block.args:
            if (storage := self.of(arg)) is not None:
                state[storage] = named[storage] = arg
        for op in block.ops:
            self._before[op] = dict(state)
            for owned in op.blocks:
                self._trace(owned, dict(state))
                for inner in owned.walk():
                    if inner.name in WRITES and (storage := self.of(inner.result)) in state and storage is not None:
                        # Unless the operation hands it on, the version that it leaves has no name.
                        state[storage] = Value()
            for result in op.results:
                if (storage := self.of(result)) is not None:
                    state[storage] = named[storage] = result
                    if storage not in known:
                        begun.add(storage)
                self._note_view(op, result)
            self._after[op] = dict(state)
        for storage in begun:
            self._anchor[storage] = named[storage]
            self._final[storage] = state[storage]

    def _note_view(self, op: Op, result: Value) -> None:
        row = lookup(op.name)
        if op.operands and op.operands[0].type.kind == "list":
            return  # an item is what it is, whatever takes its place in the list
        names_part = (row is not None and row.view) or op.name in ("getitem", "bind", "item")
        if not result.type.is_scalar and names_part and shown_by(op):
            source = op.operands[0]
            if source in self._views:
                self._views[result] = self._views[source]
            elif self.is_written(source):
                self._views[result] = source
