"""What memory the result of one operation may show: that of which operands, and whether what is written may be in it.

Before: ``%b = getitem %a, (slice 1 3); %c = tuple %a, %n; %d = add %a, %b``.
After: ``%b`` shows the memory of ``%a``, and ``%c`` holds it; ``%d`` is new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sct.ir.nodes import If, Loop, Op, Value
from sct.ir.types import Type
from sct.rules.table import lookup


def sources_of(op: Op, k: int) -> list[Value]:
    """What the memory of the operation's ``k``-th result may come from."""
    if op.name == "exchange":
        return [op.operands[k]]
    if not op.blocks:
        return shown_by(op)
    if isinstance(op, If):
        return [block.yields[k] for block in op.blocks]
    if isinstance(op, Loop):
        return [op.carried[k], op.nexts[k]] if op.stops else [op.carried[k]]
    return shown_by(op)


def may_hold(type_: Type, written: Type) -> bool:
    """Whether a value of a type may be, or have in it, what is written: a list of arrays is no array."""
    return may_be(type_, written) or any(may_hold(item, written) for item in type_.items)


def may_be(type_: Type, written: Type) -> bool:
    """Whether a value of a type may itself be what is written."""
    if type_.kind == "unknown":
        return True
    return type_.kind == written.kind and _are_alike(_memory(type_), _memory(written))


def by_type(values: Iterable[Value]) -> list[tuple[Type, list[Value]]]:
    """The values whose memory is asked for alike (`may_hold`), under the type of one of them."""
    found: dict[_Memory, tuple[Type, list[Value]]] = {}
    for value in values:
        found.setdefault((value.type.kind, _memory(value.type)), (value.type, []))[1].append(value)
    return list(found.values())


_Memory = tuple[Any, ...]
"""A type, as far as all names of one object agree in it: what holds numbers may hold arrays, a dict anything."""


def _memory(type_: Type) -> _Memory:
    if type_.kind == "list" or (type_.kind == "tuple" and type_.form is None):
        return type_.kind, *map(_memory, type_.items)
    return ("number",) if type_.is_scalar or type_.is_array else (type_.kind,)


def _are_alike(a: _Memory, b: _Memory) -> bool:
    if a == b or not {a[0], b[0]}.isdisjoint(("undef", "unknown")):
        return True
    return a[0] == b[0] and len(a) == len(b) and all(_are_alike(*parts) for parts in zip(a[1:], b[1:], strict=True))


def is_new_list(op: Op) -> bool:
    """Whether the result is a new list, of the items of others."""
    if op.operands and op.operands[0].type.kind == "list":
        return op.name in ("concat", "copy") or (op.name == "getitem" and op.operands[1].type.kind == "slice")
    return False


def is_new_matrix(op: Op) -> bool:
    """Whether the result is a new matrix with a vector on its diagonal: only the diagonal of a matrix is a view."""
    return op.name == "diag" and op.operands[0].type.rank == 1


def may_be_number(read: Op) -> bool:
    """Whether what is read of an array may be a number, and no view, for all that is known: a slice is none."""
    is_slice = any(index.type.kind == "slice" for index in read.operands[1:])
    return read.result.type.rank in (None, 0) and not is_slice


def passes(op: Op, source: Value, written: Type | None) -> bool:
    """Whether what is written may be what the result has of the source."""
    return written is None or not is_new_list(op) or any(may_hold(item, written) for item in source.type.items)


def shown_by(op: Op) -> list[Value]:
    """The operands whose memory the results of a straight-line operation may show."""
    shown = _SHOWN.get(op.name)
    if shown is not None:
        return shown(op)
    if "summary" in op.attrs and op.name != "call_reverse":
        return shown_by_call(op, frozenset().union(*op.attrs["summary"].shows))
    row = lookup(op.name)
    return op.operands[:1] if row is not None and row.view else []


def _shown_by_update(op: Op) -> list[Value]:
    if op.name in ("store", "append", "put") and op.operands[0].type.kind in ("list", "tuple"):
        return op.operands[:2]
    return op.operands[:1] if op.attrs.get("in_place", op.name != "accumulate") else []


def _shown_by_element(op: Op) -> list[Value]:
    return [] if any(index.type.is_array for index in op.operands[1:]) else op.operands[:1]


def _shown_by_copy(op: Op) -> list[Value]:
    return op.operands[:1] if op.operands[0].type.kind == "list" and not op.attrs.get("deep") else []


_SHOWN: dict[str, Callable[[Op], list[Value]]] = {
    "getitem": _shown_by_element,
    "copy": _shown_by_copy,
    "diag": lambda op: [] if is_new_matrix(op) else op.operands[:1],
    "concat": lambda op: op.operands[:2],
    **dict.fromkeys(("tuple", "rebuild", "rows", "call_rule"), lambda op: op.operands),
    **dict.fromkeys(("array_of_list", "array_of_tuple", "total", "total_from"), lambda op: []),
    **dict.fromkeys(("spread", "filled", "listed", "split_like"), lambda op: op.operands[:1]),
    **dict.fromkeys(("item", "part", "column", "take_last", "bind", "unbroadcast"), lambda op: op.operands[:1]),
    **dict.fromkeys(("store", "append", "shorten", "put", "written", "index_add", "accumulate"), _shown_by_update),
}


def shown_by_call(op: Op, positions: Iterable[int]) -> list[Value]:
    """The arguments at ``positions``, and their tangents: a callee's tangent shows those of what its value shows."""
    shown = [op.operands[k] for k in positions]
    if op.name == "call_tangent":
        wrt = op.attrs["wrt"]
        shown += [op.operands[len(op.attrs["params"]) + wrt.index(k)] for k in positions if k in wrt]
    return shown


def position(values: list[Value], value: Value) -> int:
    return next(k for k, other in enumerate(values) if other is value)
