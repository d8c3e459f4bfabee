"""Which numbers are surely equal: those that the same operation makes of equal operands.

Before: ``%a = sub %x, 10.0; …; %b = sub %x, 10.0``.
After: ``%a`` and ``%b`` have the same number.

This is value numbering (Cocke and Schwartz, Programming Languages and Their Compilers, 1970; Appel, Modern Compiler
Implementation, section 19.4) of scalars, which nothing writes into, and of the elements of arrays that nothing does.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from sct.analysis.liveness import bits
from sct.analysis.sharing import Sharing
from sct.ir.nodes import Function, Op, Value
from sct.ir.operations import WRITES
from sct.rules.table import lookup

_COMMUTE = frozenset({"add", "mul"})
_CHEAP = frozenset({"add", "sub", "mul", "neg", "const", "global", "getitem"})
_WRITES = WRITES | {"index_add", "accumulate", "restore", "shrink"}


class Numbering:
    """The numbers of a function's scalars; what is made afterwards is not known."""

    def __init__(self, fn: Function) -> None:
        self._numbers: dict[Value, Hashable] = {}
        self._pure: set[Op] = set()
        self._known: dict[Hashable, int] = {}
        elements = {op: op.operands[0] for op in fn.body.walk() if _is_element(op)}
        steady = unwritten(fn, elements.values())
        for op in fn.body.walk():
            if op.name == "bind" and op.result.type.is_scalar:
                self._numbers[op.result] = self[op.operands[0]]
            elif elements[op] in steady if op in elements else is_pure(op):
                self._pure.add(op)
                self._numbers[op.result] = self._known.setdefault(self._key(op), len(self._known))

    def __getitem__(self, value: Value) -> Hashable:
        return self._numbers.get(value, value)

    def is_pure(self, op: Op) -> bool:
        """Whether an operation always makes the same number of the same operands."""
        return op in self._pure

    def _key(self, op: Op) -> Hashable:
        if op.name == "const":
            return op.name, type(op.attrs["value"]), repr(op.attrs["value"])
        if op.name == "global":
            return op.name, op.attrs["name"]
        operands = [self[value] for value in op.operands]
        if op.name in _COMMUTE:
            operands.sort(
                key=lambda number: (isinstance(number, int), number if isinstance(number, int) else id(number))
            )
        library = None if op.attrs.get("style") == "operator" else op.attrs.get("lib")
        return op.name, library, op.result.type.kind, tuple(operands)


def _is_element(op: Op) -> bool:
    """Whether an operation reads a number of an array."""
    is_read = op.name == "getitem" and op.result.type.is_scalar
    return is_read and all(index.type.kind == "int" for index in op.operands[1:])


def unwritten(fn: Function, values: Iterable[Value]) -> set[Value]:
    """The arrays among the values that nothing is written into."""
    arrays = [value for value in dict.fromkeys(values) if value.type.is_array]
    if not arrays:
        return set()
    changes = [op for op in fn.body.walk() if op.name in _WRITES or "summary" in op.attrs]
    written = dict.fromkeys(value for op in changes for value in written_by(op))
    left = [array for array in arrays if array not in written]  # what is written itself need not be asked for
    if not left or not written:
        return set(left)
    sharing = Sharing(fn)
    stores = bits(written, sharing.order)
    return {array for array in left if not sharing.is_among(stores, array)}


def written_by(op: Op) -> list[Value]:
    """What an operation writes into, leaving aside the blocks that it owns."""
    if op.name in _WRITES:
        return op.operands[:1]
    return op.operands if "summary" in op.attrs and op.attrs["summary"].writes else []


def array_statements(fn: Function) -> set[Op]:
    """The operations of the author's statements that compute arrays: beside these, a number's cost is nothing."""
    own = [op for op in fn.body.walk() if op.origin is None and not op.attrs.get("inlined")]
    found = {op.stmt for op in own if any(result.type.is_array for result in op.results)} - {None}
    return {op for op in own if op.stmt in found}


def is_pure(op: Op) -> bool:
    """Whether an operation makes a number of numbers, always the same one of the same ones."""
    if op.name in ("const", "global"):
        return True
    if len(op.results) != 1 or op.blocks or not op.result.type.is_scalar:
        return False
    row = lookup(op.name)
    return row is not None and row.elementwise and all(value.type.is_scalar for value in op.operands)


def is_dear(op: Op) -> bool:
    """Whether an operation takes longer than it takes to keep its result in a variable."""
    return op.name not in _CHEAP
