"""What a loop goes over.

Before: ``for i, (a, b) in enumerate(zip(u, v[1:]))``.
After: a count (``min(len(u), len(v[1:]))``), and what binds ``i``, ``a`` and ``b`` in the turn with a given index.

What is written out, ``for axis, c in ((0, a), (1, b))``, and a tuple of known length have rows: the loop is unrolled,
as its turns may differ in kind.  A loop over constants of one kind keeps them in a tuple; one over rows that may end
early chooses among them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import libcst as cst

from sct.frontend.flow import Flow
from sct.ir.nodes import Value

Now = Callable[[], Value]
Row = Now | list["Row"]


@dataclass(frozen=True)
class Indexed:
    """An iterable whose element is found by an index: its lengths (the least counts), and the element."""

    lengths: list[Value]
    at: Callable[[Value], Row]


@dataclass(frozen=True)
class Rows:
    """An iterable of a known number of elements."""

    rows: list[Row]


_PENDING = Rows([])
"""The rows of a dict as long as its keys are not known."""


class Iterables(Flow):
    """Lowers what loops go over."""

    @abstractmethod
    def bind(self, target: cst.BaseExpression, value: Value) -> None:
        """Assign ``value`` to a target."""

    def iterable(self, node: cst.BaseExpression, target: cst.BaseExpression) -> Indexed | Rows:
        """The elements of ``node``, which will be bound to ``target``."""
        for name in ("range", "enumerate", "zip", "reversed"):
            arguments = self.called(node, name)
            if arguments:
                lower: Callable[..., Indexed | Rows] = getattr(self, f"{name}_of")
                return lower(node, arguments, target)
        if isinstance(node, cst.Tuple | cst.List):
            return self.written_out(node, target)
        view = self.dict_view(node)
        if view is not None:
            return view
        called = node.func if isinstance(node, cst.Call) else None
        listed = isinstance(called, cst.Name) and called.value in ("map", "filter", "list", "sorted")
        if isinstance(called, cst.Name) and not listed and not self.is_function(called):
            help_ = "write `for i in range(len(x)):` and read `x[i]` in the loop"
            raise self.refuse(node, "this cannot be looped over", help_)
        return self.elements(node, target)

    def is_function(self, node: cst.Name) -> bool:
        """Whether it is one of the module's, or one of Python's own that is written out."""
        name = node.value
        return name in self.source.functions or (not self.scope.binds(name) and self.of_python(node) is not None)

    def elements(self, node: cst.BaseExpression, target: cst.BaseExpression) -> Indexed | Rows:
        """The elements of a value: an array's, or a tuple's."""
        value = self.value(node)
        strings = self.strings(value)
        if strings is not None:
            return Rows([partial(self.const, string) for string in strings])
        length = self.emit("len", [value], node, style="call", lib="builtins", iterated=True)
        now = self.watched(value, node)
        count = None if value in self.alike else self.counted(value, node)
        if count is None:
            return Indexed([length], lambda index: lambda: self.read(now(), index, target))
        return Rows([partial(self.item, value, k, node) for k in range(count)])

    def strings(self, value: Value) -> Sequence[str] | None:
        """The strings of a tuple or a list of such, where they are written out: they may be the keys of a dict."""
        maker = next((op for op in reversed(self.block.ops) if value in op.results), None)
        if maker is not None and maker.name == "global":
            found = maker.attrs.get("value")
        else:
            found = [self.constants.get(item) for item in self.made_of(value) or ()]
        is_known = isinstance(found, tuple | list) and found and all(isinstance(item, str) for item in found)
        return found if is_known else None

    def dict_view(self, node: cst.BaseExpression) -> Rows | None:
        """The rows of ``params.items()``, ``.keys()`` or ``.values()``, or of a dict itself: its keys."""
        called: cst.BaseExpression | None = node.func if isinstance(node, cst.Call) and not node.args else None
        kind = called.attr.value if isinstance(called, cst.Attribute) else ""
        if kind not in ("items", "keys", "values"):
            called, kind = None, "keys"
        owner = called.value if isinstance(called, cst.Attribute) else node
        found = {labels for known, labels in self.known.keys if known == self.span(owner)}
        if called is None and not found:
            return None
        value = self.value(owner)
        if not found:
            self.emit("items", [value], owner, help="go over a dict of known keys")
            return _PENDING
        rows: list[Row] = []
        labels = found.pop()
        self.emit("holds", [value], node, keys=labels)
        for k, label in enumerate(labels):
            key, item = partial(self.const, label), partial(self.item, value, k, node, key=label)
            rows.append(key if kind == "keys" else item if kind == "values" else [key, item])
        return Rows(rows)

    def unpacked(self, node: cst.BaseExpression, *help_: str) -> list[Value] | None:
        view = self.dict_view(node)
        return super().unpacked(node, *help_) if view is None else self.wholes(view, node)

    def spread_out(self, node: cst.BaseExpression, in_list: bool) -> Value | list[Value] | None:
        view = self.dict_view(node) if isinstance(node, cst.Call) else None
        return super().spread_out(node, in_list) if view is None else self.wholes(view, node)

    def wholes(self, view: Rows, node: cst.BaseExpression) -> list[Value] | None:
        """The items of a dict's view; None as long as its keys are not known."""
        return None if view is _PENDING else [self.whole(row, node) for row in view.rows]

    def read(self, array: Value, index: Value, node: cst.CSTNode) -> Value:
        base, path = self.place(array)
        return self.emit("getitem", [base, *path, index], node)

    def range_of(
        self, node: cst.BaseExpression, arguments: list[cst.BaseExpression], target: cst.BaseExpression
    ) -> Indexed:
        """A range that is counted, zipped or reversed."""
        step = self.source.code(arguments[2]).replace("- ", "-") if len(arguments) == 3 else "1"
        if step.lstrip("-") in ("", "0") or not step.lstrip("-").isdigit() or isinstance(target, cst.Tuple | cst.List):
            help_ = "let a range have a target of its own, and a step that is written out"
            raise self.refuse(node, "this cannot be looped over", help_)
        bounds = [self.value(argument) for argument in arguments[:2]]
        if len(arguments) == 3:
            return self.stepped(bounds, int(step), node)
        if len(bounds) == 1:
            return Indexed(bounds, lambda index: lambda: index)
        count = self.emit("sub", [bounds[1], bounds[0]], node, style="operator")
        return Indexed([count], lambda index: lambda: self.emit("add", [index, bounds[0]], node, style="operator"))

    def stepped(self, bounds: list[Value], step: int, node: cst.BaseExpression) -> Indexed:
        """``range(start, stop, step)``, of which the turn with an index is ``start + step * index``."""

        def op(name: str, a: Value, b: int | Value) -> Value:
            return self.emit(name, [a, self.const(b) if isinstance(b, int) else b], node, style="operator")

        def less(a: Value, b: Value) -> Value:
            number = self.number_of(b)
            return op("sub", a, b) if number is None or number > 0 else op("add", a, -number) if number else a

        (start, stop), size = bounds, abs(step)
        span = less(stop, start) if step > 0 else less(start, stop)
        count = span if size == 1 else op("floordiv", op("add", span, size - 1), size)
        count.temp = "count"

        begins_at_0 = self.number_of(start) == 0

        def at(index: Value) -> Value:
            moved = index if size == 1 else op("mul", index, size)
            return op("sub", start, moved) if step < 0 else moved if begins_at_0 else op("add", start, moved)

        return Indexed([count], lambda index: lambda: at(index))

    def number_of(self, value: Value) -> int | None:
        """The integer that a value of this block is written out as."""
        made = next((op for op in reversed(self.block.ops) if value in op.results), None)
        number = made.attrs["value"] if made is not None and made.name == "const" else None
        return number if type(number) is int else None

    def enumerate_of(
        self, node: cst.BaseExpression, arguments: list[cst.BaseExpression], target: cst.BaseExpression
    ) -> Indexed | Rows:
        inner = self.iterable(arguments[0], _parts(target, 2)[1])
        literal = isinstance(arguments[-1], cst.Integer)
        first = arguments[-1].evaluated_value if isinstance(arguments[-1], cst.Integer) else 0
        if isinstance(inner, Rows) and (literal or len(arguments) == 1):
            counts = range(first, first + len(inner.rows))
            return Rows([[partial(self.const, k), row] for k, row in zip(counts, inner.rows, strict=True)])
        start = self.value(arguments[1]) if len(arguments) > 1 else None
        inner = self.by_index(inner, node)

        def count(index: Value) -> Value:
            return index if start is None else self.emit("add", [index, start], node, style="operator")

        at = inner.at
        return Indexed(inner.lengths, lambda index: [lambda: count(index), at(index)])

    def zip_of(
        self, node: cst.BaseExpression, arguments: list[cst.BaseExpression], target: cst.BaseExpression
    ) -> Indexed | Rows:
        parts = _parts(target, len(arguments))
        inners = [self.iterable(argument, part) for argument, part in zip(arguments, parts, strict=True)]
        rows = [inner.rows for inner in inners if isinstance(inner, Rows)]
        is_strict = self.is_strict(node)
        if is_strict and len(set(map(len, rows))) > 1:
            raise self.refuse(node, "these differ in length, and `strict=True` raises", "go over as many items of each")
        if [] in rows and not is_strict:
            return Rows([])
        if len(rows) == len(inners):
            return Rows([[*row] for row in zip(*rows, strict=False)])
        indexed = [self.by_index(inner, node) for inner in inners]
        lengths = [length for inner in indexed for length in inner.lengths]
        return self.side_by_side(node, lengths, [inner.at for inner in indexed], is_strict)

    def side_by_side(
        self, node: cst.BaseExpression, lengths: list[Value], columns: list[Callable[[Value], Row]], is_strict: bool
    ) -> Indexed:
        """What a ``zip`` of columns of these lengths goes over."""
        if is_strict:
            for length in lengths[1:]:
                alike = self.emit("eq", [lengths[0], length], node, style="operator")
                self.effect("assert", [alike], node)
            lengths = lengths[:1]
        return Indexed(lengths, lambda index: [column(index) for column in columns])

    def is_strict(self, node: cst.BaseExpression) -> bool:
        """Whether a ``zip`` raises where what it goes over differs in length."""
        given = [argument.value for argument in cst.ensure_type(node, cst.Call).args if is_strict(argument)]
        if any(not isinstance(value, cst.Name) or value.value not in ("True", "False") for value in given):
            raise self.refuse(node, "`strict` is no literal", "write `strict=True`, or leave it out")
        return any(self.source.code(value) == "True" for value in given)

    def reversed_of(
        self, node: cst.BaseExpression, arguments: list[cst.BaseExpression], target: cst.BaseExpression
    ) -> Indexed | Rows:
        inner = self.iterable(arguments[0], target)
        if isinstance(inner, Rows):
            return Rows(inner.rows[::-1])
        if len(inner.lengths) != 1:
            raise self.refuse(node, "this cannot be looped over", "reverse what is zipped, not the zip")
        (length,) = inner.lengths
        last = self.emit("sub", [length, self.const(1)], node, style="operator")
        at = inner.at
        return Indexed([length], lambda index: at(self.emit("sub", [last, index], node, style="operator")))

    # what is written out

    def written_out(self, node: cst.Tuple | cst.List, target: cst.BaseExpression) -> Indexed | Rows:
        numbers = self.numbers(node)
        if numbers is None:
            return Rows([self.row(element) for element in node.elements])
        columns = self.columns(numbers, target, node)
        return Indexed([self.const(len(numbers))], lambda index: self.at(columns, index, node))

    def row(self, element: cst.BaseElement) -> Row:
        """An item, evaluated where the loop begins."""
        if isinstance(element, cst.StarredElement):
            raise self.refuse(element, "`*` is not supported here", "write the items one by one")
        if isinstance(element.value, cst.Tuple):
            return [self.row(part) for part in element.value.elements]
        return self.watched(self.value(element.value), element.value)

    def columns(self, items: list[Any], target: cst.BaseExpression, node: cst.CSTNode) -> Any:
        """A tuple of the items, or for rows of items one for each column."""
        if isinstance(items[0], tuple):
            pairs = zip(zip(*items, strict=True), _parts(target, len(items[0])), strict=True)
            return [self.columns(list(column), part, node) for column, part in pairs]
        value = self.emit("tuple", [self.const(item) for item in items], node)
        value.hint = self.unused(f"{target.value}_values" if isinstance(target, cst.Name) else "values")
        return value

    def unused(self, name: str) -> str:
        """The name, or one like it that the author does not use."""
        while name in self.env or self.scope.binds(name):
            name += "_"
        return name

    def at(self, columns: Any, index: Value, node: cst.CSTNode) -> Row:
        if isinstance(columns, list):
            return [self.at(column, index, node) for column in columns]
        return lambda: self.emit("getitem", [columns, index], node)

    # rows

    def by_index(self, found: Indexed | Rows, node: cst.CSTNode) -> Indexed:
        """Rows, chosen among by an index."""
        if isinstance(found, Indexed):
            return found
        if not found.rows:
            return Indexed([self.const(0)], lambda index: self.undef)
        return Indexed([self.const(len(found.rows))], lambda index: self.chosen(found.rows, index, node))

    def chosen(self, rows: list[Row], index: Value, node: cst.CSTNode) -> Row:
        columns = [row for row in rows if isinstance(row, list)]
        if columns and len(columns) == len(rows) and len(set(map(len, columns))) == 1:
            return [self.chosen([*column], index, node) for column in zip(*columns, strict=True)]
        return lambda: self.choose(rows, index, 0, node)

    def choose(self, rows: list[Row], index: Value, k: int, node: cst.CSTNode) -> Value:
        if k == len(rows) - 1:
            return self.whole(rows[k], node)
        test = self.emit("eq", [index, self.const(k)], node, style="operator")
        then = partial(self.whole, rows[k], node)
        return self.choice(node, "ternary", test, then, lambda: self.choose(rows, index, k + 1, node))

    def whole(self, row: Row, node: cst.CSTNode) -> Value:
        """A row as one value."""
        if not isinstance(row, list):
            return row()
        return self.emit("tuple", [self.whole(part, node) for part in row], node)

    def bind_row(self, target: cst.BaseExpression, row: Row, node: cst.CSTNode) -> None:
        """Assign a row to a target."""
        if isinstance(row, list) and isinstance(target, cst.Tuple | cst.List) and len(row) == len(target.elements):
            if not any(isinstance(part, cst.StarredElement) for part in target.elements):
                for part, inner in zip(target.elements, row, strict=True):
                    self.bind_row(part.value, inner, node)
                return
        self.bind(target, self.whole(row, node))

    def called(self, node: cst.BaseExpression, name: str) -> list[cst.BaseExpression] | None:
        """The arguments of a call of the builtin ``name``, or None if it is something else."""
        if name == "reversed" and isinstance(node, cst.Subscript) and _is_backwards(node):
            return [node.value] if self.called(node.value, "range") else None
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == name:
            if self.is_authors(name):
                return None
            known = {"enumerate": ("iterable", "start"), "zip": ("strict",)}.get(name, ())
            keywords = [argument.keyword.value for argument in node.args if argument.keyword is not None]
            if all(keyword in known for keyword in keywords) and not any(argument.star for argument in node.args):
                return [argument.value for argument in _in_order(node.args) if not is_strict(argument)]
        return None


def is_strict(argument: cst.Arg) -> bool:
    """Whether an argument is the keyword ``strict`` of a ``zip``."""
    return argument.keyword is not None and argument.keyword.value == "strict"


def _in_order(arguments: Sequence[cst.Arg]) -> list[cst.Arg]:
    """The arguments of ``enumerate``, as it takes them by position."""
    return sorted(arguments, key=lambda argument: argument.keyword is not None and argument.keyword.value == "start")


def _parts(target: cst.BaseExpression, count: int) -> list[cst.BaseExpression]:
    """The targets of a tuple of ``count`` items, or the one of all."""
    if isinstance(target, cst.Tuple | cst.List) and len(target.elements) == count:
        return [part.value for part in target.elements]
    return [target] * count


def _is_backwards(node: cst.Subscript) -> bool:
    """Whether a subscript is ``[::-1]``: ``range(n)[::-1]`` is ``reversed(range(n))``."""
    match node.slice:
        case [cst.SubscriptElement(cst.Slice(None, None, cst.UnaryOperation(cst.Minus(), cst.Integer("1"))))]:
            return True
    return False
