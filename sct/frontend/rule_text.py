"""Rule text to SSA: the expressions of the rule table, in neutral names."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from sct.frontend.vocabulary import Vocabulary
from sct.ir.nodes import Op, Value

_BINARY = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.FloorDiv: "floordiv",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
    ast.Lt: "lt",
    ast.Gt: "gt",
    ast.LtE: "le",
    ast.GtE: "ge",
    ast.Eq: "eq",
}


@cache
def _parse(text: str) -> ast.expr:
    # The text is our own: it has no comments or places to keep, so that the standard library's parser will do.
    return ast.parse(text, mode="eval").body


def lower_expression(text: str, env: Mapping[str, Any], emit: Callable[[Op], None], rows: Vocabulary) -> Value:
    """Emit the operations of a rule's text and return its value.

    Parameters
    ----------
    text : str
        An expression in neutral names.
    env : mapping
        The values of its names; what is not a Value is a literal.
    """
    return _Lower(env, emit, rows).value(_parse(text))


class _Lower:
    def __init__(self, env: Mapping[str, Any], emit: Callable[[Op], None], rows: Vocabulary) -> None:
        self.env = env
        self.emit = emit
        self.rows = rows

    def op(self, name: str, operands: list[Value], **attrs: Any) -> Value:
        op = Op(name, operands, [Value()], attrs)
        self.emit(op)
        return op.result

    def const(self, value: Any) -> Value:
        return self.op("const", [], value=value, text=repr(value))

    def value(self, node: ast.expr) -> Value:
        match node:
            case ast.Name(id=name) if isinstance(self.env.get(name), Value):
                return self.env[name]  # type: ignore[no-any-return]
            case ast.Name(id=name):
                return self.const(self.env[name])
            case ast.Constant(value=value):
                return self.const(value)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)) if isinstance(value, int | float):
                return self.const(-value)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.op("neg", [self.value(operand)], style="operator")
            case ast.BinOp(left=left, op=symbol, right=right):
                return self.op(_BINARY[type(symbol)], [self.value(left), self.value(right)], style="operator")
            case ast.Compare(left=left, ops=[symbol], comparators=[right]):
                return self.op(_BINARY[type(symbol)], [self.value(left), self.value(right)], style="operator")
            case ast.Subscript(value=array, slice=index):
                indices = index.elts if isinstance(index, ast.Tuple) else [index]
                return self.op("getitem", [self.value(array), *map(self.index, indices)])
            case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
                return self.call(name, args, {k.arg or "": self.literal(k.value) for k in keywords})
        raise AssertionError(f"not rule text: {ast.unparse(node)}")

    def index(self, node: ast.expr) -> Value:
        if isinstance(node, ast.Slice):
            parts = (node.lower, node.upper, node.step)
            return self.op("slice", [self.const(None) if part is None else self.value(part) for part in parts])
        return self.value(node)

    def literal(self, node: ast.expr) -> Any:
        return self.env[node.id] if isinstance(node, ast.Name) else ast.literal_eval(node)

    def call(self, name: str, args: list[ast.expr], statics: dict[str, Any]) -> Value:
        row = self.rows.lookup(name)
        assert row is not None, f"no rule for {name}"
        count = len(args) if row.variadic else len(row.operands)
        operands = [self.value(node) for node in args[:count]]
        given = dict(zip(row.statics, map(self.literal, args[count:]), strict=False))
        style = "attr" if name in ("shape", "size", "ndim") else "call"
        return self.op(row.name, operands, style=style, **{**row.statics, **given, **statics})
