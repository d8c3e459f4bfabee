"""What a generated module repeats of the author's, as written, without what only sct understands.

Before: ``scale = sct.stop_gradient(a + b)``, ``sct.checkpoint(g)(x)``, and ``with sct.adjoint_of(x) as x_bar: …``.
After: ``scale = (a + b)``, ``g(x)``, and nothing: the body of a hook is part of the reverse sweep.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence

import libcst as cst

from sct.frontend.decorators import is_of_sct
from sct.frontend.head import is_constant
from sct.frontend.parse import Source
from sct.frontend.scan import every
from sct.frontend.tables import holds_functions


def primal(source: Source, name: str) -> str:
    """The function's text as written, without what is sct's."""
    node, code = source.functions[name], source.module.code_for_node
    own = _alone(source, node)
    if own.body is not node.body or own.decorators or own.lines_after_decorators or node not in source.module.body:
        return code(own).strip("\n")
    return "".join([*map(code, own.leading_lines), source.definition(node)]).strip("\n")


def defining_text(source: Source, name: str) -> str:
    """The statement that defines a class or a constant, as written."""
    node = source.defined[name]
    assert isinstance(node, cst.ClassDef | cst.SimpleStatementLine)
    own = node.with_changes(leading_lines=_comment_lines(node.leading_lines))
    if isinstance(own, cst.ClassDef):
        lines = [_method(source, line) if isinstance(line, cst.FunctionDef) else line for line in own.body.body]
        own = own.with_changes(body=own.body.with_changes(body=lines))
    return source.module.code_for_node(own).strip("\n")


def docstring(source: Source, name: str) -> str | None:
    """The function's docstring, as written with its quotes."""
    node = source.functions[name]
    if node.get_docstring() is None or not isinstance(node.body, cst.IndentedBlock):
        return None
    statement = node.body.body[0]
    assert isinstance(statement, cst.SimpleStatementLine)
    return source.code(statement.body[0])


def other_names(source: Source, text: str) -> list[str]:
    """The names of the module's constants that a text mentions, and that stand for its functions, or hold functions."""
    return [
        name
        for name, value in source.constants.items()
        if re.search(rf"\b{name}\b", text) and not is_constant(source, name)
        if (isinstance(value, cst.Name) and value.value in source.functions) or holds_functions(source, value)
    ]


def used(source: Source, name: str) -> list[str]:
    """The names of its module that a function mentions, or the value of a constant."""
    found = source.functions.get(name)
    node = source.constants[name] if found is None else found.with_changes(decorators=[])
    declared = {bound.name for bound in source.bindings if isinstance(bound.node, ast.Global)}
    known = {*source.functions, *source.classes, *source.constants, *declared} - {name}
    mentioned = (each.value for each in every(node, cst.Name))
    return [each for each in dict.fromkeys(mentioned) if each in known]


def _method(source: Source, node: cst.FunctionDef) -> cst.FunctionDef:
    return _alone(source, node).with_changes(leading_lines=node.leading_lines)


def _alone(source: Source, node: cst.FunctionDef) -> cst.FunctionDef:
    """A function without what is sct's."""
    kept = [decorator for decorator in node.decorators if not is_of_sct(source, decorator)]
    own = node.with_changes(decorators=kept, leading_lines=_comment_lines(node.leading_lines))
    if any(name in source.text for name in ("stop_gradient", "adjoint_of", "checkpoint")):
        own = cst.ensure_type(own.visit(_Plain(source.sct_name)), cst.FunctionDef)
    return own


def _comment_lines(lines: Sequence[cst.EmptyLine]) -> list[cst.EmptyLine]:
    return [line for line in lines if line.comment is not None]


class _Plain(cst.CSTTransformer):
    """Takes off what is sct's; ``sct_name`` tells what an expression names of it."""

    def __init__(self, sct_name: Callable[[cst.BaseExpression], str | None]) -> None:
        super().__init__()
        self.sct_name = sct_name

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        made = original_node.func
        if isinstance(made, cst.Call) and self.sct_name(made.func) == "checkpoint":
            return updated_node.with_changes(func=cst.ensure_type(updated_node.func, cst.Call).args[0].value)
        return _argument(updated_node) if self.sct_name(original_node.func) == "stop_gradient" else updated_node

    def leave_With(self, original_node: cst.With, updated_node: cst.With) -> cst.With | cst.RemovalSentinel:
        call = original_node.items[0].item
        hooks = isinstance(call, cst.Call) and self.sct_name(call.func) == "adjoint_of"
        return cst.RemoveFromParent() if hooks else updated_node

    def leave_IndentedBlock(
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        if updated_node.body:
            return updated_node
        return updated_node.with_changes(body=[cst.SimpleStatementLine([cst.Pass()])])


def _argument(call: cst.Call) -> cst.BaseExpression:
    """The argument of a call, as it may stand in the call's place."""
    value = call.args[0].value
    if value.lpar or isinstance(value, cst.Name | cst.BaseNumber | cst.Call | cst.Subscript | cst.Attribute):
        return value
    return value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
