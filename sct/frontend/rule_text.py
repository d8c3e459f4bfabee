"""Rule text to SSA: the expressions of the rule table, in neutral names."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
    ast.BitAnd: "logical_and",
    ast.Lt: "lt",
    ast.Gt: "gt",
    ast.LtE: "le",
    ast.GtE: "ge",
    ast.Eq: "eq",
    ast.NotEq: "ne",
}


@dataclass(frozen=True)
class Update:
    """``x_bar[indices] += value``; ``distinct`` if no place is named twice, so that ``+=`` is enough."""

    indices: list[Value]
    value: Value
    distinct: bool


def is_update(text: str) -> bool:
    """Whether a rule's text adds to elements of an adjoint, rather than being all that is added."""
    return " += " in text or " -= " in text or text.startswith("add.at(")


def lower_updates(text: str, env: Mapping[str, Any], emit: Callable[[Op], None], rows: Vocabulary) -> list[Update]:
    """Emit the operations of ``x_bar[i, j] += value``, ``-= value``, or ``add.at(x_bar[i, j], value)``, with ``;``."""
    lower, found = _Lower(env, emit, rows), []
    for node in _statements(text):
        match node:
            case ast.AugAssign(target=ast.Subscript(slice=index), op=sign, value=value):
                added = lower.value(ast.UnaryOp(ast.USub(), value) if isinstance(sign, ast.Sub) else value)
            case ast.Expr(value=ast.Call(args=[ast.Subscript(slice=index), value])):
                added = lower.value(value)
            case _:
                raise AssertionError(f"not an update: {text}")
        indices = index.elts if isinstance(index, ast.Tuple) else [index]
        found.append(Update([lower.index(part) for part in indices], added, isinstance(node, ast.AugAssign)))
    return found


@cache
def _statements(text: str) -> list[ast.stmt]:
    return ast.parse(text).body


def lower_steps(
    text: str, steps: Mapping[str, str | None], env: dict[str, Any], build: Callable[[str, Mapping[str, Any]], Value]
) -> None:
    """Put the steps that a rule's text names into ``env``, with those that they name themselves."""
    for name in names_in(text):
        if name in steps and name not in env:
            step = steps[name]
            assert step is not None
            lower_steps(step, steps, env, build)
            env[name] = build(step, env)
            env[name].temp = name


@cache
def names_in(text: str) -> list[str]:
    """The names in a rule's text."""
    return [node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)]


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
        return self.op("const", [], value=value, text="..." if value is ... else repr(value))

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
            case ast.Tuple(elts=items):
                return self.op("tuple", list(map(self.value, items)))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
                return self.call(name, args, {k.arg or "": k.value for k in keywords})
        raise AssertionError(f"not rule text: {ast.unparse(node)}")

    def index(self, node: ast.expr) -> Value:
        if isinstance(node, ast.Slice):
            parts = (node.lower, node.upper, node.step)
            return self.op("slice", [self.const(None) if part is None else self.value(part) for part in parts])
        return self.value(node)

    def literal(self, node: ast.expr) -> Any:
        return self.env[node.id] if isinstance(node, ast.Name) else ast.literal_eval(node)

    def call(self, name: str, args: list[ast.expr], keywords: dict[str, ast.expr]) -> Value:
        row = self.rows.lookup(name)
        assert row is not None, f"no rule for {name}"
        if row.variadic:
            operands, given = [self.value(node) for node in args], keywords
        else:
            given = {**dict(zip(row.positional, args, strict=False)), **keywords}
            operands = [self.value(given[n]) if n in given else self.const(row.defaults[n]) for n in row.operands]
        statics = {n: self.literal(given[n]) if n in given else default for n, default in row.statics.items()}
        style = "attr" if name in ("shape", "size", "ndim") else "call"
        sequence = {"sequence": "tuple"} if row.is_sequence else {}
        return self.op(row.name, operands, style=style, **sequence, **statics)
