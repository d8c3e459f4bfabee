"""The adjoints known at a place of the reverse sweep."""

from __future__ import annotations

from sct.ir.nodes import Value
from sct.ir.types import Type
from sct.transform.build import Builder
from sct.transform.leaves import Leaves, adjoint_type, has_class, is_plain, paths


def bar_name(value: Value) -> str | None:
    """The name of a value's adjoint."""
    return f"{value.hint}_bar" if value.hint else None


def blank(
    like: Value, build: Builder, path: tuple[int, ...] = (), hint: str | None = None, type_: Type | None = None
) -> Value:
    """A list of zeros: of all that the items of ``like`` have at a path."""
    found = build.op("blank", like, path=path, hint=hint)
    found.type = type_ or adjoint_type(like.type)
    return found


class Scope:
    """The adjoints known at a place of the reverse sweep, and the builder that appends there.

    Adjoints are kept of leaves (see ``sct.transform.leaves``).  In a loop, the adjoint of a value from outside becomes
    a carried value of the reverse loop when it is first used.
    """

    def __init__(
        self, builder: Builder, leaves: Leaves, parent: Scope | None = None, local: set[Value] | None = None
    ) -> None:
        self.builder = builder
        self.leaves = leaves
        self.parent = parent
        self.local = local
        self.bars: dict[Value, Value] = {}
        self.outer: dict[Value, Value] = {}

    def inner(self, builder: Builder, local: set[Value] | None = None) -> Scope:
        return Scope(builder, self.leaves, self, local)

    def get(self, value: Value) -> Value | None:
        value = self.leaves(value)
        if value in self.bars:
            return self.bars[value]
        if self.parent is None:
            return None
        if self.local is None:
            return self.parent.get(value)
        if self.leaves.root(value) in self.local:
            return None
        arg = self.carried(value)
        self.outer[value] = arg
        self.bars[value] = arg
        return arg

    def carried(self, value: Value) -> Value:
        """A new value for the adjoint of ``value`` in a block."""
        return Value(adjoint_type(value.type), bar_name(value), value.temp and f"{value.temp}_bar")

    def set(self, value: Value, bar: Value) -> None:
        self.bars[self.leaves(value)] = bar

    def zero(self, value: Value) -> Value:
        value, name = self.leaves(value), bar_name(self.leaves(value))
        if value.type.is_scalar:
            return self.builder.op("const", value=0.0, text="0.0", hint=name)
        like, path = self.leaves.read(value, self.builder)
        if value.type.kind == "list":
            return blank(like, self.builder, path, hint=name, type_=adjoint_type(value.type))
        return self.builder.op("zeros_like", like, hint=name, lib="numpy", style="call")

    def settle(self, value: Value) -> Value:
        """The adjoint, zero if nothing contributed."""
        found = self.get(value)
        return self.zero(value) if found is None else found

    def take(self, value: Value) -> Value | None:
        """The adjoint of a value whose definition is passed; it is not needed any more."""
        return self.bars.pop(self.leaves(value), None)

    def taken(self, value: Value) -> Value | None:
        """The adjoint of a value whose definition is passed, as a whole if it is a structure."""
        if is_plain(value.type):
            return self.take(value)
        known = [leaf for _, leaf in self.leaves.all(value) if self.get(leaf) is not None]
        return self.whole(value, take=True) if known else None

    def add(self, value: Value, contribution: Value) -> None:
        """Add to the adjoint of a value."""
        value = self.leaves(value)
        before = self.get(value)
        name = bar_name(value)
        if before is not None:
            temp = before.temp
            self.bars[value] = self.builder.op("accumulate", before, contribution, hint=name, temp=temp)
        elif name is not None and contribution.hint is not None:
            self.bars[value] = self.builder.op("bind", contribution, hint=name)
        else:
            contribution.hint = contribution.hint or name
            contribution.temp = contribution.temp or (value.temp and f"{value.temp}_bar")
            self.bars[value] = contribution
        if value.type.kind == "array" and value.type.shape is not None:
            self.bars[value].type = adjoint_type(value.type)

    def add_own(self, value: Value, bar: Value) -> None:
        """Add the adjoint of a branch's result to that of the value that this branch gives, which has its own size."""
        if value.type.kind == "array" and value.type.shape != bar.type.shape:
            bar = self.builder.op("bind", bar, hint=bar_name(value) or bar.hint, temp=bar.temp)
        self.add(value, bar)

    # structures as a whole

    def receive(self, value: Value, bar: Value) -> None:
        """Add ``bar``, a whole, to the adjoints of the leaves of ``value``."""
        for path, leaf in self.leaves.all(value):
            part, type_, rest = bar, value.type, path
            while rest and type_.kind == "tuple":
                part = self._item(part, rest[0], adjoint_type(type_.items[rest[0]]))
                type_, rest = type_.items[rest[0]], rest[1:]
            if rest:
                name = part.temp or part.hint
                part = self.builder.op("column", part, path=rest, temp=name and f"{name}_{rest[-1]}")
                part.type = adjoint_type(leaf.type)
            self.add(leaf, part)

    def _item(self, bar: Value, index: int, type_: Type) -> Value:
        found = self.builder.op("item", bar, index=index, temp=f"{bar.hint or bar.temp or 'part'}_{index}")
        found.type = type_
        return found

    def whole(self, value: Value, like: Value | None = None, take: bool = False) -> Value:
        """The adjoints of the leaves of ``value`` in a structure of its form; a class's is taken from ``like``."""
        found = self._whole(value, (), value.type, like, take)
        if found.hint is None:
            found.hint = bar_name(value)
        return found

    def _whole(self, value: Value, path: tuple[int, ...], type_: Type, like: Value | None, take: bool) -> Value:
        build = self.builder
        if not type_.is_differentiable:
            return build.const(None)
        if type_.kind == "list" and not is_plain(type_):
            columns = [self._leaf(value, (*path, *rest), take) for rest in paths(type_)]
            shown = [like] if like is not None and has_class(type_) else []
            found = build.op("rows", *columns, *shown, of=type_.items[0], like=bool(shown))
            found.type = adjoint_type(type_)
            return found
        if type_.kind != "tuple":
            return self._leaf(value, path, take)
        items = []
        for index, item in enumerate(type_.items):
            inner = None if like is None or not item.is_differentiable else build.op("item", like, index=index)
            items.append(self._whole(value, (*path, index), item, inner, take))
        if like is not None and type_.form is not None and type_.form.kind == "class":
            found = build.op("rebuild", like, *items)
        else:
            found = build.op("tuple", *items, form=type_.form)
        found.type = adjoint_type(type_)
        return found

    def _leaf(self, value: Value, path: tuple[int, ...], take: bool) -> Value:
        leaf = self.leaves(value, path)
        found = self.get(leaf)
        if take:
            self.take(leaf)
        return self.zero(leaf) if found is None else found
