"""Comprehensions to SSA.

Before: ``ys = [f(x) for x in xs if x > 0]``.
After: what ``ys = []``, ``for x in xs:``, ``if x > 0:``, ``ys.append(f(x))`` give, with variables of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import libcst as cst

from sct.frontend.containers import LIST
from sct.frontend.iterables import Indexed, Row, Rows
from sct.frontend.nests import Nests
from sct.frontend.phis import VIEWED
from sct.frontend.scan import bound, every
from sct.frontend.scopes import OURS, Scope
from sct.ir.nodes import Value
from sct.ir.types import Form

T = TypeVar("T")
Gathering = cst.ListComp | cst.GeneratorExp
_NO_TUPLE = "make it a list, `[… for … in …]`, or an array: a tuple is of a known number of items"


class Comprehensions(Nests):
    """Lowers comprehensions, and the builtins that mean one.

    ``inlined`` counts the scopes that are lowered in line: comprehensions, here, and functions.
    """

    inlined = 0

    def lower_ListComp(self, node: cst.ListComp) -> Value:
        return self.gathered(node, f"{self.subject()}_items")

    def assigned_value(self, target: cst.BaseExpression, node: cst.BaseExpression) -> Value:
        """The value of an assignment; a list that is gathered has the target's name from the start."""
        if isinstance(node, cst.ListComp) and isinstance(target, cst.Name):
            return self.gathered(node, target.value)
        if isinstance(node, Gathering) and isinstance(target, cst.Tuple | cst.List):
            count = self.turns(node.for_in)
            return self.gathered(node, f"{self.subject()}_items") if count is None else self.each(node, count)
        if isinstance(target, cst.Tuple | cst.List):
            self.taken.add(node)
        return self.value(node)

    def turns(self, comp: cst.CompFor) -> int | None:
        """How many turns ``for _ in range(3)`` takes; None for what is no plain range of a literal."""
        call = comp.iter
        if not isinstance(call, cst.Call) or len(call.args) != 1 or not is_plain(comp) or comp.asynchronous:
            return None
        (argument,) = call.args
        is_range = self.source.code(call.func) == "range" and not self.is_authors("range")
        is_literal = isinstance(argument.value, cst.Integer) and not argument.keyword and not argument.star
        return int(self.source.literal(argument.value)) if is_range and is_literal else None

    def each(self, node: Gathering, count: int, form: Form | None = LIST) -> Value:
        """The items of a comprehension over a range, where each gets a name: ``u, v = [f(k) for k in range(2)]``."""
        loop = loop_around(node.for_in, cst.Pass())

        def fill() -> Value:
            items = []
            for k in range(count):
                with self.in_turn(k):
                    self.bind(loop.target, self.const(k))
                    items.append(self.value(node.elt))
            return self.emit("tuple", items, node, form=form)

        return self.within_own(node, [loop], fill)

    def fixed(self, node: cst.Call, argument: cst.BaseExpression) -> Value:
        """``tuple(xs)`` of what has a known number of items."""
        mapped = self.called(argument, "map")
        if mapped and isinstance(argument, cst.Call):
            argument = self.comprehension(argument, "map", mapped)
        if isinstance(argument, Gathering):
            count = self.turns(argument.for_in)
            name = f"{self.subject()}_items"
            return self.gathered(argument, name, None) if count is None else self.each(argument, count, None)
        values = self.unpacked(argument, _NO_TUPLE)
        return self.undef() if values is None else self.emit("tuple", values, node)

    def subject(self) -> str:
        """What the statement is about, for names."""
        return "value" if self.stmt is None else self.stmt.target

    def gathered(self, node: Gathering, name: str, form: Form | None = LIST) -> Value:
        """The list of a comprehension's items; or the tuple, where their number is known."""
        name = own_name(name)
        append = cst.Call(cst.Attribute(cst.Name(name), cst.Name("append")), [cst.Arg(node.elt)])
        loop = loop_around(node.for_in, cst.Expr(append))

        def fill() -> Value:
            if self.combining(loop.iter) is not None and form is LIST:
                self.name_value(name, self.emit("tuple", [], node, form=LIST))
                self.do_For(loop)
                return self.env[self.scope.key(name)]
            with self.at_once(loop.iter):
                found = self.iteration(loop)
                if isinstance(found, Rows) and is_plain(node.for_in):
                    items = []
                    for k, row in enumerate(found.rows):
                        with self.in_turn(k):
                            self.bind_own(loop.target, row)
                            items.append(self.value(node.elt))
                    return self.emit("tuple", items, node, form=form)
                self.name_value(name, self.emit("tuple", [], node, form=LIST))
                self.go_over(loop, found)
            listed = self.env[self.scope.key(name)]
            return self.emit("items", [listed], node, help=_NO_TUPLE) if form is None else listed

        return self.within_own(node, [loop], fill, name)

    def bind_own(self, target: cst.BaseExpression, row: Row) -> None:
        """Assign a row to the names of a comprehension; a constant and an element need none of them."""
        before = len(self.block.ops)
        self.bind_row(target, row, target)
        for op in self.block.ops[before:]:
            if op.name in ("const", "getitem", "item"):
                op.result.hint = None

    def within_own(
        self, node: cst.BaseExpression, statements: list[cst.CSTNode], lower: Callable[[], T], *names: str
    ) -> T:
        """What ``lower`` gives in a scope of its own, with the names that ``statements``, made for ``node``, bind."""
        for named in every(node, cst.NamedExpr):
            assert isinstance(named.target, cst.Name)
            if self.scope.key(named.target.value) in self.env:
                reason = f"`:=` in a comprehension binds `{named.target.value}`, which has a value outside of it"
                raise self.refuse(named, reason, "use another name, or write the loop out")
        caller, stmt = self.scope, self.stmt
        for statement in statements:
            self.source.adopt(statement, node, stmt)
        self.inlined += 1
        mark = f" {self.inlined}"
        own = bound(statements) | set(names)
        self.scope = Scope(caller.source, caller.name, own, caller, mark, caller.via, stmt, caller.frames)
        try:
            return lower()
        finally:
            for key in [key for key in self.env if key.endswith(mark) and not key.startswith(VIEWED)]:
                del self.env[key]
            self.scope, self.stmt = caller, stmt

    def listing(self, node: cst.BaseExpression) -> Value:
        """The value of an argument, which may be a generator: the list of its items."""
        return self.gathered(node, f"{self.subject()}_items") if isinstance(node, Gathering) else self.value(node)

    def comprehension(self, node: cst.Call, name: str, arguments: list[cst.BaseExpression]) -> Gathering:
        """What ``map(f, xs)``, ``filter(f, xs)`` and ``list(xs)`` mean."""
        if name == "list" and len(arguments) == 1 and isinstance(arguments[0], Gathering):
            return arguments[0]
        for lazy in ("map", "filter") if name == "list" and len(arguments) == 1 else ():
            inner = self.called(arguments[0], lazy)
            if inner and isinstance(arguments[0], cst.Call):
                return self.comprehension(arguments[0], lazy, inner)
        given = arguments[:1] if name == "list" else arguments[1:]
        if not given or (name != "map" and len(given) > 1):
            raise self.refuse(node, f"this call of `{name}` is not supported", "write a list comprehension")
        items = [cst.Name(f"item_{k}" if k else "item") for k in range(len(given))]
        call = cst.Call(arguments[0], [cst.Arg(item) for item in items])
        if len(items) == 1:
            loop = cst.CompFor(items[0], given[0])
        else:
            zipped = cst.Call(cst.Name("zip"), [cst.Arg(argument) for argument in given])
            loop = cst.CompFor(cst.Tuple([cst.Element(item) for item in items]), zipped)
        if name == "filter":
            loop = loop.with_changes(ifs=[cst.CompIf(call)])
        found = cst.ListComp(call if name == "map" else items[0], loop)
        self.source.adopt(found, node, self.stmt)
        return found

    def extend(self, node: cst.BaseExpression, xs: cst.BaseExpression, items: cst.BaseExpression) -> None:
        """``xs.extend(items)``: an ``append`` for each item."""
        item = cst.Name(own_name("item"))
        append = cst.Call(cst.Attribute(xs, cst.Name("append")), [cst.Arg(item)])
        loop = cst.For(item, items, block_of(cst.Expr(append)))
        self.within_own(node, [loop], lambda: self.do_For(loop))

    def elements(self, node: cst.BaseExpression, target: cst.BaseExpression) -> Indexed | Rows:
        mapped = self.called(node, "map")
        lazy: Gathering | None = node if isinstance(node, cst.GeneratorExp) else None
        if mapped and isinstance(node, cst.Call):
            lazy = self.comprehension(node, "map", mapped)
        if lazy is not None and is_plain(lazy.for_in):
            return self.item_a_turn(node, lazy)
        if isinstance(node, cst.GeneratorExp):
            node = cst.ListComp(node.elt, node.for_in)
            self.source.adopt(node, node.elt, self.stmt)
        return super().elements(node, target)

    def item_a_turn(self, node: cst.BaseExpression, lazy: Gathering) -> Indexed | Rows:
        """What a loop goes over whose items are computed in its turns, as Python does."""
        of, items = lazy.for_in.target, self.iterable(lazy.for_in.iter, lazy.for_in.target)

        def item(row: Row) -> Value:
            def compute() -> Value:
                self.bind_row(of, row, node)
                return self.value(lazy.elt)

            return self.within_own(node, [loop_around(lazy.for_in, cst.Pass())], compute)

        if isinstance(items, Rows):
            return Rows([partial(item, row) for row in items.rows])
        return Indexed(items.lengths, lambda index: lambda: item(items.at(index)))


