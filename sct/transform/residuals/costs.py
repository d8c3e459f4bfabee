"""What it takes to save a value of a loop's turn, and to compute it again: of which the residuals are the cheapest.

Before: the reverse turn names ``%norm = sqrt (add (mul %w, %w), (mul %x, %x))`` and what that is made of.
After: ``%norm`` is saved besides ``%w`` and ``%x``, as the three operations take longer than a record.

How many numbers are saved comes first, since that is memory: of a matrix they are more than of a row.  Only where
something has to be saved anyway, Python saves more of the same size to compute less: to append a number to a list and
to take it back takes as long as to compute three.  A compiler computes faster than it reads and writes.
"""

from __future__ import annotations

from sct.ir.nodes import Op, Value

LONG = frozenset(
    {"exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow", "sin", "cos", "tan", "sinh", "cosh", "tanh"}
    | {"arcsin", "arccos", "arctan", "arctan2", "arcsinh", "arccosh", "arctanh", "erf", "erfc", "logaddexp", "hypot"}
)
"""What takes longer than a sum or a product."""
_NOTHING = frozenset(
    {"const", "global", "tuple", "item", "part", "put", "rebuild", "slice", "step", "bind", "shape", "size", "len"}
)
_SUM = 4
"""The unit: what it takes to add two numbers is this."""
SAVED = 3 * _SUM
NAMED = _SUM + 1
"""What it is worth to save one of the author's variables: another one is one more thing to read."""


def size(value: Value) -> int:
    """How much memory a value takes: the rows of a matrix are many, and a row is many numbers."""
    if value.type.is_scalar:
        return 1
    shape = (None,) if value.type.shape is None else value.type.shape
    return 1 + (1 << 3 * sum(not isinstance(dim, int) for dim in shape))


def effort(op: Op) -> int:
    """How long an operation takes that is computed again."""
    if op.name in _NOTHING:
        return 0
    if op.result.type.kind == "int":
        return 1
    if op.name == "getitem":
        return 2 * _SUM if op.result.type.is_scalar else _SUM // 2
    return (2 if op.name in LONG else 1) * _SUM * size(op.result)
