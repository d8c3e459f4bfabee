"""Tangents along many directions: which values are stacks of them, and how a value becomes one.

Before: ``%y_dot: float[n]``.
After: ``%y_dot: float[directions, n]``.  What does not depend on the directions is made a stack of zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sct.ir.nodes import Block, Function, If, Loop, Op, Value, While
from sct.ir.types import INT, Type
from sct.rules.table import Unsupported
from sct.transform.build import Builder

HELP = "use `sct.jvp`, a direction at a time, or reverse mode"


class Stacks:
    """The values that are stacks, their types as they were, and what makes others into stacks."""

    def __init__(self, fn: Function, seeds: Sequence[Value]) -> None:
        self.count = Value(INT, hint="directions")
        self.makers = {result: op for op in fn.body.walk() for result in op.results}
        self.numbers: tuple[str, ...] = ()  # the parameters whose dtype zeros have
        self.plain: dict[Value, Type] = {}
        self.values: dict[Value, None] = dict.fromkeys(seeds)
        while True:
            before = len(self.values)
            self.reach(fn.body)
            if len(self.values) == before:
                break

    def reach(self, block: Block) -> None:
        """Add what is computed from stacks in a block."""
        for op in block.ops:
            if isinstance(op, If):
                pairs = zip(op.results, op.then.yields, op.orelse.yields, strict=True)
                self.together([list(group) for group in pairs])
            elif isinstance(op, Loop):
                groups = list(zip(op.results, op.carried, op.inits, op.nexts, strict=True))
                self.together([[result, arg, start, after] for result, arg, start, after in groups], until=2)
                for k, arg in enumerate(op.test.args if isinstance(op, While) else []):
                    if op.carried[k] in self.values:
                        self.values[arg] = None
            elif op.name == "call_tangent":
                self.values.update(dict.fromkeys(op.results[has_value(op) :]))
            elif any(v in self.values for v in op.operands):
                self.values.update(dict.fromkeys(op.results))
            for owned in op.blocks:
                self.reach(owned)

    def together(self, groups: list[list[Value]], until: int = 1) -> None:
        """Where one of a group is a stack, its first ones are."""
        for group in groups:
            if any(value in self.values for value in group):
                self.values.update(dict.fromkeys(group[:until]))

    # stacks

    def wide(self, value: Value, build: Builder) -> Value:
        """The value as a stack: one that does not depend on the directions is zero."""
        if value in self.values or value.type.kind == "none":
            return value
        plain = value.type
        if plain.kind == "tuple":
            items = [build.op("item", value, index=k) for k in range(len(plain.items))]
            made = build.op("tuple", *(self.wide(item, build) for item in items), form=plain.form)
        else:
            maker = self.makers.get(value)
            like = maker.operands[0] if maker is not None and maker.name == "zeros_like" else value
            dims = [build.text(f"shape(x)[{k}]", {"x": like}) for k in range(self.rank(plain))]
            shape = build.op("tuple", self.count, *dims) if dims else self.count
            made = build.op("zeros", shape, dtype=self.numbers or None, lib="numpy")
        made.hint, made.temp = value.hint, value.temp
        made.type = stacked(plain)
        self.values[made] = None
        self.plain[made] = plain
        return made

    def rank(self, plain: Type) -> int:
        if plain.rank is None:
            raise Unsupported("a tangent of unknown rank along several directions", HELP)
        return plain.rank

    def was(self, value: Value) -> Type:
        """The type of a value, of one direction."""
        return self.plain.get(value, value.type)

    def aligned(self, value: Value, rank: int, build: Builder) -> Value:
        """The value with axes of length 1 behind the first, so that it broadcasts as one of ``rank`` does."""
        missing = rank - self.rank(self.was(value))
        if value not in self.values or missing <= 0:
            return value
        return build.op("getitem", value, full(build), *(build.const(None) for _ in range(missing)))

    def again(self, op: Op, operands: Sequence[Value], build: Builder, **attrs: Any) -> Value:
        return build.op(op.name, *operands, **{**op.attrs, **attrs})


def stacked(type_: Type) -> Type:
    if type_.kind == "tuple":
        return replace(type_, items=tuple(map(stacked, type_.items)))
    if type_.kind == "none":
        return type_
    if type_.is_scalar:
        return Type("array", ("directions",))
    if not type_.is_array or type_.shape is None:
        raise Unsupported("a tangent of unknown rank, or in a list, along several directions", HELP)
    return Type("array", ("directions", *type_.shape))


def full(build: Builder) -> Value:
    """The index ``:``."""
    return build.op("slice", *(build.const(None) for _ in range(3)))


def has_value(op: Op) -> bool:
    """Whether a ``call_tangent`` has the callee's value as its first result."""
    return bool(op.attrs["summary"].type.kind not in ("none", "str"))
