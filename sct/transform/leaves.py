"""What adjoints are kept of: the parts of a structure, each by itself, whatever it was put into and taken out of.

Before: ``%pair = tuple %W, %b; %c = item %pair 1``.
After: ``%c`` and the second leaf of ``%pair`` are ``%b``: what is added to the adjoint of one is added to that of
``%b``, so that the reverse sweep makes no tuples.  The leaves of a parameter, of a call's value and of a phi are new
values.

The leaves of a list of structures are lists: of a list of pairs, one of the first items and one of the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sct.ir.nodes import Function, Op, Value
from sct.ir.types import FLOAT, NONE, Type
from sct.transform.build import Builder

Path = tuple[int, ...]


def has_adjoint(value: Value) -> bool:
    """Whether the reverse sweep of a function takes an adjoint of its value: a procedure has none."""
    return value.type.kind not in ("none", "str")


def adjoint_type(type_: Type) -> Type:
    """The type of a value's adjoint; what carries no derivative has None in its place in a structure."""
    if type_.kind == "array":
        return Type("array", type_.shape)
    if type_.kind in ("tuple", "list"):
        items = tuple(adjoint_type(i) if i.is_differentiable or i.kind == "undef" else NONE for i in type_.items)
        return Type(type_.kind, items=items, form=type_.form)
    return FLOAT if type_.is_scalar else type_


def paths(type_: Type) -> Iterator[Path]:
    """Where the leaves of a type are that carry a derivative."""
    if type_.kind == "tuple":
        for index, item in enumerate(type_.items):
            yield from ((index, *path) for path in paths(item))
    elif type_.kind == "list":
        yield from paths(type_.items[0])
    elif type_.is_differentiable:
        yield ()


def leaf_type(type_: Type, path: Path) -> Type:
    """The type of a leaf: of a list of structures, a list."""
    if type_.kind == "list":
        return Type("list", items=(leaf_type(type_.items[0], path),))
    return leaf_type(type_.items[path[0]], path[1:]) if path else type_


class Leaves:
    """The leaves of a function's values.

    ``made`` has for a leaf that is no value of the function itself the value that it is a part of, and its path.
    """

    def __init__(self, fn: Function) -> None:
        self.makers = {result: op for op in fn.body.walk() for result in op.results}
        self.made: dict[Value, tuple[Value, Path]] = {}
        self._trees: dict[Value, dict[Path, Value]] = {}
        self._hints = _labels(fn)
        self._items = _unpacked(fn)

    def __call__(self, value: Value, path: Path = ()) -> Value:
        """The leaf at a path."""
        op = self.makers.get(value)
        inner = None if op is None else _within(op, path)
        if inner is not None:
            return self(*inner)
        if not path and is_plain(value.type):
            return value
        tree = self._trees.setdefault(value, {})
        if path not in tree:
            tree[path] = self._new(value, path)
        return tree[path]

    def all(self, value: Value) -> list[tuple[Path, Value]]:
        """Every leaf that carries a derivative."""
        return [(path, self(value, path)) for path in paths(value.type)]

    def root(self, leaf: Value) -> Value:
        """The value of the function that a leaf is a part of."""
        return self.made[leaf][0] if leaf in self.made else leaf

    def read(self, leaf: Value, build: Builder) -> tuple[Value, Path]:
        """The leaf's value in the forward sweep; of a leaf of a list, that list and the rest of the path."""
        if leaf not in self.made:
            return leaf, ()
        value, path = self.made[leaf]
        while path and value.type.kind == "tuple":
            value, path = build.op("item", value, index=path[0]), path[1:]
        return value, path

    def _new(self, value: Value, path: Path) -> Value:
        names, type_ = [], value.type
        for index in path:
            while type_.kind == "list":
                type_ = type_.items[0]
            names.append(type_.form.words[index] if type_.form is not None and type_.form.labels else str(index))
            type_ = type_.items[index]
        own = len(names) == 1 and self._hints.get(names[0]) == {value.hint}
        item = self._items.get((value, path[0])) if len(path) == 1 else None
        name = names[0] if own else item or "_".join([value.hint or value.temp or "part", *map(_word, names)])
        leaf = Value(leaf_type(value.type, path), name if value.hint or item else None, name)
        self.made[leaf] = (value, path)
        return leaf


def is_plain(type_: Type) -> bool:
    """Whether a value is its own leaf: no structure, and no list of structures."""
    while type_.kind == "list":
        type_ = type_.items[0]
    return type_.kind != "tuple"


def has_class(type_: Type) -> bool:
    """Whether there is an instance of a class in a value."""
    return (type_.form is not None and type_.form.kind == "class") or any(map(has_class, type_.items))


def _word(label: str) -> str:
    return label if label.isidentifier() or label.isdigit() else "part"


def _within(op: Op, path: Path) -> tuple[Value, Path] | None:
    """Where the leaf of an operation's result comes from, if the operation only moves it."""
    if op.name == "item" and op.operands[0].type.kind == "tuple":
        return op.operands[0], (op.attrs["index"], *path)
    if not path:
        return None
    if op.name == "tuple" and op.result.type.kind == "tuple":
        return op.operands[path[0]], path[1:]
    if op.name == "put":
        return (op.operands[1], path[1:]) if path[0] == op.attrs["index"] else (op.operands[0], path)
    if op.name == "concat" and op.result.type.kind == "tuple":
        count = len(op.operands[0].type.items)
        later = path[0] >= count
        return op.operands[later], (path[0] - count * later, *path[1:])
    if op.name == "part":
        indices = range(len(op.operands[0].type.items))[slice(*op.attrs["slice"])]
        return op.operands[0], (indices[path[0]], *path[1:])
    return None


def _unpacked(fn: Function) -> Mapping[tuple[Value, int], str]:
    """What the author calls the items of tuples: ``kp, ki, kd = gains``; not what he calls something else as well."""
    called: dict[str, set[tuple[Value, int] | None]] = {}
    items = [op for op in fn.body.walk() if op.name == "item" and op.operands[0].type.form is None]
    places = {op.result: (op.operands[0], op.attrs["index"]) for op in items if op.operands[0].type.kind == "tuple"}
    values = [*fn.params, *(value for op in fn.body.walk() for value in op.results)]
    values += [value for op in fn.body.walk() for block in op.blocks for value in block.args]
    for value in values:
        if value.hint is not None:
            called.setdefault(value.hint, set()).add(places.get(value))
    found: dict[tuple[Value, int], str] = {}
    for name, (place, *others) in ((name, list(places)) for name, places in called.items()):
        if place is not None and not others:
            found.setdefault(place, name)
    return found


def _labels(fn: Function) -> Mapping[str, set[str | None]]:
    """For each label of a structure what the structures are called that have it; of the author's names, the name."""
    found: dict[str, set[str | None]] = {}
    items = set[Value]()
    values = [*fn.params]
    for op in fn.body.walk():
        values += op.results
        if op.name == "item":
            items.add(op.result)
        for block in op.blocks:
            values += block.args
    for value in values:
        form = value.type.form
        if value.type.kind == "tuple" and form is not None:
            for label in form.words:
                if label.isidentifier():
                    found.setdefault(label, set()).add(value.hint)
        if value.hint is not None and value not in items:
            found.setdefault(value.hint, set()).add(None)
    return found
