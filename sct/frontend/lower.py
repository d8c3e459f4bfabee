"""Functions to structured SSA.

Before: ``if c: return a`` and then the rest of the function.
After: ``if c { yield a } else { rest }``: what follows a branch that may jump goes into the branches that do
not, so that the blocks need no jumps.
"""

from __future__ import annotations

import libcst as cst

from sct.errors import Diagnostic, RefusedError
from sct.frontend.expressions import AUGMENTED, VIEWED, Known
from sct.frontend.loops import RESULT, RETURNED, Exit, Loops
from sct.frontend.parse import Source
from sct.frontend.prune import prune
from sct.frontend.scan import assigned, jumps, returns
from sct.frontend.vocabulary import Vocabulary
from sct.ir.nodes import Block, Function, If, Op, Value


def lower_function(source: Source, name: str, rows: Vocabulary, known: Known | None = None) -> Function:
    """The SSA of a function, given what is known of it from lowering it before.

    Raises
    ------
    RefusedError
        With every problem of the function.
    """
    return _Lower(source, name, rows, known or Known()).function()


class _Lower(Loops):
    def __init__(self, source: Source, name: str, rows: Vocabulary, known: Known) -> None:
        super().__init__(source, rows, known)
        self.name = name
        self.problems: list[Diagnostic] = []

    def function(self) -> Function:
        node = self.source.functions[self.name]
        params = [*node.params.posonly_params, *node.params.params, *node.params.kwonly_params]
        for bad, reason in ((node.params.star_kwarg, "**kwargs"), (node.params.star_arg, "*args")):
            if isinstance(bad, cst.Param):
                raise self.refuse(bad, f"`{reason}` is not supported", "name the parameters")
        if node.asynchronous is not None:
            raise self.refuse(node.name, "an async function is not supported", "make it a plain function")
        body = node.body.body
        doc = node.get_docstring()
        if doc is not None:
            body = body[1:]
        self.locals = assigned(body)
        names = [param.name.value for param in params]
        top = Block([Value(hint=name) for name in names])
        self.env = dict(zip(names, top.args, strict=True))
        for k in self.known.hands_back:
            self.env[_parameter(k)] = top.args[k]
        self.block = top
        top.yields = self.run(list(body), Exit())
        if self.problems:
            unique = {(d.span, d.reason): d for d in self.problems}
            ordered = sorted(unique.values(), key=lambda d: (d.span.line, d.span.col))
            raise RefusedError(ordered, {self.source.file: self.source.text})
        code = self.source.code
        fn = Function(self.name, top, names, self.source.span(node.name), doc)
        fn.defaults = {p.name.value: code(p.default) for p in params if p.default is not None}
        fn.hands_back = tuple(sorted(self.known.hands_back))
        fn.annotations = {p.name.value: code(p.annotation.annotation) for p in params if p.annotation is not None}
        prune(fn)
        return fn

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
        return [self.env[_parameter(k)] for k in sorted(self.known.hands_back)]

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

    # statements

    def statement(self, node: cst.CSTNode, line: cst.CSTNode) -> None:
        self.stmt = self.source.statement(node, line, _target(node) or self.name)
        method = getattr(self, f"do_{type(node).__name__}", None)
        if method is None:
            kind = _KINDS.get(type(node), f"`{self.source.code(node).split()[0]}`")
            raise self.refuse(node, f"{kind} is not supported", _HELP.get(type(node), "leave it out of this function"))
        method(node)

    def do_Pass(self, node: cst.Pass) -> None:
        pass

    def do_Expr(self, node: cst.Expr) -> None:
        call = node.value
        if isinstance(call, cst.SimpleString | cst.ConcatenatedString):
            return
        if isinstance(call, cst.Call) and isinstance(call.func, cst.Name) and call.func.value == "print":
            values, keywords = [], {}
            for argument in call.args:
                if argument.keyword is None:
                    values.append(self.value(argument.value))
                else:
                    keywords[argument.keyword.value] = self.static(argument)
            self.effect("print", values, node, keywords=keywords)
            return
        if isinstance(call, cst.Call):
            self.value(call)
            return
        raise self.refuse(node, "this expression has no effect", "assign it, or leave it out")

    def effect(self, name: str, operands: list[Value], node: cst.CSTNode, **attrs: object) -> None:
        self.block.ops.append(Op(name, operands, [], dict(attrs), self.source.span(node), self.stmt))

    def do_Assert(self, node: cst.Assert) -> None:
        operands = [self.test(node.test)]
        if node.msg is not None:
            operands.append(self.value(node.msg))
        self.effect("assert", operands, node)

    def do_Raise(self, node: cst.Raise) -> None:
        if node.exc is None:
            self.effect("raise", [], node, exception=None)
        elif isinstance(node.exc, cst.Call) and isinstance(node.exc.func, cst.Name):
            operands = [self.value(argument.value) for argument in node.exc.args]
            self.effect("raise", operands, node, exception=node.exc.func.value)
        elif isinstance(node.exc, cst.Name):
            self.effect("raise", [], node, exception=node.exc.value)
        else:
            raise self.refuse(node, "this raise is not supported", 'write `raise ValueError("…")`')

    def do_Assign(self, node: cst.Assign) -> None:
        if len(node.targets) == 1:
            self.assign(node.targets[0].target, node.value)
            return
        value = self.value(node.value)
        for target in node.targets:
            self.bind(target.target, value)

    def do_AnnAssign(self, node: cst.AnnAssign) -> None:
        if node.value is not None:
            self.assign(node.target, node.value)

    def assign(self, target: cst.BaseExpression, value: cst.BaseExpression) -> None:
        if isinstance(target, cst.Tuple | cst.List) and isinstance(value, cst.Tuple | cst.List):
            if len(target.elements) == len(value.elements) and not _starred(target):
                values = self.items(value)
                for element, item in zip(target.elements, values, strict=True):
                    self.bind(element.value, item)
                return
        self.bind(target, self.value(value))

    def bind(self, target: cst.BaseExpression, value: Value) -> None:
        if isinstance(target, cst.Name):
            self.name_value(target.value, value)
        elif isinstance(target, cst.Tuple | cst.List):
            if _starred(target):
                raise self.refuse(target, "a starred target is not supported", "name each item")
            for index, element in enumerate(target.elements):
                self.bind(element.value, self.emit("item", [value], target, index=index, count=len(target.elements)))
        elif isinstance(target, cst.Subscript):
            self.store(target, value)
        else:
            raise self.refuse(target, "an assignment to an attribute is not supported", "use a local name")

    def name_value(self, name: str, value: Value) -> None:
        if value.hint is None and not any(value is other for other in self.env.values()):
            value.hint = name
        self.env[name] = value

    def store(self, target: cst.Subscript, value: Value) -> None:
        array = self.value(target.value)
        self.stored(*self.element_of(array, target), value, target)

    def stored(self, array: Value, indices: list[Value], value: Value, node: cst.CSTNode) -> None:
        self.renew(array, self.emit("store", [array, value, *indices], node))

    def do_AugAssign(self, node: cst.AugAssign) -> None:
        name = AUGMENTED.get(type(node.operator))
        if name is None:
            raise self.refuse(node, "bit operators are not supported", "use arithmetic")
        if isinstance(node.target, cst.Name):
            before = self.value(node.target)
            after = self.emit(name, [before, self.value(node.value)], node, style="operator", augmented=True)
            if self.source.span(node) in self.known.in_place:
                array, path = self.place(before)
                self.stored(array, [*path, self.const(..., text="...")], after, node)
                return
            self.env[node.target.value] = after
            after.hint = node.target.value
            return
        if isinstance(node.target, cst.Subscript):
            array, indices = self.element_of(self.value(node.target.value), node.target)
            before = self.emit("getitem", [array, *indices], node.target)
            value = self.emit(name, [before, self.value(node.value)], node, style="operator", augmented=True)
            self.stored(array, indices, value, node.target)
            return
        raise self.refuse(node, "this target is not supported", "use a name or a subscript of a named array")

    # control flow

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
                joined[pair] = self.variable((name,), envs[0])
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


