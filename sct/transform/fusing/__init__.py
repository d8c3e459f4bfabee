"""Elementwise operations, writes of slices and sums, as fused loops without temporaries: what a compiler makes fast.

Before::

    %1 = getitem %A, (slice 1, -1); %2 = getitem %A, (slice None, -2); %3 = add %1, %2
    %B1 = store %B, %3, (slice 1, -1)

After::

    %B1 = for (%i, %B.2) in (1, len(B) - 1, 1, %B):
        %a = getitem %A, %i; %b = getitem %A, (%i - 1); %c = add %a, %b; %B.3 = store %B.2, %c, %i

What only the group needs has no array.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sct.analysis.liveness import use_counts
from sct.ir.nodes import Block, For, Function, Op, Statement, Value
from sct.ir.types import Dim, Type
from sct.transform.fusing.additions import additions_first
from sct.transform.fusing.columns import columns_late
from sct.transform.fusing.groups import Group, Grouping, is_pointwise, is_total, is_write
from sct.transform.fusing.hoist import hoist_buffers
from sct.transform.fusing.loops import Loops
from sct.transform.fusing.masks import masks_apart, masks_late
from sct.transform.fusing.nonempty import assert_nonempty
from sct.transform.fusing.rims import keep_rims_apart
from sct.transform.fusing.saves import saves_first
from sct.transform.fusing.sizes import name_sizes
from sct.transform.fusing.strips import in_strips
from sct.transform.fusing.sums import sums_early

_COUNTERS = "ijklmnpqrs"
_MANY = 3
"""How many arrays an expression reads that is faster as a loop: Numba vectorises none of so many."""

__all__ = ["assert_nonempty", "fuse", "hoist_buffers", "in_strips", "keep_rims_apart", "name_sizes"]


def fuse(fn: Function, boundary: int = 0) -> int:
    """Turn groups of operations of ``fn`` into loops; returns where the operations from ``boundary`` on begin then."""
    body = fn.body
    count = use_counts(body)
    first, second = (_ordered(ops, count) for ops in (body.ops[:boundary], body.ops[boundary:]))
    for owned in (owned for op in body.ops for block in op.blocks for owned in block.blocks()):
        owned.ops = _ordered(owned.ops, count)
    body.ops, boundary = [*first, *second], len(first)
    fuser = _Fuser(fn)
    forward, reverse = (fuser.ops(ops, body.yields) for ops in (body.ops[:boundary], body.ops[boundary:]))
    body.ops = [*forward, *reverse]
    fuser.rename(body)
    name_counters(body.ops, ())
    return len(forward)


def _ordered(ops: Sequence[Op], count: Counter[Value]) -> list[Op]:
    return masks_apart(additions_first(columns_late(ops, count)))


def name_counters(ops: Sequence[Op], around: tuple[str | None, ...]) -> None:
    """Call the counters of fused loops after none of the loops that they stand in."""
    for op in ops:
        inside = around
        if isinstance(op, For):
            counter = op.body.args[0]
            if op.attrs.get("fused"):
                counter.temp = next((name for name in _COUNTERS if name not in around), None)
            inside = (*around, counter.hint or counter.temp)
        for block in op.blocks:
            name_counters(block.ops, inside)


def _is_column(type_: Type, shape: Sequence[Dim]) -> bool:
    """Whether each row of the shape goes with one element of the operand: ``b[:, None]``."""
    return type_.shape is not None and type_.shape[-1:] == (1,) and shape[-1] != 1


def _read_by_statement(group: Group) -> list[set[Value]]:
    """For each statement of a group the arrays that it reads and that the group does not make."""
    found: dict[tuple[Statement | None, bool], set[Value]] = {}
    for op in group.ops:
        if is_pointwise(op):
            arrays = {value for value in op.operands if value.type.is_array} - group.made
            found.setdefault((op.stmt, op.origin is None), set()).update(arrays)
    return list(found.values())


class _Fuser:
    def __init__(self, fn: Function) -> None:
        self.grouping = Grouping(fn)
        self.renamed: dict[Value, Value] = {}

    def ops(self, ops: Sequence[Op], yields: Sequence[Value]) -> list[Op]:
        for op in ops:
            for block in op.blocks:
                block.ops = self.ops(block.ops, block.yields)
        ordered = masks_late(sums_early(saves_first(ops)), yields)
        return [op for group in self.grouping.groups(ordered) for op in self.fused(group)]

    def fused(self, group: Group) -> list[Op]:
        if not self.pays(group):
            for op in group.ops:
                if op.attrs.pop("made", False):
                    op.attrs["in_place"] = True
            return group.ops
        loops = Loops(self.grouping, group)
        self.renamed.update(loops.renamed)
        return loops.built()

    def pays(self, group: Group) -> bool:
        """Whether loops are better than operations on arrays: there are slices, or an array less is made.

        Never of what is known to be empty: slices of one size are cut at the same places, unless nothing is left.
        """
        made = [op.result for op in group.ops if is_pointwise(op)]
        kept = [value for value in made if self.grouping.outside(value, group)]
        if group.shape is None or 0 in group.shape or any(value.type.element != "float" for value in kept):
            return False
        if all(op.name == "copy" or (not is_pointwise(op) and not is_write(op)) for op in group.ops):
            return False
        if any(self.grouping.is_broken_off(value, group) for value in kept):
            return False
        passing = {*made} - {*kept}
        signed = {op.result for op in group.ops if op.name == "neg" and op.operands[0] not in made}  # `x -= g`
        if any(is_write(op) and op.operands[1] in passing - signed for op in group.ops):
            return True  # what is only added to an array would be one itself
        sums = [op for op in group.ops if is_total(op)]
        if any(op.operands[0] in (made if op.result.type.is_scalar else passing) for op in sums):
            return True  # so would what is only added up
        if any(_is_column(value.type, group.shape) for op in group.ops if is_pointwise(op) for value in op.operands):
            return True  # Numba asks in each element which one of a column it goes with
        if any(len(arrays) >= _MANY for arrays in _read_by_statement(group)):
            return True
        named = {value for value in passing if value.hint is not None}
        named -= {op.operands[0] for op in group.ops if op.name == "accumulate"}
        return group.slices or (bool(kept) and bool(named))

    def rename(self, block: Block) -> None:
        """Let what named a version inside a nest name the last one."""
        for op in block.ops:
            op.operands = [self.renamed.get(value, value) for value in op.operands]
            for owned in op.blocks:
                self.rename(owned)
        block.yields = [self.renamed.get(value, value) for value in block.yields]
