"""What indices name of an array.

Before: ``a[:]``, ``a[[0, 0]]``.
After: all of ``a``; elements of it of which one may be named twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from sct.ir.nodes import Value

_ONCE = frozenset({"int", "bool", "slice", "none", "ellipsis", "step"})


def is_whole(indices: Sequence[Value]) -> bool:
    """Whether ``a[...]`` or ``a[:]``: all of the array."""
    if len(indices) != 1:
        return False
    return indices[0].type.kind == "ellipsis" or is_full(indices[0])


def is_full(index: Value) -> bool:
    """Whether an index is ``:``."""
    return index.type.kind == "slice" and {item.kind for item in index.type.items} == {"none"}


def repeats(indices: Sequence[Value]) -> bool:
    """Whether an index may name an element twice: an array of integers does, and what is not known may."""
    masks = (index.type.is_array and index.type.dtype == "bool" for index in indices)
    return any(not mask and index.type.kind not in _ONCE for mask, index in zip(masks, indices, strict=True))
