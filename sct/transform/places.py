"""Whether two subscripts name the same elements, or none in common."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from sct.ir.nodes import Op, Value
from sct.ir.types import Dim

Made = Mapping[Value, Op]
_SHAPES = frozenset({"slice", "step", "add", "sub"})


def alike(a: Sequence[Value], b: Sequence[Value], made: Made, reads: bool = False) -> bool:
    """Whether two lists of values are the same, by how they are computed; ``reads``: of arrays that nothing changes."""
    return len(a) == len(b) and all(x is y or _same(x, y, made, reads) for x, y in zip(a, b, strict=True))


def _same(x: Value, y: Value, made: Made, reads: bool) -> bool:
    first, second = made.get(x), made.get(y)
    if first is None or second is None or first.name != second.name:
        return False
    if first.name == "const":
        one, two = first.attrs["value"], second.attrs["value"]
        return type(one) is type(two) and bool(one == two)
    is_known = first.name in _SHAPES or (reads and first.name == "getitem")
    return is_known and x.type == y.type and alike(first.operands, second.operands, made, reads)


def apart(a: Sequence[Value], b: Sequence[Value], made: Made) -> bool:
    """Whether two lists of indices surely name no element in common: along some axis numbers tell them apart."""
    for x, y in zip(a, b, strict=False):
        if x.type.kind == y.type.kind == "int" and _differ(x.type.dim, y.type.dim):
            return True
        one, two = _extent(x, made), _extent(y, made)
        if one is None or two is None:
            return False
        if one[1] <= two[0] or two[1] <= one[0]:
            return True
    return False


def _differ(a: Dim | None, b: Dim | None) -> bool:
    """Whether two numbers surely name different elements: both are counted from one end, or from one number."""
    if isinstance(a, int) and isinstance(b, int):
        return a != b and (a < 0) == (b < 0)
    return False


def _extent(index: Value, made: Made) -> tuple[float, float] | None:
    """The first element that an index may name and the one behind the last; None where it may stand for other axes."""
    everything = (0.0, math.inf)
    if index.type.kind == "int":
        place = index.type.dim
        return (place, place + 1.0) if isinstance(place, int) and place >= 0 else everything
    op = made.get(index)
    if index.type.kind != "slice" or op is None or op.name != "slice":
        return None
    start, stop, step = (value.type for value in op.operands)
    if step.kind != "none":
        return everything
    first = start.dim if isinstance(start.dim, int) and start.dim >= 0 else 0
    last = stop.dim if isinstance(stop.dim, int) and stop.dim >= 0 else math.inf
    return float(first), float(last)
