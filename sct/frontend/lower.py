"""Functions to structured SSA.

Before: ``def f(x): y = 2 * x; print(y); return y``.
After: ``f(%x): %y = mul 2, %x; print %y; yield %y``.
"""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from sct.errors import RefusedError
from sct.frontend.annotations import parameters
from sct.frontend.assignments import Assignments
from sct.frontend.decorators import gives_number
from sct.frontend.flow import Exit, parameter
from sct.frontend.head import is_known
from sct.frontend.hints import hints
from sct.frontend.known import Known
from sct.frontend.parse import Source
from sct.frontend.prune import prune
from sct.frontend.scan import assigned, bound
from sct.frontend.scopes import Scope
from sct.frontend.vocabulary import Vocabulary
from sct.ir.names import label
from sct.ir.nodes import Block, Function, Op, Value


def lower_function(source: Source, name: str, rows: Vocabulary, known: Known | None = None) -> Function:
    """The SSA of a function, given what is known of it from lowering it before.

    A constant of the module is a function without parameters.

    Raises
    ------
    RefusedError
        With every problem of the function.
    """
    if name not in source.functions:
        return _Lower(Scope(source, label(name)), rows, known or Known()).constant_function(name)
    node = source.functions[name]
    params = {param.name.value for param in parameters(node)}
    scope = Scope(source, label(name), bound(node.body.body) | params)
    return _Lower(scope, rows, known or Known()).function(name)


