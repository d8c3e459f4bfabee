"""The columns of rows, ``zip(*rows)``.

Before: ``for q, k in zip(*heads): …``, and ``xs, ys = zip(*points)``.
After: what ``for q, k in zip(heads[0], heads[1]): …`` and ``xs, ys = [x for x, y in points], [y for x, y in points]``
give: how many rows or columns there are, the targets tell.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import libcst as cst

from sct.frontend.iterables import Indexed, Row, Rows, is_strict
from sct.frontend.keyed import Keyed
from sct.frontend.scopes import OURS
from sct.ir.nodes import Value

_ITEM, _OTHER = f"item{OURS}", f"other{OURS}"


class Spread(Keyed):
    """Lowers what goes over the columns of rows, and what takes them."""

    def iterable(self, node: cst.BaseExpression, target: cst.BaseExpression) -> Indexed | Rows:
        rows = self.rows_zipped(node)
        return super().iterable(node, target) if rows is None else self.zipped(node, rows, target)

    def rows_zipped(self, node: cst.BaseExpression) -> cst.BaseExpression | None:
        """The rows of ``zip(*rows)``."""
        call = node if isinstance(node, cst.Call) and self.source.code(node.func) == "zip" else None
        given = [] if call is None else [argument for argument in call.args if not is_strict(argument)]
        starred = len(given) == 1 and given[0].star == "*" and not self.is_authors("zip")
        return given[0].value if starred else None

    def zipped(self, node: cst.BaseExpression, rows: cst.BaseExpression, target: cst.BaseExpression) -> Indexed:
        """``zip(rows[0], rows[1])``, of as many rows as there are targets, or as ``rows`` is known to have."""
        held = self.value(rows)
        length = self.emit("len", [held], rows, style="call", lib="builtins")
        count = len(self.packs[held]) if held in self.packs else self.count(rows)
        if count is None:
            count = _count(target)
            fits = self.emit("eq", [length, self.const(count)], rows, style="operator")
            self.effect("assert", [fits], rows)
        if not count:
            help_ = "name each item (`for a, b in zip(*rows)`), or go over the columns of an array of two dimensions"
            raise self.refuse(node, "it is not known how many rows these are", help_)
        lengths, columns = list[Value](), list[Callable[[Value], Row]]()
        for k in range(count):
            row = self.item(held, k, node) if held in self.packs else self.emit("getitem", [held, self.const(k)], node)
            lengths.append(self.emit("len", [row], node, style="call", lib="builtins", iterated=True))
            columns.append(partial(self.read_later, self.watched(row, node, f" row {k}"), node))
        return self.side_by_side(node, lengths, columns, self.is_strict(node))

    def read_later(self, now: Callable[[], Value], node: cst.CSTNode, index: Value) -> Row:
        return lambda: self.read(now(), index, node)

    def columns_of(self, target: cst.BaseExpression, value: cst.BaseExpression) -> list[cst.BaseExpression] | None:
        """The comprehensions of ``xs, ys = zip(*points)``, one a target."""
        rows, count = self.rows_zipped(value), _count(target)
        if rows is None or not count:
            return None
        if not isinstance(rows, cst.Name | cst.Attribute):
            raise self.refuse(rows, "what `zip(*…)` takes the columns of has no name", "give it one: `rows = …`")
        length = self.emit("len", [self.value(rows)], rows, style="call", lib="builtins")
        is_none = self.emit("eq", [length, self.const(0)], rows, style="operator")
        message = f"not enough values to unpack (expected {count}, got 0)"
        refuse = lambda: self.effect("raise", [self.const(message)], value, exception="ValueError")  # noqa: E731
        self.either(value, self.stmt, is_none, refuse, lambda: None)
        found: list[cst.BaseExpression] = []
        for k in range(count):
            names = [cst.Element(cst.Name(_ITEM if place == k else _OTHER)) for place in range(count)]
            found.append(cst.ListComp(cst.Name(_ITEM), cst.CompFor(cst.Tuple(names), rows)))
            self.source.adopt(found[-1], value, self.stmt)
        return found


def _count(target: cst.BaseExpression) -> int:
    """How many targets there are, if no one is starred; or else 0."""
    elements = target.elements if isinstance(target, cst.Tuple | cst.List) else ()
    return 0 if any(isinstance(element, cst.StarredElement) for element in elements) else len(elements)