def _parameter(position: int) -> str:
    return f"{VIEWED} parameter {position}"


def _hint(a: Value, b: Value) -> str | None:
    return a.hint if a.hint == b.hint else None


def _starred(node: cst.Tuple | cst.List) -> bool:
    return any(isinstance(element, cst.StarredElement) for element in node.elements)


def _target(node: cst.CSTNode) -> str | None:
    names = sorted(assigned([node])) if isinstance(node, cst.BaseSmallStatement) else []
    return names[0] if names else None


_KINDS: dict[type, str] = {
    cst.FunctionDef: "a nested function",
    cst.ClassDef: "a class",
    cst.With: "`with`",
    cst.Try: "`try`",
    cst.Global: "`global`",
    cst.Nonlocal: "`nonlocal`",
    cst.Del: "`del`",
    cst.Match: "`match`",
    cst.Import: "an import in a function",
    cst.ImportFrom: "an import in a function",
}
_HELP: dict[type, str] = {
    cst.FunctionDef: "move it to the top of the module and pass what it needs",
    cst.Global: "pass the value as an argument and return it",
    cst.Nonlocal: "pass the value as an argument and return it",
    cst.Match: "write `if` and `elif`",
    cst.Import: "import at the top of the module",
    cst.ImportFrom: "import at the top of the module",
}
