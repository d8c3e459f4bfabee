"""Comprehensions to SSA, and what is asked of all items: ``sum``, ``min``, ``max``, ``any``, ``all``.

Before: ``ys = [f(x) for x in xs if x > 0]`` and ``sum(f(x) for x in xs)``.
After: what ``ys = []``, ``for x in xs:``, ``if x > 0:``, ``ys.append(f(x))`` give, with variables of their own; and
``total = 0``, ``for x in xs:``, ``total = total + f(x)``.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import libcst as cst

from sct.frontend.containers import LIST
from sct.frontend.iterables import Indexed, Row, Rows
from sct.frontend.nests import Nests
from sct.frontend.phis import VIEWED
from sct.frontend.scan import bound, every
from sct.frontend.scopes import OURS, FunctionValue, LibraryFunction, ModuleFunction, Scope
from sct.frontend.vocabulary import Row as Rule
from sct.ir.nodes import Value
from sct.ir.types import Form

T = TypeVar("T")
Gathering = cst.ListComp | cst.GeneratorExp
_OF_ITEMS = frozenset({"math__prod", "functools__reduce", "itertools__accumulate"})
"""What takes an iterable, of which a generator may be a list; by the names of `sct.rules.definitions`."""
_LAZY = ("map", "filter", "list")
_NO_TUPLE = "make it a list, `[… for … in …]`, or an array: a tuple is of a known number of items"


class Comprehensions(Nests):
    """Lowers comprehensions, and the builtins that go through all items.

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
        if not isinstance(call, cst.Call) or len(call.args) != 1 or not _is_plain(comp) or comp.asynchronous:
            return None
        (argument,) = call.args
        is_range = self.source.code(call.func) == "range" and not self.is_authors("range")
        is_literal = isinstance(argument.value, cst.Integer) and not argument.keyword and not argument.star
        return int(self.source.literal(argument.value)) if is_range and is_literal else None

    def each(self, node: Gathering, count: int, form: Form | None = LIST) -> Value:
        """The items of a comprehension over a range, where each gets a name: ``u, v = [f(k) for k in range(2)]``."""
        loop = _loop(node.for_in, cst.Pass())

        def fill() -> Value:
            items = []
            for k in range(count):
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
        name = _own(name)
        append = cst.Call(cst.Attribute(cst.Name(name), cst.Name("append")), [cst.Arg(node.elt)])
        loop = _loop(node.for_in, cst.Expr(append))

        def fill() -> Value:
            if self.combining(loop.iter) is not None and form is LIST:
                self.name_value(name, self.emit("tuple", [], node, form=LIST))
                self.do_For(loop)
                return self.env[self.scope.key(name)]
            with self.at_once(loop.iter):
                found = self.iteration(loop)
                if isinstance(found, Rows) and _is_plain(node.for_in):
                    items = []
                    for row in found.rows:
                        self.bind_own(loop.target, row)
                        items.append(self.value(node.elt))
                    return self.emit("tuple", items, node, form=form)
                self.name_value(name, self.emit("tuple", [], node, form=LIST))
                self.go_over(loop, found)
            listed = self.env[self.scope.key(name)]
            return self.emit("items", [listed], node, help=_NO_TUPLE) if form is None else listed

        return self.within_own(node, [loop], fill, name)

    def lower_DictComp(self, node: cst.DictComp) -> Value:
        loop = _loop(node.for_in, cst.Pass())

        def fill() -> Value:
            found = self.iteration(loop)
            if not isinstance(found, Rows) or not _is_plain(node.for_in):
                help_ = "go over a dict, or over a tuple of constant strings"
                raise self.refuse(node, "the keys of this dict are not known", help_)
            labels, values = [], []
            for row in found.rows:
                self.bind_own(loop.target, row)
                labels.append(self.constant_key(node.key))
                values.append(self.value(node.value))
            return self.dict(node, labels, values)

        return self.within_own(node, [loop], fill)

    def bind_own(self, target: cst.BaseExpression, row: Row) -> None:
        """Assign a row to the names of a comprehension; a constant needs none of them."""
        before = len(self.block.ops)
        self.bind_row(target, row, target)
        for op in self.block.ops[before:]:
            if op.name == "const":
                op.result.hint = None

    def constant_key(self, node: cst.BaseExpression) -> str:
        value = self.value(node)
        maker = next((op for op in reversed(self.block.ops) if value in op.results), None)
        key = maker.attrs["value"] if maker is not None and maker.name == "const" else None
        if not isinstance(key, str):
            raise self.refuse(node, "the keys of a dict must be constant strings", "use a list, or an array")
        return key

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

    # builtins

    def call(self, node: cst.Call, function: FunctionValue) -> Value:
        builtin = isinstance(function, LibraryFunction) and function.library == "builtins"
        generator = next((a.value for a in node.args if isinstance(a.value, cst.GeneratorExp)), None)
        if generator is not None and _takes_items(function):
            listed = [a.with_changes(value=self.in_list(a.value)) for a in node.args]
            node = node.with_changes(args=listed)
            self.source.adopt(node, generator, self.stmt)
        elif generator is not None and not builtin:
            name = self.source.code(node.func)
            if not hasattr(builtins, name.split(".")[-1]):
                reason, help_ = f"`{name}` is given a generator", "make an array of it: `np.array([… for … in …])`"
                raise self.refuse(generator, reason, help_)
            whose = f"that of {function.library}" if isinstance(function, LibraryFunction) else "a function of yours"
            reason = f"`{name}` is {whose} here, and is given a generator"
            raise self.refuse(generator, reason, "give it a list: `[… for … in …]`; or rename it, to call Python's own")
        return super().call(node, function)

    def call_library(self, node: cst.Call, function: LibraryFunction) -> Value:
        self.take(node, function)
        arguments = [argument.value for argument in node.args if not (argument.keyword or argument.star)]
        if function.library == "builtins" and function.name == "sorted" and len(arguments) == 1:
            return self.sorted(node, arguments[0])
        if function.library == "builtins" and len(arguments) == len(node.args):
            if function.name == "tuple" and len(arguments) == 1:
                return self.fixed(node, arguments[0])
            if function.name in _LAZY:
                return self.gathered(self.comprehension(node, function.name, arguments), f"{self.subject()}_items")
            if function.name in ("any", "all") and len(arguments) == 1 and isinstance(arguments[0], Gathering):
                return self.quantified(node, arguments[0], function.name == "any")
        return super().call_library(node, function)

    def sorted(self, node: cst.Call, argument: cst.BaseExpression) -> Value:
        """``sorted(xs)`` of numbers: the list of ``np.sort(np.array(xs))``."""
        options = [argument for argument in node.args if argument.keyword is not None]
        wrong = next((option for option in options if option.keyword and option.keyword.value != "reverse"), None)
        if wrong is not None or len(options) > 1:
            raise self.refuse(wrong or node, "`sorted` has no such keyword", "give it `key=` and `reverse=` alone")
        backward = bool(options) and bool(self.static(options[0]))
        xs = self.listing(argument)
        found = self.emit("sort", [xs], node, axis=-1, style="call", lib="numpy")
        if backward:
            backwards = self.emit("slice", [self.const(None), self.const(None), self.const(-1)], None)
            found = self.emit("getitem", [found, backwards], node)
        return self.emit("listed", [found, xs], node, of_numbers=True)

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
        item = cst.Name(_own("item"))
        append = cst.Call(cst.Attribute(xs, cst.Name("append")), [cst.Arg(item)])
        loop = cst.For(item, items, _block(cst.Expr(append)))
        self.within_own(node, [loop], lambda: self.do_For(loop))

    def elements(self, node: cst.BaseExpression, target: cst.BaseExpression) -> Indexed | Rows:
        mapped = self.called(node, "map")
        lazy: Gathering | None = node if isinstance(node, cst.GeneratorExp) else None
        if mapped and isinstance(node, cst.Call):
            lazy = self.comprehension(node, "map", mapped)
        if lazy is not None and _is_plain(lazy.for_in):
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

            return self.within_own(node, [_loop(lazy.for_in, cst.Pass())], compute)

        if isinstance(items, Rows):
            return Rows([partial(item, row) for row in items.rows])
        return Indexed(items.lengths, lambda index: lambda: item(items.at(index)))

    def total(self, node: cst.Call, argument: cst.BaseExpression, start: Value | None) -> Value:
        if not isinstance(argument, Gathering):
            return super().total(node, argument, start)
        name = _own(f"{self.subject()}_sum")
        more = cst.BinaryOperation(cst.Name(name), cst.Add(), argument.elt)
        loop = _loop(argument.for_in, cst.Assign([cst.AssignTarget(cst.Name(name))], more))

        place = self.span(node)
        of_arrays = place in self.known.sums
        zero = {"sum": place, "of_arrays": of_arrays}

        def add() -> Value:
            self.name_value(name, self.emit("const", [], node, value=0, text="0", **zero) if start is None else start)
            self.do_For(loop)
            found = self.env[self.scope.key(name)]
            if of_arrays:
                rank = self.emit("ndim", [found], node, style="call", lib="numpy")
                test = self.emit("gt", [rank, self.const(0)], node, style="operator")
                self.effect("assert", [test, self.const("the sum of no arrays is no array")], node)
            return found

        return self.within_own(argument, [loop], add)

    def quantified(self, node: cst.Call, argument: Gathering, is_any: bool) -> Value:
        """Whether any, or all, of a comprehension's items are true: as Python does, up to the one that decides."""
        name = _own(f"{self.subject()}_{'any' if is_any else 'all'}")
        is_true = cst.Name(name)
        is_open, is_decided = (_not(is_true), is_true) if is_any else (is_true, _not(is_true))
        test = argument.elt if is_any else _not(argument.elt)
        decided = cst.Assign([cst.AssignTarget(cst.Name(name))], cst.Name(str(is_any)))
        loop = _loop(argument.for_in, cst.If(test, _block(decided)))
        again = cst.If(is_open, loop.body)
        stopping = _loop(argument.for_in, cst.If(test, _block(decided, cst.Break())), is_decided)

        def decide() -> Value:
            with self.at_once(loop.iter):
                found = self.iteration(loop)
                self.name_value(name, self.const(not is_any))
                if isinstance(found, Rows):
                    for k, row in enumerate(found.rows):
                        self.bind_own(loop.target, row)
                        self.sequence_of([again] if k else list(loop.body.body))
                else:
                    self.go_over(stopping, found)
            return self.env[self.scope.key(name)]

        return self.within_own(argument, [loop, again, stopping], decide)

    def in_list(self, node: cst.BaseExpression) -> cst.BaseExpression:
        """A generator as a list."""
        if not isinstance(node, cst.GeneratorExp):
            return node
        listed = cst.ListComp(node.elt, node.for_in)
        self.source.adopt(listed, node, self.stmt)
        return listed

    def extreme(self, node: cst.Call, row: Rule) -> Value:
        argument = node.args[0].value
        if len(node.args) == 1 and isinstance(argument, cst.GeneratorExp):
            node = node.with_changes(args=[cst.Arg(self.in_list(argument))])
            self.source.adopt(node, argument, self.stmt)
            argument = node.args[0].value
        if len(node.args) != 1 or self.span(argument) not in self.known.lists:
            return super().extreme(node, row)
        assert isinstance(node.func, cst.Name)
        items, best = _own(f"{self.subject()}_items"), _own(f"{self.subject()}_{node.func.value}")
        rest = cst.Subscript(
            cst.Name(items), [cst.SubscriptElement(cst.Slice(lower=cst.Integer("1"), upper=None, step=None))]
        )
        better = cst.Call(node.func, [cst.Arg(cst.Name(best)), cst.Arg(cst.Name("item"))])
        loop = cst.For(cst.Name("item"), rest, _block(cst.Assign([cst.AssignTarget(cst.Name(best))], better)))

        def choose() -> Value:
            value = self.value(argument)
            self.name_value(items, value)
            self.name_value(best, self.emit("getitem", [value, self.const(0)], node))
            self.do_For(loop)
            return self.env[self.scope.key(best)]

        return self.within_own(argument, [loop], choose, items)


