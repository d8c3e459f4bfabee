"""A part ``[:1]`` that loops take for one element is one: of an empty array there would be none to read.

Before: ``%a = getitem %z, (slice None 1); %b = mul %a, %x``, of arrays of sizes ``m`` and ``n``.
After: ``assert (gt (getitem (shape %z) 0) 0)`` before the first.  NumPy makes an empty array of both; compiled loops
over ``%x`` would read behind the end of ``%z``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import zip_longest

from sct.ir.nodes import Block, Function, Op, Value
from sct.ir.types import Dim
from sct.rules.table import lookup
from sct.transform.build import Builder
from sct.transform.fusing.groups import shape_of_region

_MAKES_ALIKE = frozenset({"copy", "transpose", "getitem", "astype"})
Part = tuple[Op, int]
"""The read of a part, and its axis."""


def assert_nonempty(fn: Function, boundary: int) -> int:
    """Assert what loops will rely on; returns where the operations from ``boundary`` on begin then."""
    relied = _relied(fn)
    first, behind = (_asserted(ops, relied) for ops in (fn.body.ops[:boundary], fn.body.ops[boundary:]))
    fn.body.ops = [*first, *behind]
    return len(first)


def _asserted(ops: list[Op], relied: dict[Op, set[int]]) -> list[Op]:
    found = list[Op]()
    for op in ops:
        for owned in op.blocks:
            owned.ops = _asserted(owned.ops, relied)
        for axis in sorted(relied.get(op, ())):
            build = Builder(Block(), op.stmt)
            build.span, build.lib = op.span, "numpy"
            shape = build.op("shape", op.operands[0], style="attr")
            build.effect("assert", build.op("gt", build.op("getitem", shape, build.const(axis)), build.const(0)))
            found += build.block.ops
        found.append(op)
    return found


def _relied(fn: Function) -> dict[Op, set[int]]:
    """The reads of parts that are broadcast, or what is computed of them is, with their axes.

    Along the array's own axis a loop has no turns where that is empty.
    """
    shown: dict[Value, set[Part]] = defaultdict(set)
    makers = {result: op for op in fn.body.walk() for result in op.results}
    relied: dict[Op, set[int]] = defaultdict(set)
    for op in fn.body.walk():
        row = lookup(op.name)
        is_elementwise = row is not None and row.elementwise
        parts = {value: shown[value] for value in op.operands if value in shown}
        for value, seen in parts.items():
            shape = op.result.type.shape if is_elementwise else shape_of_region(op) if op.name == "store" else None
            for dim in _widened(value.type.shape or (), shape or ()):
                for read, axis in seen:
                    if (read.operands[0].type.shape or ())[axis] != dim:
                        relied[read].add(axis)
        seen = (
            {part for each in parts.values() for part in each} if is_elementwise or op.name in _MAKES_ALIKE else set()
        )
        if op.name == "getitem":
            seen |= {(op, axis) for axis in _firsts(op, makers)}
        if seen:
            shown[op.result] |= seen
    return relied


def _widened(shape: Sequence[Dim], wide: Sequence[Dim]) -> set[Dim]:
    """What dimensions of 1 become."""
    pairs = zip_longest(reversed(shape), reversed(wide), fillvalue=1)
    return {dim for own, dim in pairs if own == 1 != dim}


def _firsts(op: Op, makers: dict[Value, Op]) -> list[int]:
    """The axes along which a read takes ``[:1]`` of what may be empty."""
    found = list[int]()
    for axis, (index, dim) in enumerate(zip(op.operands[1:], op.operands[0].type.shape or (), strict=False)):
        if index.type.is_array or index.type.kind in ("none", "ellipsis", "step"):
            break
        part = makers.get(index)
        if part is None or part.name != "slice" or not isinstance(dim, str):
            continue
        start, stop, _ = part.operands
        if stop.type.dim == 1 and (start.type.kind == "none" or start.type.dim == 0):
            found.append(axis)
    return found
