"""The integers of a function's arguments that are computed with: of NumPy's narrow ones, the results wrap around.

Before: ``%1 = mul %x, %k; %y = sub 1.0, %1; %z = getitem %w, %i``.
After: ``k``; an index is none of these.

Where ``k`` is an array of ``uint8``, ``x * k`` has floats, but ``-k``, which its adjoint computes, has none below 0.
"""

from __future__ import annotations

from collections.abc import Iterator

from sct.ir.nodes import Block, Function, If, Op, Value
from sct.ir.phis import phis
from sct.ir.types import Type
from sct.rules.shapes import element_of

_ASKED = frozenset(
    {"eq", "ne", "lt", "le", "gt", "ge", "in", "not_in", "is", "is_not", "is_kind", "isscalar", "not"}
    | {"len", "shape", "ndim", "size", "items", "float", "int", "bool", "print"}
)
"""What asks something of integers, or makes those of Python or floats of them."""
_SAME = frozenset(
    {"getitem", "item", "bind", "copy", "ravel", "reshape", "transpose", "squeeze", "asarray", "array_of"}
)
"""What gives the integers of its first operand."""
_INDEXED = {"getitem": 1, "take": 1, "take_along_axis": 1, "store": 2}
"""From which operand on there are indices."""


def computed_with(fn: Function) -> frozenset[str]:
    """The parameters whose integers a typed function computes with, or hands to another one."""
    names = dict(zip(fn.params, fn.param_names, strict=True))
    held = {param: {name} for param, name in names.items() if _has_integers(param.type)}
    handed = [(value, source) for value, sources in phis(fn.body) for source in sources]
    handed += [(op.result, op.operands[0]) for op in fn.body.walk() if _is_same(op)]
    count = -1
    while count < (count := sum(map(len, held.values()))):
        for value, source in handed:
            if source in held and _has_integers(value.type):
                held.setdefault(value, set()).update(held[source])
    return frozenset(name for value in _computed(fn.body) for name in held.get(value, ()))


def _computed(body: Block) -> Iterator[Value]:
    """The operands of what computes."""
    for op in body.walk():
        if isinstance(op, If) or op.name in _ASKED or _is_same(op) or _is_widened(op):
            continue
        yield from op.operands[: _INDEXED.get(op.name)]


def _is_same(op: Op) -> bool:
    return op.name in _SAME and op.attrs.get("dtype") is None


def _is_widened(op: Op) -> bool:
    dtype = op.attrs.get("dtype")
    is_wide = element_of(dtype) == "float" or str(dtype).rpartition(".")[2] in ("int", "int64")
    return op.name in ("astype", "asarray", "array_of") and is_wide


def _has_integers(type_: Type) -> bool:
    return type_.kind == "int" or (type_.is_array and type_.dtype == "int") or any(map(_has_integers, type_.items))
