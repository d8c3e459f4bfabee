"""What each turn of a reverse loop computes of an adjoint that the loop leaves alone is computed before it.

Before: ``for %t … { %1 = sum %x_bar; %r_bar = accumulate %r_bar0, %1; … }``, where no turn changes ``%x_bar``.
After: ``%1 = sum %x_bar; for %t … { %r_bar = accumulate %r_bar0, %1; … }``.

So it is where each turn only adds to a variable, as to a sum of costs or to the logarithm of a weight.  A loop may have
no turns: what is moved is whole arrays' sums and products, which never raise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sct.ir.nodes import Block, For, Function, Hook, Op, Value

_OF_ONE = frozenset({"neg", "sum"})
_OF_TWO = frozenset({"mul", "add", "sub", "dot"})


def take_out(fn: Function, derived: Sequence[Op]) -> None:
    """Move what is the same in all turns of the loops among the operations ``derived`` of ``fn``."""
    _Steady(set(Block(ops=list(derived)).walk())).block(fn.body)


class _Steady:
    def __init__(self, derived: set[Op]) -> None:
        self.derived = derived
        self.made = {result for op in derived for result in op.results}

    def block(self, block: Block) -> None:
        ops = list[Op]()
        for op in block.ops:
            for owned in op.blocks:
                self.block(owned)
            if isinstance(op, For) and op in self.derived:
                ops += self.taken(op)
            ops.append(op)
        block.ops = ops

    def taken(self, loop: For) -> list[Op]:
        """Take out of a loop what is to stand before it."""
        both = [op for op in (loop, loop.origin) if op is not None]
        changing = {value for block in list(Block(ops=both).blocks())[1:] for value in _values(block)}
        numbers = {made.result: made for op in both for made in op.blocks[-1].ops if made.name == "const"}
        found = list[Op]()
        for op in list(loop.body.ops):
            if self.may_move(op) and changing.isdisjoint({*op.operands} - numbers.keys()):
                for k, value in enumerate(op.operands):
                    if value in numbers:
                        found.append(replace(numbers[value], results=[Value(value.type)], origin=op.origin))
                        op.operands[k] = found[-1].result
                op.result.temp = op.result.temp or _name(op)
                found.append(op)
                loop.body.ops.remove(op)
                changing.difference_update(op.results)
        return found

    def may_move(self, op: Op) -> bool:
        """Whether an operation on adjoints takes long, and makes something of any numbers."""
        arrays = [value for value in op.operands if not value.type.is_scalar]
        if op not in self.derived or isinstance(op.origin, Hook) or not arrays or not self.made.issuperset(arrays):
            return False
        shapes = {value.type.shape for value in arrays}
        alike = len(arrays) == 1 or (len(shapes) == 1 and None not in shapes)
        return op.name in _OF_ONE or (op.name in _OF_TWO and alike)


def _values(block: Block) -> set[Value]:
    return {*block.args, *(value for op in block.ops for value in op.results)}


def _name(op: Op) -> str | None:
    """What a sum is called."""
    summed = op.operands[0].hint or op.operands[0].temp
    return f"{summed}_sum" if op.name == "sum" and summed is not None else None
