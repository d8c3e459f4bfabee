"""Which value stands for which: what a pass puts in the place of others.

Before: ``%2 = neg %1; %3 = mul %2, %x``, with ``%0`` instead of ``%2``.
After: ``%2 = neg %1; %3 = mul %0, %x``.
"""

from __future__ import annotations

from sct.ir.nodes import Block, Value


class Instead(dict[Value, Value]):
    """For a value, the one in its place, for which another one may stand in turn."""

    def final(self, value: Value) -> Value:
        """What stands for the value in the end."""
        while value in self:
            value = self[value]
        return value

    def substitute(self, block: Block) -> None:
        """Name what stands for each value wherever the block, and what is in it, uses it."""
        if not self:
            return
        for inner in block.blocks():
            for op in inner.ops:
                op.operands = [self.final(value) for value in op.operands]
            inner.yields = [self.final(value) for value in inner.yields]

    def drop(self, block: Block) -> None:
        """Take out the operations for whose results something else stands, and substitute that."""
        for inner in block.blocks() if self else ():
            inner.ops = [op for op in inner.ops if not any(result in self for result in op.results)]
        self.substitute(block)
