"""Which numbers are arrays of rank 0 to NumPy: ``np.where(x > 0.0, x, 1.0)``, ``np.tensordot(u, v, 1)``, ``a[..., 0]``.

Before: ``%y: f64 = where %c, %x, 1.0``.
After: ``%y: f64[]``: ``isinstance(y, float)`` is False, and ``y += 1.0`` writes into it.
"""

from __future__ import annotations

from sct.ir.nodes import Op
from sct.ir.types import Type

MAKES_ARRAYS = frozenset(
    {"array_of", "asarray", "ascontiguousarray", "copy", "squeeze", "reshape", "zeros", "ones", "empty", "full"}
    | {"zeros_like", "ones_like", "empty_like", "full_like", "astype", "broadcast_to", "real", "transpose"}
    | {"tensordot", "roll", "tile", "polygamma", "isin", "cov"}
)


def is_element_as_view(op: Op) -> bool:
    """Whether an element is read as a view: ``a[..., 0]``."""
    return op.name == "getitem" and any(index.type.kind == "ellipsis" for index in op.operands[1:])


def makes_array(op: Op) -> bool:
    """Whether the number that an operation makes is an array of rank 0, or may be one."""
    if not (len(op.results) == 1 and op.result.type.is_scalar):
        return False
    match op.name:
        case "where":
            return bool(op.attrs.get("authored")) and op.attrs.get("lib") == "numpy"
        case "einsum":
            return bool(op.attrs.get("optimize"))
    if picks(op):
        return any(is_array_of_rank_0(value.type) for value in op.operands)
    return op.name in MAKES_ARRAYS or is_element_as_view(op)


def picks(op: Op) -> bool:
    """Whether it is Python's ``max`` or ``min``, which gives one of its operands as it is."""
    return op.name in ("maximum", "minimum") and op.attrs.get("lib") == "builtins"


def is_array_of_rank_0(type_: Type) -> bool:
    """Whether a number may be an array of rank 0."""
    return type_.is_scalar and type_.shape == ()
