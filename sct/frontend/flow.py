"""Statements in a row, branches, and what jumps out of them.

Before: ``if c: return a`` and then the rest of the function.
After: ``if c { yield a } else { rest }``: what follows a branch that may jump goes into the branches that do
not, so that the blocks need no jumps.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field

import libcst as cst

from sct.errors import Diagnostic, RefusedError
from sct.frontend.expressions import VIEWED, Expressions, Known
from sct.frontend.parse import Source
from sct.frontend.scan import assigned, jumps, returns
from sct.frontend.vocabulary import Vocabulary
from sct.ir.nodes import Block, If, Op, Value

Group = tuple[str, ...]
RETURNED, RESULT = "return flag", "return value"  # no identifiers: they cannot clash with the author's names


@dataclass(frozen=True)
class Exit:
    """Where a list of statements leads: to the end of the function, or around a loop that carries ``groups``.

    A group is the names that stand for one value, at the start of a turn and at its end; ``parted`` are those of which
    a turn turned out to make several.
    """

    groups: tuple[Group, ...] | None = None
    stops: bool = False
    returns: bool = False
    parted: set[Group] = field(default_factory=set)


class Flow(Expressions):
    """Lowers the branches of one function; its other statements are for a subclass."""

    name: str

    def __init__(self, source: Source, rows: Vocabulary, known: Known) -> None:
        super().__init__(source, rows, known)
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
            elif isinstance(node, cst.If) and jumps(node):
                return self.split(node, rest, leave)
            elif isinstance(node, cst.For | cst.While) and returns(node):
                self.attempt(node, node)
                return self.after_return(node, rest, leave)
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
                self.env.setdefault(name, self.undef())

    def undef(self) -> Value:
        op = Op("undef", [], [Value()], {}, None, self.stmt)
        self.block.ops.append(op)
        return op.result

    def hand_on(self, leave: Exit, stop: bool) -> list[Value]:
        if leave.groups is None:
            return [self.const(None), *self.handed_back()]
        leave.parted.update(group for group in leave.groups if len({self.env.get(name) for name in group}) > 1)
        values = [self.env[first] if first in self.env else self.undef() for first, *_ in leave.groups]
        if leave.stops:
            flag = self.const(stop)
            return [flag, *values]
        return values

    def jump(self, node: cst.Return | cst.Break | cst.Continue, line: cst.CSTNode, leave: Exit) -> list[Value]:
        if not isinstance(node, cst.Return):
            return self.hand_on(leave, stop=isinstance(node, cst.Break))
        self.stmt = self.source.statement(node, line, self.name)
        try:
            result = self.const(None) if node.value is None else self.value(node.value)
        except RefusedError as problem:
            self.problems += problem.diagnostics
            result = self.undef()
        return self.give_back(result, leave)

    def give_back(self, result: Value, leave: Exit) -> list[Value]:
        """Return ``result`` from here."""
        if leave.groups is None:
            return [result, *self.handed_back()]
        self.env[RETURNED], self.env[RESULT] = self.const(True), result
        return self.hand_on(leave, stop=True)

    def handed_back(self) -> list[Value]:
        """The last versions of the parameters that the function's caller sees written."""
        return [self.env[parameter(k)] for k in sorted(self.known.hands_back)]

    def split(self, node: cst.If, rest: list[cst.CSTNode], leave: Exit) -> list[Value]:
        """An ``if`` that may jump: each branch goes on with the rest."""
        self.stmt = self.source.statement(node, node, self.name)
        stmt = self.stmt
        test = self.test(node.test)
        orelse: list[cst.CSTNode] = []
        if isinstance(node.orelse, cst.Else):
            orelse = list(node.orelse.body.body)
        elif node.orelse is not None:
            orelse = [node.orelse]
        return self.fork(
            test,
            node,
            stmt,
            lambda: self.run([*node.body.body, *rest], leave),
            lambda: self.run([*orelse, *rest], leave),
        )

    def fork(self, test: Value, node: cst.CSTNode, stmt, then, orelse) -> list[Value]:  # type: ignore[no-untyped-def]
        """An ``If`` whose branches both hand on the same list of values."""
        outer, env, blocks = self.block, self.env, []
        for lower in (then, orelse):
            self.block, self.env = Block(), dict(env)
            self.block.yields = lower()
            blocks.append(self.block)
        self.block, self.env = outer, env
        op = If("if", [test], [], {"form": "stmt"}, self.source.span(node), stmt, then=blocks[0], orelse=blocks[1])
        self.block.ops.append(op)
        values = []
        pairs = list(zip(*(block.yields for block in blocks), strict=True))
        for block in blocks:
            block.yields = []
        for a, b in pairs:
            if a is b:
                values.append(a)
                continue
            for block, value in zip(blocks, (a, b), strict=True):
                block.yields.append(value)
            op.results.append(Value(hint=_hint(a, b)))
            values.append(op.results[-1])
        return values

    def after_return(self, node: cst.For | cst.While, rest: list[cst.CSTNode], leave: Exit) -> list[Value]:
        """After a loop that may have returned."""
        returned, result = self.env.pop(RETURNED), self.env.pop(RESULT)
        stmt = self.source.statement(node, node, self.name)
        return self.fork(returned, node, stmt, lambda: self.give_back(result, leave), lambda: self.run(rest, leave))

    # branches

    def test(self, node: cst.BaseExpression) -> Value:
        return self.value(node)

    def do_If(self, node: cst.If) -> None:
        stmt = self.stmt
        test = self.test(node.test)
        orelse: list[cst.CSTNode] = []
        if isinstance(node.orelse, cst.Else):
            orelse = list(node.orelse.body.body)
        elif node.orelse is not None:
            orelse = [node.orelse]
        before, envs, blocks = self.env, [], []
        outer = self.block
        for nodes in (list(node.body.body), orelse):
            self.block, self.env = Block(), dict(before)
            self.sequence_of(nodes)
            envs.append(self.env)
            blocks.append(self.block)
        self.block, self.env = outer, before
        op = If("if", [test], [], {"form": "stmt"}, self.source.span(node), stmt, then=blocks[0], orelse=blocks[1])
        self.block.ops.append(op)
        joined: dict[tuple[Value | None, Value | None], Value] = {}
        for name in dict.fromkeys([*envs[0], *envs[1]]):
            pair = (envs[0].get(name), envs[1].get(name))
            if pair[0] is pair[1] and pair[0] is not None:
                self.env[name] = pair[0]
                continue
            if None in pair and name.startswith(VIEWED):
                continue
            if pair not in joined:
                for block, value in zip(blocks, pair, strict=True):
                    self.block = block
                    block.yields.append(self.undef() if value is None else value)
                self.block = outer
                joined[pair] = Value(hint=envs[0][name].hint if name.startswith(VIEWED) else name)
                op.results.append(joined[pair])
            self.env[name] = joined[pair]

    def sequence_of(self, nodes: list[cst.CSTNode]) -> None:
        """Statements that do not jump."""
        for node in nodes:
            if isinstance(node, cst.SimpleStatementLine):
                for small in node.body:
                    self.attempt(small, node)
            else:
                self.attempt(node, node)


def parameter(position: int) -> str:
    """The environment's name for a parameter that the caller sees written."""
    return f"{VIEWED} parameter {position}"


def _hint(a: Value, b: Value) -> str | None:
    return a.hint if a.hint == b.hint else None
