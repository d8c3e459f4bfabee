"""Dicts of what a loop goes over: its turns are written out, as the keys have to be known.

Before: ``{k: x[i] for i, k in enumerate(NAMES)}`` and ``dict(zip(NAMES, x))``.
After: ``{"a": x[0], "b": x[1]}``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import libcst as cst

from sct.frontend.comprehensions import Comprehensions, loop_around
from sct.frontend.iterables import Indexed, Row, Rows
from sct.frontend.scopes import OURS, FunctionValue, LibraryFunction
from sct.ir.nodes import Value
from sct.ir.types import Key

_MANY = 64
"""Up to how many turns of a range a dict is written out for."""
_KEYS = "go over a dict, a tuple of constant strings or a range of numbers; or use a list, or an array"
_NAMED = cst.Name | cst.Attribute | cst.Subscript
_KEY, _ITEM = f"key{OURS}", f"item{OURS}"


class Dicts(Comprehensions):
    """Lowers comprehensions of dicts, and ``dict`` of pairs."""

    def call(self, node: cst.Call, function: FunctionValue) -> Value:
        is_dict = isinstance(function, LibraryFunction) and (function.library, function.name) == ("builtins", "dict")
        pairs = self.of_pairs(node) if is_dict else None
        return super().call(node, function) if pairs is None else self.value(pairs)

    def lower_BinaryOperation(self, node: cst.BinaryOperation) -> Value:
        """``d | e`` of dicts, as ``{**d, **e}``."""
        if not isinstance(node.operator, cst.BitOr) or self.span(node) not in self.known.lists:
            return super().lower_BinaryOperation(node)
        parts = [cst.StarredDictElement(part) for part in (node.left, node.right)]
        for part in parts:
            self.source.adopt(part, part.value, self.stmt)
        return self.merged(node, parts)

    def of_pairs(self, node: cst.Call) -> cst.DictComp | None:
        """``dict(zip(names, xs))`` as ``{name: x for name, x in zip(names, xs)}``; None for what is given a dict."""
        match node.args:
            case [cst.Arg(cst.GeneratorExp() | cst.ListComp() as pairs, keyword=None, star="")]:
                match pairs.elt:
                    case cst.Tuple(elements=[cst.Element(key), cst.Element(value)]):
                        found = cst.DictComp(key, value, pairs.for_in)
                    case _:
                        return None
            case [cst.Arg(cst.Call(cst.Name("zip" | "enumerate")) | cst.List() | cst.Tuple() as pairs, None, star="")]:
                key, value = cst.Name(_KEY), cst.Name(_ITEM)
                found = cst.DictComp(key, value, cst.CompFor(cst.Tuple([cst.Element(key), cst.Element(value)]), pairs))
            case _:
                return None
        self.source.adopt(found, node, self.stmt)
        return found

    def lower_DictComp(self, node: cst.DictComp) -> Value:
        loop = loop_around(node.for_in, cst.Pass())

        def fill() -> Value:
            turns = None if node.for_in.inner_for_in is not None else self.few_turns(loop)
            if turns is None and isinstance(loop.iter, _NAMED) and self.span(loop.iter) not in self.known.lists:
                self.emit("items", [self.value(loop.iter)], loop.iter, help=_KEYS)  # it may be a dict
                return self.undef()
            if turns is None:
                raise self.refuse(node, "the keys of this dict are not known", _KEYS)
            entries = dict[Key, Value]()  # the last of equal keys counts
            for k, turn in enumerate(turns):
                with self.in_turn(k):
                    turn()
                    if all([self.is_met(each.test) for each in node.for_in.ifs]):
                        key = self.key(node.key)
                        entries[key] = self.value(node.value)
            return self.dict(node, list(entries), list(entries.values()))

        return self.within_own(node, [loop], fill)

    def is_met(self, condition: cst.BaseExpression) -> bool:
        """Whether a condition of constants holds: it tells which keys there are."""
        found = self.constants.get(self.value(condition))
        if not isinstance(found, bool):
            raise self.refuse(
                condition, "it is not known which keys this leaves out", "ask for the keys alone: `k != 'W'`"
            )
        return found

    def few_turns(self, loop: cst.For) -> list[Callable[[], None]] | None:
        """What binds the names of a loop in each of its turns, where they are few and their number is known."""
        found = self.zipped_items(loop) or self.iteration(loop)
        if isinstance(found, Rows):
            return [partial(self.bind_own, loop.target, row) for row in found.rows]
        bounds, _, bind = found
        numbers = [number for bound in bounds if type(number := self.constants.get(bound)) is int]
        if len(numbers) < len(bounds) or len(range(*numbers)) > _MANY:
            return None
        return [partial(self.turn, bind, k) for k in range(*numbers)]

    def zipped_items(self, loop: cst.For) -> Rows | None:
        """The rows of ``zip(names, xs)`` with names that are known: an ``xs`` with fewer items raises."""
        arguments = self.called(loop.iter, "zip")
        if not arguments or self.is_strict(loop.iter):
            return None
        found = [self.iterable(argument, loop.target) for argument in arguments]
        counts = [len(each.rows) for each in found if isinstance(each, Rows)]
        if not counts:
            return None
        others = [a for each, a in zip(found, arguments, strict=True) if isinstance(each, Indexed)]
        if not all(isinstance(other, _NAMED) for other in others):  # it may have fewer items, and not raise
            return None
        return Rows([[self.row_at(each, k) for each in found] for k in range(min(counts))])

    def row_at(self, of: Indexed | Rows, k: int) -> Row:
        return of.rows[k] if isinstance(of, Rows) else of.at(self.const(k))

    def turn(self, bind: Callable[[Value], None], index: int) -> None:
        bind(self.const(index))
