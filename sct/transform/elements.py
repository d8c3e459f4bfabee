"""Adjoints of what reads and writes elements: of arrays, of lists, of structures.

Before: ``%b = getitem %a, %i`` and ``%b_bar``; ``%a1 = store %a, %v, %i`` and ``%a1_bar``.
After: ``%a_bar' = index_add %a_bar, %b_bar, %i``; ``%v_bar = getitem %a1_bar, %i; %a_bar = store %a1_bar, 0, %i``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sct.analysis.once import named_once
from sct.analysis.shown import shown_by
from sct.ir.indices import is_whole
from sct.ir.nodes import Function, Op, Value
from sct.ir.paths import STEP
from sct.transform.axes import without_new_axes
from sct.transform.build import Builder
from sct.transform.contributions import refused, unbroadcast
from sct.transform.leaves import adjoint_type
from sct.transform.picked import is_picked_by
from sct.transform.scope import Scope, bar_name, blank
from sct.transform.temporaries import part_name


class Elements:
    """What a reverse sweep over ``fn`` knows of it, and its steps for elements.

    Attributes
    ----------
    kept : set of Value
        Elements whose adjoint stays where it is: ``a[i]`` of ``a[i] += v``.
    """

    def __init__(self, fn: Function, active: set[Value]) -> None:
        self.active = active
        self.makers = {result: op for op in fn.body.walk() for result in op.results}
        self.kept: set[Value] = set()

    def access(self, op: Op, scope: Scope) -> None:
        """What makes or reads a container, or reads an array; the leaves of a structure only move."""
        build = scope.builder
        kind = op.operands[0].type.kind if op.operands else "tuple"
        if op.name == "tuple" and op.result.type.kind == "list":
            self.listed(op, scope)
        elif op.name == "getitem" and kind == "tuple":
            self.chosen(op, scope)
        elif op.name == "getitem" or (op.name == "item" and kind != "tuple"):
            array, path = self.place(op)
            path = build.path(path if op.name == "getitem" else [*path, build.const(op.attrs["index"])])
            is_one = array.type.is_array or array.type.is_scalar  # no list
            path, axes = without_new_axes(path, op.result.type) if is_one else (path, [])
            for rest, leaf in scope.leaves.all(op.result):
                bar = scope.take(leaf)
                if bar is not None and leaf not in self.kept:
                    for axis in reversed(axes):
                        bar = build.op("sum", bar, axis=axis, keepdims=False, lib="numpy", style="call")
                    if path:
                        self.add_at(scope.leaves(array, rest), bar, path, scope)
                    else:
                        scope.add(scope.leaves(array, rest), bar)

    def chosen(self, op: Op, scope: Scope) -> None:
        """One of the items of a tuple, or of a dict: the others get nothing."""
        build = scope.builder
        items, index = op.operands
        form, count = items.type.form, build.const(len(items.type.items))
        keys = form.labels if form is not None and form.kind == "dict" else ()
        for path, leaf in scope.leaves.all(op.result):
            bar = scope.take(leaf)
            for k in range(len(items.type.items) if bar is not None else 0):
                item = scope.leaves(items, (k, *path))
                if item.type.kind == "list" or item.type.shape != leaf.type.shape:
                    reason = "it is not known which item this is, and they differ in size"
                    help_ = "choose it with `if`" if keys else "make it a list: `[…]` for `(…)`"
                    raise refused(op, reason, help_)
                if item in self.active or items in self.active:
                    place = {"index": index, "count": count, "bar": bar, "k": build.const(keys[k] if keys else k)}
                    holds = "index == k" if keys else "index % count == k"
                    scope.add(item, build.text(f"where({holds}, bar, 0.0)", place))

    def listed(self, op: Op, scope: Scope) -> None:
        """The display of a list."""
        for path, leaf in scope.leaves.all(op.result):
            bar = scope.take(leaf)
            for index, operand in enumerate(op.operands if bar is not None else []):
                assert bar is not None
                if operand in self.active:
                    part = scope.builder.op("item", bar, index=index, temp=f"{bar.hint or bar.temp}_{index}")
                    scope.add(scope.leaves(operand, path), part)

    def place(self, op: Op) -> tuple[Value, list[Value]]:
        """The array that a ``getitem`` reads, and the path, through views that have no name."""
        array, *path = op.operands
        outer = self.makers.get(array)
        if outer is None or outer.name != "getitem" or array.hint is not None or not array.type.is_array:
            return array, path
        if not shown_by(outer) or not outer.operands[0].type.is_array:
            return array, path
        base, before = self.place(outer)
        between = Value(STEP)
        return base, [*before, between, *path]

    def append(self, op: Op, scope: Scope) -> None:
        """The adjoint of the item is the last one of the list's."""
        build = scope.builder
        xs, value = op.operands
        build.effect("shrink", op.result)
        for path, leaf in scope.leaves.all(op.result) if op.result in self.active else []:
            bar = scope.get(leaf)
            scope.take(leaf)
            if bar is None:
                continue
            last, rest = build.typed("take_last", [bar], [adjoint_type(leaf.type.items[0]), adjoint_type(leaf.type)])
            rest.hint, rest.temp = bar.hint, bar.temp
            last.temp = op.result.hint and f"{op.result.hint}_last_bar"
            if xs in self.active:
                scope.set(scope.leaves(xs, path), rest)
            if value in self.active:
                scope.add(scope.leaves(value, path), last)

    def shorten(self, op: Op, scope: Scope) -> None:
        """The adjoint of the list grows by that of the item that went: zero, as far as the shorter list goes."""
        build = scope.builder
        xs, last = op.operands
        build.effect("restore", op.result, op.result, last)
        for path, leaf in scope.leaves.all(op.result) if op.result in self.active else []:
            bar = scope.get(leaf)
            scope.take(leaf)
            if bar is None:
                continue
            item = leaf.type.items[0]
            if item.is_scalar:
                zero = build.const(0.0)
            else:
                like, rest = scope.leaves.read(scope.leaves(xs, path), build)
                part = build.op("getitem", like, last)
                while part.type.kind == "tuple":
                    part, rest = build.op("item", part, index=rest[0]), rest[1:]
                made = build.op("zeros_like", part, lib="numpy", style="call") if item.is_array else None
                zero = made or blank(part, build, rest, type_=item)
            grown = build.op("append", bar, zero, hint=bar.hint, temp=bar.temp)
            grown.type = bar.type
            scope.set(scope.leaves(xs, path), grown)

    def add_at(self, array: Value, bar: Value, indices: list[Value], scope: Scope, distinct: bool = False) -> None:
        distinct = distinct or named_once(indices, self.makers)
        before = scope.builder.buffer(scope.settle(array), indices)
        after = scope.builder.op(
            "index_add", before, bar, *indices, hint=bar_name(array), temp=before.temp, distinct=distinct
        )
        after.type = adjoint_type(array.type)
        scope.set(array, after)

    def store(self, op: Op, scope: Scope) -> None:
        build = scope.builder
        array, value, *indices = op.operands
        old = self.added_to(op)
        indices = build.path(indices)
        build.effect("restore", op.result, value, *indices)
        if op.result not in self.active:
            return
        if array.type.kind == "list" and old is None:
            self.store_item(op, scope)
            return
        bar = scope.get(op.result)
        if bar is None:
            return
        scope.take(op.result)
        if old is not None or op.attrs.get("adds"):
            # a[i] += v leaves the adjoint of a[i] as it is.
            if old is not None:
                self.kept.add(old)
            scope.set(array, bar)
            if value in self.active:
                part = self.stored_bar(bar, value, indices, build)
                scope.add(value, unbroadcast(part, part.type, value, build))
            return
        if is_whole(indices):  # nothing is left of what was there: its adjoint is zero
            if value in self.active:
                scope.add(value, unbroadcast(bar, bar.type, value, build))
            return
        bar = build.buffer(bar, indices)
        if value in self.active:
            part = self.stored_bar(bar, value, indices, build)
            if not named_once(indices, self.makers):
                part = self.last_written(bar, part, indices, build)
            elif not part.type.is_scalar:
                part = build.op("copy", part, lib="numpy", style="method", temp=part.temp)
        cleared = build.op("store", bar, build.const(0.0), *indices, hint=bar_name(array))
        cleared.type = bar.type
        scope.set(array, cleared)
        if value in self.active:
            scope.add(value, unbroadcast(part, part.type, value, build))

    def part_of(self, bar: Value, indices: Sequence[Value], build: Builder) -> Value:
        """The part of an adjoint that indices name: ``u_i_bar`` of ``u_bar[i]``."""
        return build.op("getitem", bar, *indices, temp=part_name(bar, indices, self.makers))

    def stored_bar(self, bar: Value, value: Value, indices: list[Value], build: Builder) -> Value:
        """The adjoint of what ``value`` was stored into."""
        part = self.part_of(bar, indices, build)
        if is_picked_by(value, indices, self.makers):
            part.type = replace(part.type, shape=value.type.shape)
        return part

    def store_item(self, op: Op, scope: Scope) -> None:
        """A store into a list: the item that was there has no part in what follows."""
        build = scope.builder
        xs, value, *indices = op.operands
        for path, leaf in scope.leaves.all(op.result):
            bar = scope.get(leaf)
            scope.take(leaf)
            if bar is None:
                continue
            part = self.part_of(bar, indices, build)
            if part.type.is_scalar:
                zero = build.const(0.0)
            else:
                zero = (
                    build.op("zeros_like", part, lib="numpy", style="call")
                    if part.type.is_array
                    else blank(part, build)
                )
            scope.set(scope.leaves(xs, path), build.op("store", bar, zero, *indices, hint=bar.hint, temp=bar.temp))
            if value in self.active:
                scope.add(scope.leaves(value, path), part)

    def last_written(self, bar: Value, part: Value, indices: list[Value], build: Builder) -> Value:
        """``part`` of an adjoint, zero where a later element of the same write overwrote an earlier one."""
        note = "of several writes to an element the last one counts"
        size = "len(part)" if part.type.rank == 1 else "size(part)"
        order = build.text(f"arange({size})", {"part": part})
        if part.type.rank != 1:
            order = build.text("reshape(order, shape(part))", {"order": order, "part": part})
        order.temp = "order"
        last = build.op("zeros_like", bar, dtype="int", lib="numpy", temp="last", note=note)
        last = build.op("store", last, order, *indices, temp="last")
        kept = build.text("last == order", {"last": build.op("getitem", last, *indices), "order": order})
        found = build.text("where(kept, part, 0.0)", {"kept": kept, "part": part})
        found.temp = part.temp
        return found

    def added_to(self, store: Op) -> Value | None:
        """The element before the store, where the store adds to it: ``a[i] += v`` or ``a[i] -= v``."""
        array, value, *indices = store.operands
        update = self.makers.get(value)
        if update is None or not update.attrs.get("augmented") or update.name not in ("add", "sub"):
            return None
        old = self.makers.get(update.operands[0])
        if old is None or old.name != "getitem" or old.operands != [array, *indices]:
            return None
        # A repeated index would count once in the store, but several times in its adjoint.
        return old.result if named_once(indices, self.makers) and value.type == old.result.type else None
