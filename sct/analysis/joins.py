"""The type of a value that is one of two: what the branches of an ``if`` yield, what the turns of a loop hand on.

Before: an int, and a float; arrays of shapes (n, 2) and (n, 3).
After: a float; an array of shape (n, ?), of a size that is new.
"""

from __future__ import annotations

from dataclasses import replace

from sct.ir.sizes import fresh, is_fresh
from sct.ir.types import FLOAT, STR, UNKNOWN, Dim, Type, not_one

_ORDER = ("bool", "int", "float")


def join(a: Type, b: Type, keep: bool = False) -> Type:
    """The type of a value that is either an ``a`` or a ``b``.

    Sizes that differ are a new one of which nothing is known; to ``keep``, where ``a`` is what has been joined so far,
    that of ``a`` if nothing is known of it, so that joining again and again comes to an end.
    """
    if a == b or b.kind == "undef":
        return a
    if a.kind == "undef":
        return b
    if a.is_scalar and b.is_scalar:
        rank = () if () in (a.shape, b.shape) else None  # where one of them is an array
        return Type(max(a.kind, b.kind, key=_ORDER.index), rank, optional=a.optional or b.optional)  # type: ignore[arg-type]
    if {a.kind, b.kind} == {"none", "float"}:
        return replace(FLOAT, optional=True)
    if (a.is_scalar or a.is_array) and (b.is_scalar or b.is_array):
        dtype = max(a.element, b.element, key=_ORDER.index)
        if a.shape is None or b.shape is None or len(a.shape) != len(b.shape):
            return Type("array", None, dtype)  # type: ignore[arg-type]
        shape = tuple(_join_dims(x, y, keep) for x, y in zip(a.shape, b.shape, strict=True))
        return Type("array", shape, dtype)  # type: ignore[arg-type]
    if a.kind == b.kind == "str":
        return STR
    if a.kind == b.kind and a.kind in ("tuple", "list") and a.form == b.form and len(a.items) == len(b.items):
        return replace(a, items=tuple(join(x, y, keep) for x, y in zip(a.items, b.items, strict=True)))
    return UNKNOWN


def is_uniform(type_: Type) -> bool:
    """Whether values of a joined type are of one kind and rank; a part may be None in all, as tangents of ints are."""
    if type_.kind in ("tuple", "list"):
        return all(item.kind == "none" or is_uniform(item) for item in type_.items)
    return type_.kind not in ("unknown", "none") and not (type_.is_array and type_.shape is None)


def _join_dims(a: Dim, b: Dim, keep: bool) -> Dim:
    if a == b:
        return a
    mark = "+" if not_one(a) and not_one(b) else ""
    is_loose = isinstance(a, str) and is_fresh(a) and a.endswith("+") == bool(mark)
    return a if keep and is_loose else f"{fresh()}{mark}"
