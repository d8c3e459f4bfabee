"""A ``deque`` is lowered as the list of its items.

Before: ``queue = deque([x])``, ``queue.appendleft(y)`` and ``first = queue.popleft()``.
After: ``queue = [x]``, ``queue.insert(0, y)`` and ``first = queue.pop(0)``.
"""

from __future__ import annotations

import libcst as cst

from sct.frontend.containers import LIST
from sct.frontend.list_changes import ListChanges
from sct.frontend.scopes import LibraryFunction
from sct.ir.nodes import Value

_BRINGS = frozenset({"collections", "collections.deque"})
_BOUNDED = "leave `maxlen` out, and write `if len(q) == n: q.popleft()` before `q.append(x)`"


class Deques(ListChanges):
    """Lowers what makes a deque, and its methods at its beginning."""

    def lower_Call(self, node: cst.Call) -> Value:
        if self.is_of_module(node.func, "collections.deque"):
            return self.deque(node)
        if isinstance(node.func, cst.Attribute) and node.func.attr.value == "popleft" and not node.args:
            return self.popped(node, node.func.value)
        return super().lower_Call(node)

    def is_one(self, value: Value, kind: cst.BaseExpression) -> bool | None:
        if self.source.code(kind) == "list" and any(self.source.in_full(k) in _BRINGS for k in self.source.names):
            raise self.refuse(
                kind, "a deque is no list, and this module may make one", "use lists alone, or do not ask"
            )
        return super().is_one(value, kind)

    def deque(self, node: cst.Call) -> Value:
        match node.args:
            case []:
                return self.emit("tuple", [], node, form=LIST)
            case [cst.Arg(cst.List() | cst.ListComp() | cst.BinaryOperation(cst.List()) as own, keyword=None)]:
                return self.value(own)
            case [cst.Arg(keyword=None, star="")]:
                return self.call(node, LibraryFunction(self.span(node), "builtins", "list", "list"))
        raise self.refuse(node, "a deque that has a greatest length is not supported", _BOUNDED)
