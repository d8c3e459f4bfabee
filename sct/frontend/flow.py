"""Statements in a row, branches, and what jumps out of them.

Before: ``if c: return a`` and then the rest of the function.
After: ``if c { yield a } else { rest }``: what follows a branch that may jump goes into the branches that do
not, so that the blocks need no jumps.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import libcst as cst

from sct.errors import Diagnostic, RefusedError
from sct.frontend.containers import Containers
from sct.frontend.known import Known
from sct.frontend.phis import BROKE, RESULT, RETURNED, VIEWED, Group
from sct.frontend.scan import assigned, every, is_endless, is_hook, jumps, walk
from sct.frontend.scopes import Scope
from sct.frontend.views import viewed
from sct.frontend.vocabulary import Vocabulary
from sct.ir.nodes import If, Statement, Value

Nodes = list[cst.CSTNode]
Compound = cst.If | cst.For | cst.While


@dataclass(frozen=True)
class Exit:
    """Where a list of statements leads: to the end of the function, or around a loop that carries ``groups``.

    A group is the names that stand for one value, at the start of a turn and at its end; ``parted`` are those of which
    a turn turned out to make several.  ``broke`` is the environment's name for whether the loop was left by ``break``,
    where its ``else`` asks for that.  ``handed`` are the names that are handed back with the function's result.
    """

    groups: tuple[Group, ...] | None = None
    stops: bool = False
    returns: bool = False
    broke: str | None = None
    handed: tuple[str, ...] = ()
    parted: set[Group] = field(default_factory=set)


class Flow(Containers):
    """Lowers the branches of one function; its other statements are for a subclass."""

    def __init__(self, scope: Scope, rows: Vocabulary, known: Known) -> None:
        super().__init__(scope, rows, known)
        self.problems: list[Diagnostic] = []

    @abstractmethod
    def statement(self, node: cst.CSTNode, line: cst.CSTNode) -> None:
        """Lower a statement that does not jump."""

    # statements in a row

    def run(self, nodes: list[cst.CSTNode], leave: Exit) -> list[Value]:
        """Lower statements up to where they lead; the values that this path hands on."""
        for position, node in enumerate(nodes):
            rest = nodes[position + 1 :]
            if isinstance(node, cst.SimpleStatementLine):
                for small in node.body:
                    if isinstance(small, cst.Return | cst.Break | cst.Continue):
                        return self.jump(small, node, leave)
                    self.attempt(small, node)
                    if isinstance(small, cst.Raise) and leave.groups is None:
                        return [self.undef(), *(self.env[name] for name in leave.handed)]
            elif isinstance(node, cst.Return | cst.Break | cst.Continue):  # on the line of its `def`, `if` or `for`
                return self.jump(node, node, leave)
            elif isinstance(node, cst.With) and not is_hook(node):
                return self.run([*self.entered(node), *rest], leave)
            elif isinstance(node, cst.Try):
                return self.run([*self.tried(node), *rest], leave)
            elif isinstance(node, cst.If) and jumps(node):
                return self.split(node, rest, leave)
            elif isinstance(node, cst.Match) and jumps(node):
                self.stmt = self.scope.stmt or self.source.statement(node, node, self.scope.name)
                return self.split_match(self.value(node.subject), list(node.cases), rest, leave)
            elif isinstance(node, cst.For | cst.While) and jumps(node):
                self.attempt(node, node)
                return self.after_loop(node, rest, leave)
            else:
                self.attempt(node, node)
        return self.hand_on(leave, stop=False)

    def attempt(self, node: cst.CSTNode, line: cst.CSTNode) -> None:
        """Lower a statement; a refusal is noted, and what it assigns counts as assigned."""
        try:
            self.statement(node, line)
        except RefusedError as problem:
            self.problems += problem.diagnostics
            for name in assigned([node]):
                self.env.setdefault(self.scope.key(name), self.undef())

    def hand_on(self, leave: Exit, stop: bool) -> list[Value]:
        if leave.groups is None:
            return [self.const(None), *(self.env[name] for name in leave.handed)]
        leave.parted.update(group for group in leave.groups if len({self.env.get(name) for name in group}) > 1)
        values = [self.env[first] if first in self.env else self.undef() for first, *_ in leave.groups]
        if leave.stops:
            flag = self.const(stop)
            return [flag, *values]
        return values

    def jump(self, node: cst.Return | cst.Break | cst.Continue, line: cst.CSTNode, leave: Exit) -> list[Value]:
        if not isinstance(node, cst.Return):
            if isinstance(node, cst.Break) and leave.broke is not None:
                self.env[leave.broke] = self.const(True)
            return self.hand_on(leave, stop=isinstance(node, cst.Break))
        self.stmt = self.scope.stmt or self.source.statement(node, line, self.scope.name)
        try:
            result = self.const(None) if node.value is None else self.value(node.value)
        except RefusedError as problem:
            self.problems += problem.diagnostics
            result = self.undef()
        return self.give_back(result, leave)

    def give_back(self, result: Value, leave: Exit, returned: Value | None = None) -> list[Value]:
        """Return ``result`` from here, where ``returned`` holds if it is told: a loop within has returned."""
        if leave.groups is None:
            return [result, *(self.env[name] for name in leave.handed)]
        self.note_copy(f"{self.scope.name}_value", result)
        flag = self.const(True) if returned is None else returned
        self.env[self.scope.own(RETURNED)], self.env[self.scope.own(RESULT)] = flag, result
        return self.hand_on(leave, stop=True)

    def split(self, node: cst.If, rest: list[cst.CSTNode], leave: Exit) -> list[Value]:
        """An ``if`` that may jump: each branch goes on with the rest."""
        self.stmt = stmt = self.scope.stmt or self.source.statement(node, node, self.scope.name)
        test = self.test(node.test)
        return self.fork(
            test,
            node,
            stmt,
            lambda: self.run([*node.body.body, *rest], leave),
            lambda: self.run([*otherwise(node), *rest], leave),
        )

    def fork(
        self,
        test: Value,
        node: cst.CSTNode,
        stmt: Statement | None,
        then: Callable[[], list[Value]],
        orelse: Callable[[], list[Value]],
    ) -> list[Value]:
        """An ``If`` whose branches both hand on the same list of values."""
        a, b = self.apart(then), self.apart(orelse)
        op = If("if", [test], [], {"form": "stmt"}, self.span(node), stmt, then=a.block, orelse=b.block)
        self.block.ops.append(op)
        values = []
        for pair in zip(a.found, b.found, strict=True):
            if pair[0] is pair[1]:
                values.append(pair[0])
                continue
            op.then.yields.append(pair[0])
            op.orelse.yields.append(pair[1])
            op.results.append(Value(hint=_hint(*pair)))
            values.append(op.results[-1])
        self.join(op, a.env, b.env)
        return values

    def after_loop(self, node: cst.For | cst.While, rest: Nodes, leave: Exit) -> list[Value]:
        """After a loop that may have returned, or whose ``else`` jumps."""
        stmt = self.source.statement(node, node, self.scope.name)
        broke = self.env.pop(self.break_flag(node), None)
        returned, result = (self.env.pop(self.scope.own(name), None) for name in (RETURNED, RESULT))

        def finished() -> list[Value]:
            return self.run([*otherwise(node), *rest], leave)

        def onward() -> list[Value]:
            return (
                finished() if broke is None else self.fork(broke, node, stmt, lambda: self.run(rest, leave), finished)
            )

        if returned is None or result is None:
            return onward()
        if is_endless(node):
            return self.give_back(result, leave)
        return self.fork(returned, node, stmt, lambda: self.give_back(result, leave, returned), onward)

    def break_flag(self, node: cst.For | cst.While) -> str:
        """The environment's name for whether a loop was left by ``break``."""
        return f"{BROKE} {viewed(self.span(node))}"

    # branches

    def test(self, node: cst.BaseExpression) -> Value:
        return self.value(node)

    def do_If(self, node: cst.If) -> None:
        then, orelse = partial(self.sequence_of, list(node.body.body)), partial(self.sequence_of, otherwise(node))
        self.either(node, self.stmt, self.test(node.test), then, orelse)

    def either(
        self,
        node: cst.CSTNode,
        stmt: Statement | None,
        test: Value,
        then: Callable[[], None],
        orelse: Callable[[], None],
    ) -> None:
        """Either of two lists of statements that do not jump."""
        a, b = self.apart(then), self.apart(orelse)
        op = If("if", [test], [], {"form": "stmt"}, self.span(node), stmt, then=a.block, orelse=b.block)
        self.block.ops.append(op)
        self.join(op, a.env, b.env)

    def do_Match(self, node: cst.Match) -> None:
        self.cases(self.value(node.subject), list(node.cases))

    def cases(self, subject: Value, cases: list[cst.MatchCase]) -> None:
        """The first case that matches, as ``if`` and ``elif``; none jumps."""
        if not cases:
            return
        case, *others = cases
        test, stmt = self.case(case, subject)

        def body() -> None:
            self.capture(case, subject)
            self.sequence_of(list(case.body.body))

        if test is None:
            body()
        else:
            self.either(case, stmt, test, body, partial(self.cases, subject, others))

    def split_match(self, subject: Value, cases: list[cst.MatchCase], rest: Nodes, leave: Exit) -> list[Value]:
        """The same where a case may jump: each goes on with the rest."""
        if not cases:
            return self.run(rest, leave)
        case, *others = cases
        test, stmt = self.case(case, subject)

        def body() -> list[Value]:
            self.capture(case, subject)
            return self.run([*case.body.body, *rest], leave)

        if test is None:
            return body()
        return self.fork(test, case, stmt, body, lambda: self.split_match(subject, others, rest, leave))

    def case(self, case: cst.MatchCase, subject: Value) -> tuple[Value | None, Statement]:
        """Whether a case matches; None where it always does."""
        self.stmt = stmt = self.source.statement(case, case, self.scope.name)
        test = self.pattern(case.pattern, subject)
        if case.guard is None:
            return test, stmt
        guard = case.guard

        def guarded() -> Value:
            self.capture(case, subject)
            return self.test(guard)

        if test is None:
            return guarded(), stmt
        matched = test
        return self.choice(case.pattern, "and", matched, guarded, lambda: matched), stmt

    def capture(self, case: cst.MatchCase, subject: Value) -> None:
        """Bind the name of a case that matches."""
        if isinstance(case.pattern, cst.MatchAs) and case.pattern.name is not None:
            self.name_value(case.pattern.name.value, subject)

    def pattern(self, node: cst.MatchPattern, subject: Value) -> Value | None:
        """Whether a pattern matches; None where it always does."""
        if isinstance(node, cst.MatchValue):
            return self.emit("eq", [subject, self.value(node.value)], node, style="operator")
        if isinstance(node, cst.MatchSingleton):
            return self.emit("is", [subject, self.value(node.value)], node, style="operator")
        if isinstance(node, cst.MatchOr):
            values = [part.pattern.value for part in node.patterns if isinstance(part.pattern, cst.MatchValue)]
            if len(values) == len(node.patterns):
                items = self.emit("tuple", [self.value(value) for value in values], node)
                return self.emit("in", [subject, items], node, style="operator")
        if isinstance(node, cst.MatchAs):
            return None if node.pattern is None else self.pattern(node.pattern, subject)
        reason = "a pattern that takes its subject apart is not supported"
        raise self.refuse(node, reason, "match constants (`case 1 | 2:`), or write `if` and `elif`")

    def sequence_of(self, nodes: list[cst.CSTNode]) -> None:
        """Statements that do not jump."""
        for node in nodes:
            if isinstance(node, cst.SimpleStatementLine):
                for small in node.body:
                    self.attempt(small, node)
            elif isinstance(node, cst.With) and not is_hook(node):
                self.sequence_of(self.entered(node))
            elif isinstance(node, cst.Try):
                self.sequence_of(self.tried(node))
            else:
                self.attempt(node, node)

    def entered(self, node: cst.With) -> Nodes:
        """The statements of a ``with np.errstate(…):``, which are marked as its own."""
        try:
            if node.asynchronous is not None:
                raise self.refuse(node, "an async `with` is not supported", "make it a plain one")
            for item in node.items:
                self.quiet(item, node)
        except RefusedError as problem:
            self.problems += problem.diagnostics
        return self.inside(node)

    def inside(self, node: cst.With | cst.Try) -> Nodes:
        """The body of a statement, marked as such."""
        around = (*self.source.within.get(node, ()), self.source.statement(node, node, self.scope.name))
        self.source.within.update(dict.fromkeys(walk([node.body]), around))
        return list(node.body.body)

    def tried(self, node: cst.Try) -> Nodes:
        """The statements of a ``try`` whose handlers all raise, so that nothing goes on from them."""
        try:
            if node.finalbody is not None:
                raise self.refuse(node.finalbody, "`finally` is not supported", "let the caller clean up")
            for handler in node.handlers:
                self.raising(handler)
        except RefusedError as problem:
            self.problems += problem.diagnostics
        outer = self.source.within.get(node, ())
        after = [] if node.orelse is None else list(node.orelse.body.body)
        self.source.within.update(dict.fromkeys(walk(after), outer))
        return [*self.inside(node), *after]

    def raising(self, handler: cst.ExceptHandler) -> None:
        """Refuse a handler from which the function goes on, or that reads its variables: it is copied as it is."""
        body = list(walk([handler.body]))
        if not all(isinstance(part, cst.Expr | cst.Raise) for part in body) or not isinstance(body[-1], cst.Raise):
            help_ = "ask with `if` before what may fail, or let the caller handle the error: leave the `try` out here"
            raise self.refuse(handler, "a handler from which the function may go on is not supported", help_)
        for name in every(handler, cst.Name):
            if self.scope.binds(name.value):
                reason = f"the handler reads or binds the variable `{name.value}` of the function"
                raise self.refuse(name, reason, "raise with what the exception tells: `raise ValueError(…) from error`")

    def quiet(self, item: cst.WithItem, node: cst.With) -> None:
        """Refuse a context that is not ``np.errstate`` without errors."""
        call = item.item
        name = self.source.code(call.func) if isinstance(call, cst.Call) else ""
        library = self.source.library_of(name.split(".")[0]) == "numpy" and name.endswith(".errstate")
        if not isinstance(call, cst.Call) or not library:
            help_ = "only `with np.errstate(…):` and `with sct.adjoint_of(x) as x_bar:` are"
            raise self.refuse(node, "this `with` is not supported", help_)
        for argument in call.args:
            if self.source.code(argument.value).strip("'\"") not in ("ignore", "warn"):
                raise self.refuse(argument, "an error state that raises is not supported", 'use "ignore" or "warn"')


def parameter(position: int) -> str:
    """The environment's name for what a parameter held at first, by which its writes are followed."""
    return f"{VIEWED} parameter {position}"


def otherwise(node: Compound) -> Nodes:
    """The statements of an ``else``, or the ``elif``."""
    if isinstance(node.orelse, cst.Else):
        return list(node.orelse.body.body)
    return [] if node.orelse is None else [node.orelse]


def _hint(a: Value, b: Value) -> str | None:
    return a.hint if a.hint == b.hint else None