def _takes_items(function: FunctionValue) -> bool:
    """Whether a function of Python's own goes through all items of what it is given."""
    if isinstance(function, LibraryFunction):
        return f"{function.library}__{function.name}" in _OF_ITEMS
    return isinstance(function, ModuleFunction) and function.ref.name in _OF_ITEMS


def _loop(
    comp: cst.CompFor,
    turn: cst.BaseSmallStatement | cst.BaseCompoundStatement,
    is_over: cst.BaseExpression | None = None,
) -> cst.For:
    """The loops and conditions of a comprehension around a statement; those around a loop end where ``is_over``."""
    statements = [turn]
    if comp.asynchronous is None and comp.inner_for_in is not None:
        statements = [_loop(comp.inner_for_in, turn, is_over)]
        statements += [cst.If(is_over, _block(cst.Break()))] if is_over is not None else []
    for condition in reversed(comp.ifs):
        statements = [cst.If(condition.test, _block(*statements))]
    return cst.For(comp.target, comp.iter, _block(*statements), asynchronous=comp.asynchronous)


def _block(*statements: cst.BaseSmallStatement | cst.BaseCompoundStatement) -> cst.IndentedBlock:
    return cst.IndentedBlock(
        [cst.SimpleStatementLine([each]) if isinstance(each, cst.BaseSmallStatement) else each for each in statements]
    )


def _not(test: cst.BaseExpression) -> cst.UnaryOperation:
    return cst.UnaryOperation(cst.Not(), test)


def _own(name: str) -> str:
    """A variable that no expression of the author's means."""
    return name + OURS


def _is_plain(comp: cst.CompFor) -> bool:
    """Whether each turn of the comprehension gives one item."""
    return not comp.ifs and comp.inner_for_in is None
