"""Where a list or a tuple takes an array's place: NumPy makes an array of it.

Before: ``%m = mean %xs``, ``%y = getitem %x, %k``, ``%A1 = store %A, %row, %i`` with lists ``%xs``, ``%k``, ``%row``.
After: the places are known, and the function is lowered again: ``%a = array_of %xs; %m = mean %a``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sct.errors import Span
from sct.ir.nodes import Function, Op, Value
from sct.ir.paths import is_step
from sct.ir.types import Type
from sct.rules.table import lookup

_NO_ARRAY = frozenset({"shape", "reps", "shift", "source", "destination", "axis1", "axis2", "n", "xs"})
"""What operands are called that are no arrays."""


def taken_for_arrays(fn: Function) -> frozenset[tuple[Span, str, int]]:
    """The places of such lists: of the operation, its name, and which operand it is (see `Known.arrays`)."""
    found = set[tuple[Span, str, int]]()
    for op in fn.body.walk():
        if op.span is None:
            continue
        found |= {(op.span, op.name, k) for k in _operands(op)}
        indices = indices_of(op)
        found |= {(op.span, "index", k - len(indices)) for k, v in enumerate(indices) if _is_list(v.type)}
    return frozenset(found)


def tuples_of_indices(fn: Function) -> frozenset[tuple[Span, int]]:
    """The subscripts whose only index is a tuple, and how many indices that is."""
    found = [(op.span, indices_of(op)) for op in fn.body.walk()]
    alone = [(span, indices[0].type) for span, indices in found if span is not None and len(indices) == 1]
    return frozenset((span, len(type_.items)) for span, type_ in alone if type_.kind == "tuple" and not _is_list(type_))


def indices_of(op: Op) -> Sequence[Value]:
    """The indices of an array, of a path those in its last subscript."""
    if op.name not in ("getitem", "store") or not op.operands[0].type.is_array:
        return ()
    indices = op.operands[1 if op.name == "getitem" else 2 :]
    last = max((k for k, index in enumerate(indices) if is_step(index)), default=-1)
    return indices[last + 1 :]


def _operands(op: Op) -> Iterator[int]:
    """Which operands of an operation are lists or tuples of numbers in the place of an array."""
    row, given = lookup(op.name), list(enumerate(op.operands))
    if op.name == "store" and op.operands[0].type.is_array:
        yield from (k for k, value in given[1:2] if value.type.kind in ("tuple", "list"))
    elif row is None or (row.is_zero and row.variadic):
        return
    elif op.attrs.get("style") == "operator":
        if any(value.type.is_array for value in op.operands) and not row.is_zero:
            yield from (k for k, value in given if value.type.kind in ("tuple", "list"))
    elif op.attrs.get("lib") == "numpy" and op.attrs.get("style") == "call" and op.attrs.get("authored"):
        names = row.operands if not row.variadic else ("",) * len(op.operands)
        yield from (k for k, value in given if names[k] not in _NO_ARRAY and _is_taken(value.type))


def _is_taken(type_: Type) -> bool:
    return _is_list(type_) or (type_.kind == "tuple" and type_.is_differentiable)


def _is_list(type_: Type) -> bool:
    return type_.kind == "list" or (type_.form is not None and type_.form.kind == "list")
