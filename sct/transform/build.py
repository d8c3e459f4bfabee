"""Builds operations into a block, with their types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from sct.analysis.operations import infer_op
from sct.errors import Span
from sct.frontend.rule_text import Update, lower_expression, lower_steps, lower_updates
from sct.ir.literals import literal
from sct.ir.nodes import Block, Op, Statement, Value
from sct.ir.paths import STEP, TRANSPOSED, is_reshaped, shortest
from sct.ir.types import UNKNOWN, Type
from sct.rules import VOCABULARY

_OPERATORS = frozenset(
    {"add", "sub", "mul", "div", "neg", "pow", "matmul", "floordiv", "mod", "lt", "gt", "le", "ge", "eq"}
)


class Builder:
    """Appends operations to ``block``; each is said to come from ``stmt``, and spelled with the library ``lib``."""

    def __init__(self, block: Block, stmt: Statement | None = None) -> None:
        self.block = block
        self.stmt = stmt
        self.span: Span | None = None
        self.lib: str | None = None
        self.origin: Op | None = None

    @classmethod
    def instead_of(cls, op: Op, lib: str | None = None) -> Self:
        """A builder of what takes the place of ``op``: it comes from where that does."""
        found = cls(Block(), op.stmt)
        found.span, found.origin, found.lib = op.span, op.origin, lib
        return found

    def at(self, op: Op) -> None:
        """What is built next comes from ``op``."""
        self.stmt, self.span, self.origin = op.stmt, op.span, op
        self.lib = op.attrs.get("lib")

    def append(self, op: Op) -> None:
        op.stmt, op.span, op.origin = self.stmt, self.span, self.origin
        if op.attrs.get("lib") is None:
            op.attrs["lib"] = self.lib
        infer_op(op)
        self.block.ops.append(op)

    def op(self, name: str, *operands: Value, hint: str | None = None, temp: str | None = None, **attrs: Any) -> Value:
        """Append an operation with one result, and return it."""
        attrs.setdefault("style", "operator" if name in _OPERATORS else "call")
        op = Op(name, list(operands), [Value(hint=hint, temp=temp)], attrs)
        self.append(op)
        return op.result

    def effect(self, name: str, *operands: Value) -> None:
        """Append an operation without a result."""
        self.append(Op(name, list(operands), [], {}))

    def typed(self, name: str, operands: Sequence[Value], made: Sequence[Type], **attrs: Any) -> list[Value]:
        """Append an operation whose results have the given types."""
        results = [Value(type_) for type_ in made or [UNKNOWN]]
        self.append(Op(name, list(operands), results, attrs))
        return results

    def const(self, value: Any) -> Value:
        return self.op("const", value=value, text=literal(value))

    def path(self, indices: Sequence[Value]) -> list[Value]:
        """The same path without the author's names for its views, in as few subscripts as possible."""
        return shortest(
            [self.op("step", transposes=v.type == TRANSPOSED) if v.type in (STEP, TRANSPOSED) else v for v in indices],
        )

    def buffer(self, array: Value, path: Sequence[Value]) -> Value:
        """``array`` as it may be written into along a path: a reshaped view has to show it."""
        if not is_reshaped(path):
            return array
        return self.op("ascontiguousarray", array, hint=array.hint, temp=array.temp, lib="numpy")

    def text(self, text: str, env: Mapping[str, Any]) -> Value:
        """Append the operations of a rule's text, with its names bound by ``env``."""
        return lower_expression(text, env, self.append, VOCABULARY)

    def steps(self, text: str, steps: Mapping[str, str | None], env: dict[str, Any]) -> None:
        """Append the operations of the steps that a rule's text names, and put their values into ``env``."""
        lower_steps(text, steps, env, self.text)

    def updates(self, text: str, env: Mapping[str, Any]) -> list[Update]:
        """Append the operations of a rule's ``x_bar[i] += value``."""
        return lower_updates(text, env, self.append, VOCABULARY)