def loop_around(
    comp: cst.CompFor,
    turn: cst.BaseSmallStatement | cst.BaseCompoundStatement,
    is_over: cst.BaseExpression | None = None,
) -> cst.For:
    """The loops and conditions of a comprehension around a statement; those around a loop end where ``is_over``."""
    statements = [turn]
    if comp.asynchronous is None and comp.inner_for_in is not None:
        statements = [loop_around(comp.inner_for_in, turn, is_over)]
        statements += [cst.If(is_over, block_of(cst.Break()))] if is_over is not None else []
    for condition in reversed(comp.ifs):
        statements = [cst.If(condition.test, block_of(*statements))]
    return cst.For(comp.target, comp.iter, block_of(*statements), asynchronous=comp.asynchronous)


def block_of(*statements: cst.BaseSmallStatement | cst.BaseCompoundStatement) -> cst.IndentedBlock:
    return cst.IndentedBlock(
        [cst.SimpleStatementLine([each]) if isinstance(each, cst.BaseSmallStatement) else each for each in statements]
    )


def own_name(name: str) -> str:
    """A variable that no expression of the author's means."""
    return name + OURS


def is_plain(comp: cst.CompFor) -> bool:
    """Whether each turn of the comprehension gives one item."""
    return not comp.ifs and comp.inner_for_in is None
