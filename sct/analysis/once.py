"""Which indices surely name no element twice.

Before: ``%rows = arange %n; … index_add %a_bar, %g, %rows, %labels``, with as many labels as rows.
After: it does not: each of its places has another row.  So have those of ``argsort``, a permutation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sct.ir.nodes import Op, Value, repeats


def named_once(indices: Sequence[Value], makers: Mapping[Value, Op]) -> bool:
    """Whether the indices name each element at most once."""
    arrays = [index for index in indices if index.type.is_array]
    if not repeats(indices):
        return True
    if repeats([index for index in indices if index not in arrays]) or any(v.type.dtype != "int" for v in arrays):
        return False
    shapes = {index.type.shape for index in arrays}  # equal ones, or the numbers that differ would be repeated
    return len(shapes) == 1 and all(v.type.rank == 1 for v in arrays) and any(_differ(v, makers) for v in arrays)


def _differ(index: Value, makers: Mapping[Value, Op]) -> bool:
    """Whether an array holds positions from the start, no two of them equal."""
    op = makers.get(index)
    if op is None or op.name not in ("arange", "argsort"):
        return False
    return op.name == "argsort" or _counts(op)


def _counts(op: Op) -> bool:
    """Whether an ``arange`` counts from 0, or from a number known not to be negative, by one."""
    first, stop, step = (value.type for value in op.operands)
    starts = stop.kind == "none" or (isinstance(first.dim, int) and first.dim >= 0)
    return {first.kind, stop.kind} <= {"int", "none"} and starts and step.kind == "none"
