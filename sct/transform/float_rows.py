"""Rows of ints in an array of floats, written as floats: Numba makes an array of rows of one kind alone.

Before: ``%r1 = array 1.0, %a; %r2 = array 0, 1; %A = array %r1, %r2``.
After: ``%r2 = array 0.0, 1.0``.
"""

from __future__ import annotations

from sct.analysis.liveness import users
from sct.ir.nodes import Function, Op
from sct.ir.types import FLOAT


def write_floats(fn: Function) -> None:
    """Write the ints of such rows as floats, where they stand for nothing else."""
    makers = {result: op for op in fn.body.walk() for result in op.results}
    rows = {row for op in fn.body.walk() if _is_of_floats(op) for row in map(makers.get, op.operands) if _is_row(row)}
    used_by = users(fn.body) if rows else {}
    for row in rows:
        for value in row.operands if row is not None else ():
            made = makers.get(value)
            if made is not None and made.name == "const" and all(user in rows for user in used_by[value]):
                made.attrs = {
                    **made.attrs,
                    "value": float(made.attrs["value"]),
                    "text": repr(float(made.attrs["value"])),
                }
                value.type = FLOAT


def _is_of_floats(op: Op) -> bool:
    return op.name == "array" and op.result.type.is_array and op.result.type.dtype == "float"


def _is_row(op: Op | None) -> bool:
    return op is not None and op.name == "array" and bool(op.attrs.get("nested")) and op.result.type.dtype == "int"
