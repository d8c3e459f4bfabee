"""Writes the square of a number as a product, where the number has a variable.

Before: ``%w = pow %v, 2``.
After: ``%w = mul %v, %v``.

A power of Python's numbers is a call of the C library, which takes four times as long; of an array, NumPy makes a
product itself, and a statement of the author's that computes arrays stays as it is.
"""

from __future__ import annotations

from collections import Counter

from sct.analysis.liveness import uses
from sct.analysis.numbering import array_statements
from sct.ir.nodes import Function


def write_squares(fn: Function) -> None:
    """Rewrite the squares in ``fn``; one of an expression that is used nowhere else stays as it is."""
    count = Counter(value for _, value in uses(fn.body))
    twos = {op.result for op in fn.body.walk() if op.name == "const" and op.attrs["value"] == 2}
    kept = array_statements(fn)
    for op in fn.body.walk():
        if op.name != "pow" or op in kept or op.operands[1] not in twos or op.attrs.get("augmented"):
            continue
        base = op.operands[0]
        if base.type.kind == "float" and (base.hint is not None or count[base] > 1):
            op.name, op.operands = "mul", [base, base]
            op.attrs["style"] = "operator"
