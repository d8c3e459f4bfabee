"""Elementwise operations and writes of slices, as fused loops without temporaries: what a compiler makes fast.

Before::

    %1 = getitem %A, (slice 1, -1); %2 = getitem %A, (slice None, -2); %3 = add %1, %2
    %B1 = store %B, %3, (slice 1, -1)

After::

    %B1 = for (%i, %B.2) in (1, len(B) - 1, 1, %B):
        %a = getitem %A, %i; %b = getitem %A, (%i - 1); %c = add %a, %b; %B.3 = store %B.2, %c, %i

What only the group needs has no array.
"""

from __future__ import annotations

from collections.abc import Sequence

from sct.ir.nodes import Block, Function, Op, Value
from sct.transform.fusing.groups import Group, Grouping, is_pointwise, is_write
from sct.transform.fusing.hoist import hoist_buffers
from sct.transform.fusing.loops import Loops
from sct.transform.fusing.saves import saves_first
from sct.transform.fusing.sizes import name_sizes

__all__ = ["fuse", "hoist_buffers", "name_sizes"]


def fuse(fn: Function, boundary: int = 0) -> int:
    """Turn groups of operations of ``fn`` into loops; returns where the operations from ``boundary`` on begin then."""
    fuser = _Fuser(fn)
    body = fn.body
    forward, reverse = fuser.ops(body.ops[:boundary]), fuser.ops(body.ops[boundary:])
    body.ops = [*forward, *reverse]
    fuser.rename(body)
    return len(forward)


class _Fuser:
    def __init__(self, fn: Function) -> None:
        self.grouping = Grouping(fn)
        self.renamed: dict[Value, Value] = {}

    def ops(self, ops: Sequence[Op]) -> list[Op]:
        for op in ops:
            for block in op.blocks:
                block.ops = self.ops(block.ops)
        return [op for group in self.grouping.groups(saves_first(ops)) for op in self.fused(group)]

    def fused(self, group: Group) -> list[Op]:
        if not self.pays(group):
            return group.ops
        loops = Loops(self.grouping, group)
        self.renamed.update(loops.renamed)
        return loops.built()

    def pays(self, group: Group) -> bool:
        """Whether loops are better than operations on arrays: there are slices, or an array less."""
        made = [op.result for op in group.ops if is_pointwise(op)]
        kept = [value for value in made if self.grouping.outside(value, group)]
        if group.shape is None or any(value.type.element != "float" for value in kept):
            return False
        if all(op.name == "copy" or (not is_pointwise(op) and not is_write(op)) for op in group.ops):
            return False
        if any(self.grouping.is_broken_off(value, group) for value in kept):
            return False
        return group.slices or (bool(kept) and any(value.hint is not None for value in {*made} - {*kept}))

    def rename(self, block: Block) -> None:
        """Let what named a version inside a nest name the last one."""
        for op in block.ops:
            op.operands = [self.renamed.get(value, value) for value in op.operands]
            for owned in op.blocks:
                self.rename(owned)
        block.yields = [self.renamed.get(value, value) for value in block.yields]
