"""What it takes to compute a value again, beside what it takes to save it.

In plain Python, to put a number on a tape and to take it back takes as long as four operations of arithmetic, a
function of ``math`` as long as three, and a power as long as five.  What takes about as long is computed again, and
needs no memory.  Of an array, it is the same for each element, but that an element is saved in less time.
"""

from __future__ import annotations

from collections.abc import Mapping

from sct.ir.nodes import Op, Value

SAVING = 9
"""What it takes to save a number, where an operation of arithmetic takes 2."""
HANDING = 5
"""What it takes to hand a number to the function of the other sweep, in a tuple."""
_ARITHMETIC = 2
_FUNCTION = 6
_POWER = 10
_NOTHING = frozenset(
    {"const", "global", "undef", "tuple", "item", "part", "bind", "slice", "step", "shape", "len", "size"}
)
LONG = frozenset(
    {"exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow", "sin", "cos", "tan", "sinh", "cosh", "tanh"}
    | {"arcsin", "arccos", "arctan", "arctan2", "arcsinh", "arccosh", "arctanh", "erf", "erfc", "logaddexp", "hypot"}
)
"""What takes many times as long as arithmetic, for an array as well."""
_FUNCTIONS = LONG | {"sqrt", "cbrt"}


def effort(op: Op, makers: Mapping[Value, Op]) -> int:
    """What the operation takes, once its operands are there; a square is a product, and a view is nothing."""
    if op.name in _NOTHING or (op.name == "getitem" and op.result.type.is_array):
        return 0
    if op.name == "pow":
        exponent = makers.get(op.operands[1])
        if op.attrs.get("as_product"):
            return 2 * _ARITHMETIC
        return _ARITHMETIC if exponent is not None and exponent.attrs.get("value") == 2 else _POWER
    if op.name in LONG and op.result.type.is_array:
        return _POWER
    return _FUNCTION if op.name in _FUNCTIONS else _ARITHMETIC


def is_function(op: Op) -> bool:
    """Whether an operation is a function's call, or a power."""
    return op.name in _FUNCTIONS
