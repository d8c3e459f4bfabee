"""Changes of a list but at its end: its name stands for another list from there on.

Before: ``first = queue.pop(0)``, ``xs.insert(k, x)``, ``xs.reverse()`` and ``xs.sort()``.
After: ``first = queue[0]; queue = queue[1:]``, ``xs = xs[:k] + [x] + xs[k:]``, ``xs = xs[::-1]`` and
``xs = sorted(xs)``.

What changes so is marked as rewriting the list: where another name may see that, it is refused (`sct.analysis.alias`).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, reduce

import libcst as cst

from sct.frontend.containers import LIST
from sct.frontend.nested import Nested
from sct.frontend.scan import every
from sct.frontend.scopes import LibraryFunction
from sct.ir.nodes import Value

_METHODS = frozenset({"append", "appendleft", "extend", "insert", "pop", "popleft", "reverse", "sort"})
_KEYS = (cst.SimpleString, cst.Tuple)
_OF_LISTS = frozenset({"key", "reverse"})
"""The keywords of a list's ``sort``, which an array's does not have."""


class ListChanges(Nested):
    """Lowers what changes a list elsewhere than at its end."""

    @abstractmethod
    def put_back(self, node: cst.BaseExpression, array: Value, after: Value) -> None:
        """Let what holds the list that ``node`` reads hold its new version."""

    def popped(self, node: cst.Call, of: cst.BaseExpression) -> Value:
        if node not in rewriting(self.source.module):
            return super().popped(node, of)
        usual = 0 if cst.ensure_type(node.func, cst.Attribute).attr.value == "popleft" else -1
        k = self.value(node.args[0].value) if node.args else self.const(usual)
        item = self.emit("getitem", [self.value(of), k], node)
        self.rewrite(node, of, lambda xs: self.without(xs, k, node))
        return item

    def sorted_in_place(self, call: cst.Call, of: cst.BaseExpression) -> bool:
        """Lower ``xs.sort()`` of a list; False for another call, and as long as it is not known that it is a list."""
        names = {argument.keyword.value for argument in call.args if argument.keyword is not None}
        is_list = bool(names & _OF_LISTS) or self.span(call) in self.known.lists
        if not is_list or cst.ensure_type(call.func, cst.Attribute).attr.value != "sort":
            return False
        ordered = cst.Call(cst.Name("sorted"), [cst.Arg(of), *call.args])
        self.source.adopt(ordered, call, self.stmt)
        function = LibraryFunction(self.span(call), "builtins", "sorted", "sorted")
        self.rewrite(call, of, lambda xs: self.call_library(ordered, function))
        return True

    def rewrote(self, call: cst.Call, of: cst.BaseExpression, arguments: list[cst.BaseExpression]) -> bool:
        """Lower ``xs.insert(k, x)`` and its like, and ``xs.append(x)`` of such a list; False for another call."""
        if call not in rewriting(self.source.module):
            return False
        name, count = cst.ensure_type(call.func, cst.Attribute).attr.value, len(arguments)
        if (name, count) in (("insert", 2), ("appendleft", 1)):
            *place, value = map(self.value, arguments)
            k = place[0] if place else self.const(0)
            self.rewrite(call, of, lambda xs: self.inserted(xs, k, value, call))
        elif (name, count) == ("reverse", 0):
            self.rewrite(call, of, lambda xs: self.emit("getitem", [xs, self.part(None, None, self.const(-1))], call))
        elif name in ("append", "extend") and count == 1:
            starred = cst.StarredElement(arguments[0])
            more = cst.List([cst.Element(arguments[0]) if name == "append" else starred])
            self.source.adopt(more, call, self.stmt)
            items = self.value(more)
            self.rewrite(call, of, lambda xs: self.in_a_row([xs, items], xs, call))
        else:
            return False
        return True

    def deleted(self, part: cst.Subscript) -> None:
        """``del xs[k]``."""
        match part.slice:
            case [cst.SubscriptElement(cst.Index(index))] if not isinstance(index, _KEYS):
                k = self.value(index)
                self.emit("holds", [self.value(part.value)], part, is_list=True)
                self.rewrite(part, part.value, lambda xs: self.without(xs, k, part))
            case _:
                help_ = "make another one of those that stay: `xs = xs[:k]`, `{k: v for k, v in d.items() if k != 'a'}`"
                raise self.refuse(part, "only a name, or an item of a list, can be deleted", help_)

    def rewrite(self, node: cst.CSTNode, of: cst.BaseExpression, make: Callable[[Value], Value]) -> None:
        xs = self.value(of)
        after = make(xs)
        next(op for op in reversed(self.block.ops) if after in op.results).attrs["rewrites"] = xs
        self.renew(xs, after)
        self.put_back(of, xs, after)

    def without(self, xs: Value, k: Value, node: cst.CSTNode) -> Value:
        """A list without its item ``k``."""
        known = self.constants.get(k)
        if known in (0, -1):
            part = self.part(self.const(1), None) if known == 0 else self.part(None, k)
            return self.emit("getitem", [xs, part], node)
        if not isinstance(known, int) or known < 0:
            length = self.emit("len", [xs], node, style="call", lib="builtins")
            k = self.emit("mod", [k, length], node, style="operator")
        behind = self.emit("add", [k, self.const(1)], node, style="operator")
        return self.in_a_row([(None, k), (behind, None)], xs, node)

    def inserted(self, xs: Value, k: Value, value: Value, node: cst.Call) -> Value:
        item = self.emit("tuple", [value], node, form=LIST)
        if self.constants.get(k) == 0:
            return self.emit("add", [item, xs], node, style="operator")
        return self.in_a_row([(None, k), item, (k, None)], xs, node)

    def in_a_row(self, parts: list[Value | tuple[Value | None, Value | None]], xs: Value, node: cst.CSTNode) -> Value:
        """Lists and parts of ``xs``, one behind the other."""
        lists = [
            self.emit("getitem", [xs, self.part(*part)], node) if isinstance(part, tuple) else part for part in parts
        ]
        return reduce(lambda a, b: self.emit("add", [a, b], node, style="operator"), lists)

    def part(self, start: Value | None, stop: Value | None, step: Value | None = None) -> Value:
        """``start:stop:step``."""
        return self.emit("slice", [self.const(None) if end is None else end for end in (start, stop, step)], None)


@lru_cache(maxsize=8)
def rewriting(module: cst.Module) -> frozenset[cst.CSTNode]:
    """The calls, and what is deleted, that change a list which one of them changes elsewhere than at its end.

    Lists are told apart by their names in a function, and by their attributes in the module: of one that changes so,
    what puts items at its end makes another list as well.
    """
    found, attributes = set[cst.CSTNode](), list[tuple[str, cst.CSTNode]]()
    for function in (node for node in every(module, cst.FunctionDef)):
        calls = list(_changes(function))
        named = {text for text, call in calls if _is_inside(call)}
        found.update(call for text, call in calls if text in named)
        attributes += [(text, call) for text, call in calls if "." in text]
    inside = {text for text, call in attributes if _is_inside(call)}
    return frozenset(found | {call for text, call in attributes if text in inside})


def _changes(function: cst.FunctionDef) -> Iterator[tuple[str, cst.CSTNode]]:
    """What changes a list in a function, each with the list's text."""
    for deleted in every(function, cst.Del):
        target = cst.ensure_type(deleted, cst.Del).target
        targets = [part.value for part in target.elements] if isinstance(target, cst.Tuple | cst.List) else [target]
        for part in targets:
            if isinstance(part, cst.Subscript):
                yield cst.Module([]).code_for_node(part.value), part
    for call in every(function, cst.Call):
        if isinstance(call.func, cst.Attribute) and call.func.attr.value in _METHODS:
            yield cst.Module([]).code_for_node(call.func.value), call


def _is_inside(call: cst.CSTNode) -> bool:
    """Whether what changes a list does so elsewhere than at its end."""
    if not isinstance(call, cst.Call):
        return True
    name, args = cst.ensure_type(call.func, cst.Attribute).attr.value, call.args
    if name != "pop":
        return name in ("appendleft", "popleft", "sort") or (name, len(args)) in (("insert", 2), ("reverse", 0))
    is_plain = len(args) == 1 and not args[0].star and not isinstance(args[0].value, cst.SimpleString)
    return is_plain and not _is_last(args)


def _is_last(args: Sequence[cst.Arg]) -> bool:
    match args:
        case [cst.Arg(cst.UnaryOperation(cst.Minus(), cst.Integer("1")))]:
            return True
    return False
