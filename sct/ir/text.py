"""SSA as text that a person can read."""

from __future__ import annotations

from sct.ir.nodes import Block, For, Function, If, Op, Value, While
from sct.ir.types import Type

_QUIET = frozenset(
    {"style", "lib", "authored", "form", "augmented", "sequence", "attribute", "text", "saved", "chained", "params"}
    | {"spelled", "types", "ref", "keywords", "pop"}
)


def format_function(fn: Function, types: bool = False) -> str:
    """The function as text: ``%y`` for a value named ``y``, ``%y.2`` for its second version, ``%1`` for a temporary."""
    return _Printer(types).function(fn)


class _Printer:
    def __init__(self, types: bool) -> None:
        self.types = types
        self.names: dict[Value, str] = {}
        self.counts: dict[str, int] = {}
        self.consts: dict[Value, str] = {}

    def name(self, value: Value) -> str:
        if value in self.consts:
            return self.consts[value]
        if value not in self.names:
            base = value.hint or ""
            self.counts[base] = self.counts.get(base, 0) + 1
            count = self.counts[base]
            self.names[value] = f"%{count}" if not base else f"%{base}" if count == 1 else f"%{base}.{count}"
        return self.names[value]

    def define(self, value: Value) -> str:
        return f"{self.name(value)}: {format_type(value.type)}" if self.types else self.name(value)

    def function(self, fn: Function) -> str:
        args = ", ".join(map(self.define, fn.params))
        return "\n".join([f"{fn.name}({args}):", *self.block(fn.body, "    ")])

    def block(self, block: Block, margin: str) -> list[str]:
        lines = [line for op in block.ops for line in self.op(op, margin)]
        return [*lines, f"{margin}yield {', '.join(map(self.name, block.yields))}".rstrip()]

    def op(self, op: Op, margin: str) -> list[str]:
        if op.name == "const" and op.result.hint is None:
            self.consts[op.result] = str(op.attrs["text"])
            return []
        operands = ", ".join(map(self.name, op.operands))
        attrs = " ".join(
            f"{key}={format_type(value) if isinstance(value, Type) else repr(value)}"
            for key, value in op.attrs.items()
            if key not in _QUIET and value is not None
        )
        left = ", ".join(map(self.define, op.results))
        if isinstance(op, If):
            lines = [f"{margin}if {operands}:", *self.block(op.then, margin + "    ")]
            lines += [f"{margin}else:", *self.block(op.orelse, margin + "    ")]
        elif isinstance(op, For):
            args = ", ".join(map(self.define, op.body.args))
            lines = [f"{margin}for ({args}) in ({operands}):", *self.block(op.body, margin + "    ")]
        elif isinstance(op, While):
            args = ", ".join(map(self.define, op.test.args))
            lines = [f"{margin}while ({args}) from ({operands}):", *self.block(op.test, margin + "    ")]
            lines += [
                f"{margin}do ({', '.join(map(self.define, op.body.args))}):",
                *self.block(op.body, margin + "    "),
            ]
        else:
            text = " ".join(part for part in (op.name, operands, attrs) if part)
            return [f"{margin}{left} = {text}" if left else f"{margin}{text}"]
        if left:
            lines[0] = f"{margin}{left} = {lines[0].strip()}"
        return lines


def format_type(type_: Type) -> str:
    """``float``, ``array[m, n]``, ``(int, float)``."""
    if type_.kind == "array":
        shape = "…" if type_.shape is None else ", ".join(map(str, type_.shape))
        return f"{type_.dtype}[{shape}]"
    if type_.kind == "tuple":
        return f"({', '.join(map(format_type, type_.items))})"
    if type_.kind == "list":
        return f"[{format_type(type_.items[0])}]"
    return f"{type_.kind}?" if type_.optional else type_.kind
