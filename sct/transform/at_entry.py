"""Sizes that are known before the loops, computed there from what is at hand.

Before: ``for %i in (0, %n, 1) { for %j in (0, (add %i, 1), 1) { … } }``.
After: ``%n`` places for ``%i`` and, as an upper bound, ``%n`` for ``%j``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from sct.errors import Span
from sct.ir.nodes import Block, For, If, Op, Value
from sct.ir.operations import WRITES
from sct.ir.sizes import shift
from sct.ir.types import Dim, Type
from sct.transform.build import Builder

_PURE = frozenset({"const", "add", "sub", "mul", "floordiv", "neg", "shape", "len", "size", "getitem", "item"})


@dataclass
class Origins:
    """What makes the values of a function.

    Attributes
    ----------
    makers : dict
        The operation that a value is a result of.
    loop_of : dict
        The loop that a value is the index of.
    inits : dict
        Of what a loop carries, what it is at first, and what a turn hands on.
    """

    makers: dict[Value, Op] = field(default_factory=dict)
    loop_of: dict[Value, For] = field(default_factory=dict)
    inits: dict[Value, tuple[Value, Value]] = field(default_factory=dict)

    def note(self, op: Op) -> None:
        self.makers.update(dict.fromkeys(op.results, op))
        if isinstance(op, For):
            self.loop_of[op.body.args[0]] = op
            self.inits.update(zip(op.carried, zip(op.inits, op.nexts, strict=True), strict=True))


class AtEntry:
    """What is known before the loops: values to build sizes from, and the operations that build them."""

    def __init__(self, origins: Origins, known: Iterable[Value], span: Span | None) -> None:
        self.origins = origins
        self.known = dict.fromkeys(known)
        self.builder = Builder(Block())
        self.builder.span = span
        self.builder.lib = "numpy"

    @property
    def made(self) -> list[Op]:
        return self.builder.block.ops

    def const(self, value: int) -> Value:
        return self.builder.const(value)

    def step(self, loop: For) -> int:
        maker = self.maker(loop.operands[2])
        value = maker.attrs.get("value") if maker is not None and maker.name == "const" else None
        return value if isinstance(value, int) else 0

    def extent(self, loop: For) -> Value | None:
        """One more than the largest index, if none is negative."""
        start, stop, _ = loop.operands[:3]
        if self.step(loop) > 0 and self.at_least_zero(start):
            return self.bound(stop)
        if self.step(loop) < 0 and self.at_least_zero(stop, minus=1):
            return self.behind(start)
        return None

    def at_least_zero(self, value: Value, minus: int = 0) -> bool:
        """Whether ``value >= -minus`` for sure."""
        op = self.maker(value)
        loop = self.origins.loop_of.get(value)
        if loop is not None:
            start, stop, _ = loop.operands[:3]
            step = self.step(loop)
            return (step > 0 and self.at_least_zero(start)) or (step < 0 and self.at_least_zero(stop, minus=1))
        if op is None:
            return False
        if op.name == "const":
            return isinstance(op.attrs["value"], int) and op.attrs["value"] >= -minus
        if op.name in ("getitem", "item"):
            maker = self.maker(op.operands[0])
            return maker is not None and maker.name == "shape"
        if op.name == "sub" and minus and self.is_one(op.operands[1]):
            return self.at_least_zero(op.operands[0])
        if op.name in ("add", "mul", "floordiv"):
            return all(map(self.at_least_zero, op.operands))
        return op.name in ("len", "size")

    def behind(self, value: Value) -> Value | None:
        """A value that is larger."""
        loop, op = self.origins.loop_of.get(value), self.maker(value)
        if loop is not None and value not in self.known:
            return self.extent(loop)
        if op is not None and op.name == "sub" and self.is_one(op.operands[1]):
            return self.bound(op.operands[0])
        top = self.bound(value)
        return None if top is None else self.moved("add", top, self.const(1))

    def maker(self, value: Value) -> Op | None:
        return self.origins.makers.get(value) or next((op for op in self.made if value in op.results), None)

    def is_one(self, value: Value) -> bool:
        op = self.maker(value)
        return op is not None and op.name == "const" and op.attrs["value"] == 1

    def bound(self, value: Value) -> Value | None:
        """A value that is at least as large, from what is known at the entry."""
        loop = self.origins.loop_of.get(value)
        if loop is not None and value not in self.known:
            extent = self.extent(loop)
            return None if extent is None else self.builder.op("sub", extent, self.const(1))
        op = self.maker(value)
        if op is not None and op.name in ("add", "sub") and self.exact(value, trial=True) is None:
            a, b = op.operands
            first = self.bound(a)
            second = self.bound(b) if op.name == "add" else self.exact(b)
            return None if first is None or second is None else self.moved(op.name, first, second)
        return self.exact(value)

    def moved(self, name: str, value: Value, by: Value) -> Value:
        """``value + by`` or ``value - by``; ``n - 1 + 1`` is ``n``."""
        op = self.maker(value)
        if op in self.made and {op.name, name} == {"add", "sub"} and self.is_one(op.operands[1]) and self.is_one(by):
            if not any(value in other.operands for other in self.made):
                self.made.remove(op)
            return op.operands[0]
        return self.builder.op(name, value, by)

    def exact(self, value: Value, trial: bool = False) -> Value | None:
        """The value itself, computed at the entry from what is known there."""
        if value in self.known:
            return value
        op = self.maker(value)
        if op is None:
            return self.version(value) if value.type.is_array else None
        if op.name in WRITES or op.name == "index_add":
            return self.version(value) if value.type.is_array else None
        if op.name not in _PURE or (op.name == "getitem" and op.operands[0].type.kind != "tuple"):
            return None
        operands = [self.exact(operand, trial) for operand in op.operands]
        if any(operand is None for operand in operands):
            return None
        if trial:
            return value
        attrs = {key: attr for key, attr in op.attrs.items() if key not in ("authored", "augmented")}
        result = Value(op.result.type)
        self.made.append(Op(op.name, [v for v in operands if v is not None], [result], attrs, op.span))
        return result

    def version(self, value: Value) -> Value | None:
        """The version at the entry of an array whose versions all have one storage, hence one shape."""
        seen: set[Value] = set()
        todo, entry = [value], None
        while todo:
            value = todo.pop()
            if value in seen:
                continue
            seen.add(value)
            op = self.maker(value)
            if value in self.known:
                if entry not in (None, value):
                    return None
                entry = value
            elif op is not None and (op.name in WRITES or op.name == "index_add"):
                todo.append(op.operands[0])
            elif isinstance(op, For):
                k = op.results.index(value)
                todo += [op.inits[k], op.nexts[k]]
            elif isinstance(op, If):
                todo += [block.yields[op.results.index(value)] for block in op.blocks]
            elif value in self.origins.inits:
                todo += self.origins.inits[value]
            else:
                return None
        return entry

    def dims(self, item: Type, tape: Value) -> list[Value] | None:
        """The dimensions of a record, each read off an array that is known at the entry; None if one is not."""
        if item.optional:
            return None
        if item.is_scalar:
            return []
        if not item.is_array or item.shape is None:
            return None
        found = [self.dim(dim, (tape.hint or "").removesuffix("_saved")) for dim in item.shape]
        return None if any(size is None for size in found) else [size for size in found if size is not None]

    def dim(self, dim: Dim, name: str) -> Value | None:
        if isinstance(dim, int):
            return self.const(dim)
        if dim.startswith("?"):
            return None
        less = re.search(r"-(\d+)$", dim)
        # The latest version of an array that has a name anyway, so that it needs no second one; best of the same array.
        latest = list(reversed(self.known))
        for array in sorted(latest, key=lambda value: (value.hint != name, value.hint is None)):
            for axis, known in enumerate(array.type.shape or ()):
                if known == dim or (less and isinstance(known, str) and shift(known, -int(less[1])) == dim):
                    shape = self.builder.op("shape", array, style="attr")
                    size = self.builder.op("getitem", shape, self.const(axis))
                    if known == dim:
                        return size
                    rest = self.builder.op("sub", size, self.const(int(less[1] if less else 0)))
                    return self.builder.op("maximum", rest, self.const(0), lib="builtins")  # there may be too few
        return None
