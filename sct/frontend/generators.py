"""Functions that yield what a loop goes over: their items are put into a list before the loop.

Before: ``for w in windows(x): …``, with ``yield x[i : i + 2]`` in ``windows``.
After: the statements of ``windows`` with ``windows_items.append(x[i : i + 2])``, and ``for w in windows_items: …``.

Python runs such a function as the loop goes on: one that changes, or is changed by, what is outside of it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial

import libcst as cst

from sct.frontend.containers import LIST
from sct.frontend.inline import Inlining
from sct.frontend.iterables import Indexed, Rows
from sct.frontend.scan import every, walk
from sct.frontend.scopes import OURS, Closure, FunctionValue, LibraryFunction, ModuleFunction
from sct.ir.nodes import Value

_TAKE_ALL = frozenset({"sum", "min", "max", "any", "all", "sorted", "tuple", "list"})
_ITEM = f"item{OURS}"


class Generators(Inlining):
    """Lowers calls of functions that yield."""

    yielding: tuple[str, ...] = ()  # the environment's names of the lists that are being filled

    def generator(self, node: cst.BaseExpression) -> Closure | ModuleFunction | None:
        """The function that yields what a call goes over."""
        if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Name):
            return None
        key = self.scope.key(node.func.value)
        found = self.env.get(key)
        if found is None and not self.scope.binds(node.func.value) and node.func.value in self.source.functions:
            found = self.value(node.func)
        return found if isinstance(found, Closure | ModuleFunction) and is_generator(found.node) else None

    def iterable(self, node: cst.BaseExpression, target: cst.BaseExpression) -> Indexed | Rows:
        return super().iterable(node, target) if self.generator(node) is None else self.elements(node, target)

    def elements(self, node: cst.BaseExpression, target: cst.BaseExpression) -> Indexed | Rows:
        function = self.generator(node)
        if function is None or not isinstance(node, cst.Call):
            return super().elements(node, target)
        value = self.all_items(node, function)
        length = self.emit("len", [value], node, style="call", lib="builtins", iterated=True)
        now = self.watched(value, node)
        return Indexed([length], lambda index: partial(self.read, now(), index, target))

    def lazy(self, node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
        if self.generator(node) is not None:
            yield node
        yield from super().lazy(node)

    def all_items(self, node: cst.Call, function: Closure | ModuleFunction) -> Value:
        """The list of what a function yields."""
        definition = cst.ensure_type(function.node, cst.FunctionDef)
        if any(_is_endless(loop) for loop in walk(definition.body.body)):
            reason = f"`{function.name}` may yield without an end: its items are put into a list before the loop"
            raise self.refuse(node, reason, "yield in a `for`, or in a `while` with a condition")
        default = (
            partial(self.default, node, function)
            if isinstance(function, Closure)
            else partial(self.constant_default, node, function.source)
        )
        given = self.given(node, function.name, definition.params, default)
        if given is None:
            return self.undef()
        if isinstance(function, ModuleFunction):
            self.callees[function.ref] = None
        before, written, key = dict(self.env), self.written, f"{function.name}_items {len(self.yielding)} yielded"
        self.env[key] = self.emit("tuple", [], node, form=LIST)
        self.env[key].hint = f"{function.name}_items"
        self.yielding, self.written = (*self.yielding, key), set()
        self.inline(node, function, given)
        self.yielding, items = self.yielding[:-1], self.env.pop(key)
        outside = {name for name, value in before.items() if self.env.get(name) is not value}
        self.written |= written
        if outside:
            reason = f"`{function.name}` changes what is outside of it as it yields"
            raise self.refuse(node, reason, "let it change copies, or write the loop where it is called")
        return items

    def add_item(self, node: cst.Yield) -> None:
        """``yield x``, or ``yield from xs``."""
        key = self.yielding[-1]
        if isinstance(node.value, cst.From):
            loop = cst.CompFor(cst.Name(_ITEM), node.value.item)
            more = cst.ListComp(cst.Name(_ITEM), loop)
            self.source.adopt(more, node, self.stmt)
            items = self.value(more)
            self.env[key] = self.emit("add", [self.env[key], items], node, style="operator")
        else:
            value = self.const(None) if node.value is None else self.value(node.value)
            xs = self.env[key]
            self.renew(xs, self.emit("append", [xs, value], node))

    def call_library(self, node: cst.Call, function: LibraryFunction) -> Value:
        if function.library == "builtins" and function.name in _TAKE_ALL:
            found = [argument for argument in node.args if self.generator(argument.value) is not None]
            for argument in found:
                items = cst.GeneratorExp(cst.Name(_ITEM), cst.CompFor(cst.Name(_ITEM), argument.value))
                self.source.adopt(items, argument.value, self.stmt)
                args = [each.with_changes(value=items) if each is argument else each for each in node.args]
                node = node.with_changes(args=args)
                self.source.adopt(node, argument.value, self.stmt)
        return super().call_library(node, function)

    def call(self, node: cst.Call, function: FunctionValue) -> Value:
        if isinstance(function, Closure | ModuleFunction) and is_generator(function.node):
            reason = f"`{function.name}` gives its items once, and computes them when they are asked for"
            raise self.refuse(
                node, reason, f"go over it where it is called, or make a list: `list({function.name}(…))`"
            )
        return super().call(node, function)


@lru_cache(maxsize=256)
def is_generator(node: cst.FunctionDef | cst.Lambda) -> bool:
    """Whether a function yields, itself and not one in it."""
    if isinstance(node, cst.Lambda):
        return False
    inner = [part for part in every(node.body, cst.FunctionDef, cst.Lambda)]
    nested = {part for function in inner for part in every(function, cst.Yield)}
    return any(part not in nested for part in every(node.body, cst.Yield))


def _is_endless(node: cst.CSTNode) -> bool:
    """Whether a loop ends by nothing that is written in its head."""
    return isinstance(node, cst.While) and isinstance(node.test, cst.Name | cst.Integer)
