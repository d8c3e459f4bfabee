"""A function without what only sct understands, as generated modules repeat it.

Before: ``scale = sct.stop_gradient(a + b)``, ``sct.checkpoint(g)(x)``, and ``with sct.adjoint_of(x) as x_bar: …``.
After: ``scale = (a + b)``, ``g(x)``, and nothing: the body of a hook is part of the reverse sweep.
"""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst


def without_sct(node: cst.FunctionDef, sct_name: Callable[[cst.BaseExpression], str | None]) -> cst.FunctionDef:
    """The function's text; ``sct_name`` tells what an expression names of sct."""
    return cst.ensure_type(node.visit(_Plain(sct_name)), cst.FunctionDef)


class _Plain(cst.CSTTransformer):
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