class _Lower(Assignments):
    def function(self, name: str) -> Function:
        node = self.source.functions[name]
        self.check_decorators(self.source, name, None)
        stated = hints(self.source, name)
        params = parameters(node)
        for bad, reason in ((node.params.star_kwarg, "**kwargs"), (node.params.star_arg, "*args")):
            if isinstance(bad, cst.Param):
                raise self.refuse(bad, f"`{reason}` is not supported", "name the parameters")
        for given in params:
            if given.default is not None and not is_known(self.source, given.default):
                reason = f"the default of `{given.name.value}` is made where a generated module cannot"
                raise self.refuse(given.default, reason, "let it be None, and bind it in the function; or a number")
        if node.asynchronous is not None:
            raise self.refuse(node.name, "an async function is not supported", "make it a plain function")
        body = node.body.body
        doc = node.get_docstring()
        if doc is not None:
            body = body[1:]
        names = [param.name.value for param in params]
        top = Block([Value(hint=name) for name in names])
        self.env = dict(zip(names, top.args, strict=True))
        for k in self.known.hands_back:
            self.env[parameter(k)] = top.args[k]
        self.block = top
        for k, param in enumerate(names):
            if param in stated.kinds:
                hint = stated.kinds[param]
                attrs = {"type": hint.type, "text": f"{param}: {hint.text}"}
                top.ops.append(Op("check", [top.args[k]], [], attrs, hint.span))
        handed = tuple(parameter(k) for k in sorted(self.known.hands_back))
        top.yields = self.run(list(body), Exit(handed=handed))
        if self.problems:
            unique = {(replace(d.span, via=(), turns=()), d.reason): d for d in reversed(self.problems)}
            ordered = sorted(unique.values(), key=lambda d: (d.span.line, d.span.col))
            raise RefusedError(ordered, {source.file: source.text for source in self.source.modules.values()})
        code = self.source.code
        fn = Function(self.scope.name, top, names, self.source.span(node.name), doc, copies=self.copies, spelling=name)
        fn.defaults = {p.name.value: code(p.default) for p in params if p.default is not None}
        fn.hands_back = tuple(sorted(self.known.hands_back))
        fn.annotations = {p.name.value: code(p.annotation.annotation) for p in params if p.annotation is not None}
        fn.callees = tuple(self.callees)
        fn.gives_number = gives_number(self.source, name)
        fn.constants = {names.index(param): span for param, span in stated.constants.items()}
        prune(fn)
        for block in (top, *(owned for op in top.walk() for owned in op.blocks)):
            self.no_functions([*block.yields, *(value for op in block.ops for value in op.operands)])
        return fn

    def constant_function(self, name: str) -> Function:
        node = self.source.constants[name]
        self.block = top = Block()
        top.yields = [self.value(node)]
        return Function(self.scope.name, top, [], self.source.span(node), spelling=name)

    # statements

    def statement(self, node: cst.CSTNode, line: cst.CSTNode) -> None:
        self.stmt = self.scope.stmt or self.source.statement(node, line, _target(node) or self.scope.name)
        method = getattr(self, f"do_{type(node).__name__}", None)
        if method is None:
            kind = _KINDS.get(type(node), f"`{self.source.code(node).split()[0]}`")
            raise self.refuse(node, f"{kind} is not supported", _HELP.get(type(node), "leave it out of this function"))
        method(node)

    def do_Pass(self, node: cst.Pass) -> None:
        pass

    def do_Import(self, node: cst.Import | cst.ImportFrom) -> None:
        if not any(node is known for known in self.source.inner_imports):
            raise self.refuse(node, "an import in a function is not supported", "import at the top of the module")

    def do_ImportFrom(self, node: cst.ImportFrom) -> None:
        self.do_Import(node)

    def do_Expr(self, node: cst.Expr) -> None:
        call = node.value
        if isinstance(call, cst.SimpleString | cst.ConcatenatedString | cst.Ellipsis):
            return
        if isinstance(call, cst.Yield) and self.yielding:
            self.add_item(call)
            return
        if isinstance(call, cst.Call):
            name = self.source.code(call.func)
            if name in _SHOWS and not self.is_authors(name):
                self.show(call, name)
            elif self.source.in_full(name) == "sys.exit" and not self.scope.binds(name.split(".")[0]):
                self.effect(
                    "raise", [self.value(argument.value) for argument in call.args], call, exception="SystemExit"
                )
            elif not self.wrote(call):
                self.value(call)
            return
        self.value(call)
        raise self.refuse(node, "this expression has no effect", "assign it, or leave it out")

    def show(self, call: cst.Call, name: str) -> None:
        """A call for the person who runs it."""
        self.no_stars(call)
        values = [self.value(argument.value) for argument in call.args if argument.keyword is None]
        keywords = {a.keyword.value: self.static(a) for a in call.args if a.keyword is not None}
        self.effect("print", values, call, function=name, keywords=keywords)

    def do_Assert(self, node: cst.Assert) -> None:
        operands = [self.test(node.test)]
        if node.msg is not None:
            operands.append(self.value(node.msg))
        self.effect("assert", operands, node)

    def do_Raise(self, node: cst.Raise) -> None:
        call = node.exc if isinstance(node.exc, cst.Call) else None
        kind = node.exc if call is None else call.func
        arguments = [] if call is None else list(call.args)
        plain = not any(argument.keyword or argument.star for argument in arguments)
        if not isinstance(kind, cst.Name | cst.Attribute | None) or not plain or node.cause is not None:
            raise self.refuse(node, "this raise is not supported", 'write `raise ValueError("…")`')
        name = "" if kind is None else self.source.code(kind)
        if kind is not None and (name in self.source.classes or self.scope.binds(name.partition(".")[0])):
            reason = f"the exception `{name}` is defined in this module, which generated code does not import"
            raise self.refuse(kind, reason, "raise a built-in exception, or import it from another module")
        operands = [self.value(argument.value) for argument in arguments]
        self.effect("raise", operands, node, exception=name or None)


def _target(node: cst.CSTNode) -> str | None:
    names = sorted(assigned([node])) if isinstance(node, cst.BaseSmallStatement) else []
    return names[0] if names else None


_SHOWS = frozenset({"print", "breakpoint"})
_KINDS: dict[type, str] = {
    cst.ClassDef: "a class",
    cst.TryStar: "`except*`",
    cst.Global: "`global`",
}
_HELP: dict[type, str] = {
    cst.TryStar: "check with `if` before what may fail, or let the caller handle the error",
    cst.Global: "pass the value as an argument and return it",
}
