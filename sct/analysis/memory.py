"""Which values are one array, or one list, written in place over time.

Before: ``for (%b) { %b1 = index_add %b, %v, %i; yield %b1 }``.
After: ``%b``, ``%b1``, what the loop starts from and what it hands on are one; those of ``%b1 = add %b, %v`` are not.

Unlike ``analysis.sharing``, which says what may be, this says what is.
"""

from __future__ import annotations

from collections.abc import Callable

from sct.ir.nodes import Block, If, Loop, Op, Value, While
from sct.ir.operations import WRITES


def is_in_place(op: Op) -> bool:
    """Whether the result is the first operand, changed: asked once it is settled what is done in place."""
    if not op.operands or not op.operands[0].type.is_array or len(op.results) != 1:
        return False
    return op.name in WRITES or op.name == "index_add" or (op.name == "accumulate" and bool(op.attrs.get("in_place")))


class Memory:
    """``memory(value)``: what stands for the array that a value is a version of, by what is ``in_place``."""

    def __init__(self, block: Block, in_place: Callable[[Op], bool] = is_in_place) -> None:
        self._union: dict[Value, Value] = {}
        self._in_place = in_place
        while self._merge(block):
            pass

    def __call__(self, value: Value) -> Value:
        while value in self._union:
            value = self._union[value]
        return value

    def _join(self, values: list[Value]) -> bool:
        first, *others = dict.fromkeys(map(self, values))
        self._union.update(dict.fromkeys(others, first))
        return bool(others)

    def _merge(self, block: Block) -> bool:
        changed = False
        for op in block.ops:
            for owned in op.blocks:
                changed |= self._merge(owned)
            if self._in_place(op):
                changed |= self._join([op.operands[0], op.result])
            elif isinstance(op, If):
                for result, *yields in zip(op.results, op.then.yields, op.orelse.yields, strict=True):
                    bound = [value for value in yields if value.type.kind != "undef"]
                    if result.type.is_buffer and len(set(map(self, bound))) == 1:
                        changed |= self._join([*bound, result])
            elif isinstance(op, Loop):
                changed |= self._merge_loop(op)
        return changed

    def _merge_loop(self, op: Loop) -> bool:
        changed = False
        for k, (arg, following) in enumerate(zip(op.carried, op.nexts, strict=True)):
            if arg.type.is_buffer and self(arg) is self(following):
                inner = [op.test.args[k]] if isinstance(op, While) else []
                changed |= self._join([op.inits[k], arg, following, op.results[k], *inner])
        return changed
