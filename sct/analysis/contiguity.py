"""Which arrays are known to be C-contiguous: of these ``reshape`` and ``ravel`` are views, of others maybe copies.

Before: ``%a = zeros (%m, %n); %v = ravel %a``.
After: ``%v`` is a view of ``%a``; of a parameter that need not be so, as the caller may pass a transposed array.
"""

from __future__ import annotations

from sct.ir.nodes import Function, Op, Value
from sct.ir.phis import phis
from sct.rules.table import lookup

_FRESH = frozenset(
    {"zeros", "ones", "empty", "full", "arange", "linspace", "eye", "identity", "array", "ascontiguousarray"}
)
_SAME = frozenset({"store", "written", "index_add", "bind", "zeros_like", "ones_like", "empty_like", "full_like"})
_SHAPES = frozenset({"reshape", "ravel"})


def makes_view(op: Op, fn: Function) -> bool:
    """Whether a ``reshape`` or ``ravel`` surely shows the memory of its operand."""
    array = op.operands[0]
    # However far apart the elements of a vector lie, they can be shown as rows.
    return (op.name == "reshape" and array.type.rank == 1) or Contiguity(fn)(array)


class Contiguity:
    """``contiguity(value)``: whether a value of a function is surely C-contiguous."""

    def __init__(self, fn: Function) -> None:
        self._maker = {result: op for op in fn.body.walk() for result in op.results}
        self._sources = dict(phis(fn.body))
        self._assumed: set[Value] = set()

    def __call__(self, value: Value) -> bool:
        self._assumed.clear()
        return self._holds(value)

    def _holds(self, value: Value) -> bool:
        if value in self._assumed or value.type.is_scalar or value.type.kind == "undef":
            return True
        self._assumed.add(value)  # around a loop
        op = self._maker.get(value)
        if value in self._sources:
            return all(map(self._holds, self._sources[value]))
        return op is not None and self._made(op, value)

    def _made(self, op: Op, value: Value) -> bool:
        if op.name in _FRESH or (op.name == "copy" and op.attrs.get("style") == "method"):
            return True
        if op.name in _SAME or op.name in _SHAPES:
            return self._holds(op.operands[0])
        if op.name == "getitem":
            return all(index.type.kind == "int" for index in op.operands[1:]) and self._holds(op.operands[0])
        row = lookup(op.name)
        if op.name != "accumulate" and (row is None or row.view):
            return False
        arrays = [operand for operand in op.operands if not operand.type.is_scalar]
        alike = (row is None or row.elementwise) and all(operand.type.shape == value.type.shape for operand in arrays)
        return value.type.rank == 1 or (alike and all(map(self._holds, arrays)))
