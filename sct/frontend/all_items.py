"""What is asked of all items: ``sum``, ``min``, ``max``, ``any``, ``all``, ``sorted``.

Before: ``sum(f(x) for x in xs)``.
After: what ``total = 0``, ``for x in xs:``, ``total = total + f(x)`` give, with variables of their own.
"""

from __future__ import annotations

import builtins

import libcst as cst

from sct.frontend.comprehensions import Gathering, block_of, loop_around, own_name
from sct.frontend.dicts import Dicts
from sct.frontend.iterables import Rows
from sct.frontend.scopes import FunctionValue, LibraryFunction, ModuleFunction
from sct.frontend.vocabulary import Row as Rule
from sct.ir.nodes import Value

_OF_ITEMS = frozenset({"math__prod", "functools__reduce", "itertools__accumulate"})
"""What takes an iterable, of which a generator may be a list; by the names of `sct.rules.definitions`."""
_LAZY = ("map", "filter", "list")


class AllItems(Dicts):
    """Lowers the builtins that go through all items."""

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

    def total(self, node: cst.Call, argument: cst.BaseExpression, start: Value | None) -> Value:
        if not isinstance(argument, Gathering):
            return super().total(node, argument, start)
        name = own_name(f"{self.subject()}_sum")
        more = cst.BinaryOperation(cst.Name(name), cst.Add(), argument.elt)
        loop = loop_around(argument.for_in, cst.Assign([cst.AssignTarget(cst.Name(name))], more))

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
        name = own_name(f"{self.subject()}_{'any' if is_any else 'all'}")
        is_true = cst.Name(name)
        is_open, is_decided = (_not(is_true), is_true) if is_any else (is_true, _not(is_true))
        test = argument.elt if is_any else _not(argument.elt)
        decided = cst.Assign([cst.AssignTarget(cst.Name(name))], cst.Name(str(is_any)))
        loop = loop_around(argument.for_in, cst.If(test, block_of(decided)))
        again = cst.If(is_open, loop.body)
        stopping = loop_around(argument.for_in, cst.If(test, block_of(decided, cst.Break())), is_decided)

        def decide() -> Value:
            with self.at_once(loop.iter):
                found = self.iteration(loop)
                self.name_value(name, self.const(not is_any))
                if isinstance(found, Rows):
                    for k, row in enumerate(found.rows):
                        with self.in_turn(k):
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
        items, best = own_name(f"{self.subject()}_items"), own_name(f"{self.subject()}_{node.func.value}")
        rest = cst.Subscript(
            cst.Name(items), [cst.SubscriptElement(cst.Slice(lower=cst.Integer("1"), upper=None, step=None))]
        )
        better = cst.Call(node.func, [cst.Arg(cst.Name(best)), cst.Arg(cst.Name("item"))])
        loop = cst.For(cst.Name("item"), rest, block_of(cst.Assign([cst.AssignTarget(cst.Name(best))], better)))

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


def _not(test: cst.BaseExpression) -> cst.UnaryOperation:
    return cst.UnaryOperation(cst.Not(), test)
