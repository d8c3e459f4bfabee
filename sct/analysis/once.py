"""Which indices surely name no element twice.

Before: ``%rows = arange %n; … index_add %a_bar, %g, %rows, %labels``, with as many labels as rows.
After: it does not: each of its places has another row.  So have those of ``argsort``, a permutation, and the places
that ``nonzero`` or ``triu_indices`` find are each another one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sct.ir.indices import repeats
from sct.ir.nodes import Op, Value


def named_once(indices: Sequence[Value], makers: Mapping[Value, Op]) -> bool:
    """Whether the indices name each element at most once."""
    arrays = [index for index in indices if index.type.is_array]
    if not repeats(indices):
        return True
    if repeats([index for index in indices if index not in arrays]) or any(v.type.dtype != "int" for v in arrays):
        return False
    if _finds(arrays, makers):
        return True
    shapes = {index.type.shape for index in arrays}  # equal ones, or the numbers that differ would be repeated
    return len(shapes) == 1 and all(v.type.rank == 1 for v in arrays) and any(_differ(v, makers) for v in arrays)


_FINDERS = frozenset({"nonzero", "triu_indices", "tril_indices", "triu_indices_from", "tril_indices_from", "ix"})


def _finds(arrays: Sequence[Value], makers: Mapping[Value, Op]) -> bool:
    """Whether the indices are all that one call found of places, each of which it finds once."""
    items = [op for op in map(makers.get, arrays) if op is not None and op.name == "item"]
    found = {op.operands[0] for op in items}
    if len(items) < len(arrays) or len(found) != 1:
        return False
    (places,) = found
    op = makers.get(places)
    if (
        op is None
        or op.name not in _FINDERS
        or {item.attrs["index"] for item in items} != {*range(len(places.type.items))}
    ):
        return False
    return op.name != "ix" or all(_differ(given, makers) for given in op.operands)


def _differ(index: Value, makers: Mapping[Value, Op]) -> bool:
    """Whether an array holds positions from the start, no two of them equal."""
    op = makers.get(index)
    if op is None:
        return False
    if op.name == "item":
        maker = makers.get(op.operands[0])
        return maker is not None and maker.name in ("diag_indices", "diag_indices_from")
    if op.name in ("array", "tuple"):
        return _are_positions([makers.get(value) for value in op.operands])
    return op.name in ("argsort", "flatnonzero", "diagonal_places") or (op.name == "arange" and _counts(op))


def _are_positions(items: Sequence[Op | None]) -> bool:
    """Whether the items are constants, none of them negative, and no two of them equal."""
    numbers = [op.attrs["value"] for op in items if op is not None and op.name == "const"]
    return len(numbers) == len(items) == len(set(numbers)) and all(type(k) is int and k >= 0 for k in numbers)


def _counts(op: Op) -> bool:
    """Whether an ``arange`` counts from 0, or from a number known not to be negative, by one."""
    first, stop, step = (value.type for value in op.operands)
    starts = stop.kind == "none" or (isinstance(first.dim, int) and first.dim >= 0)
    return {first.kind, stop.kind} <= {"int", "none"} and starts and step.kind == "none"
