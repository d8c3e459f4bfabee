"""Which structures may be written into, instead of making another one, and which lists keep their length.

Before: ``%d1 = put %d0, %v 'k'`` with ``%d0`` read no more, and held by nothing.
After: the same with ``in_place``: it is written as ``d["k"] = v``, and otherwise as ``d = {**d, "k": v}``.

The versions of one container, through branches and loops, are a web.  A structure is held by a parameter's caller, by
a tape, by another structure, and by what a call keeps.
"""

from __future__ import annotations

from sct.ir.nodes import Function, Op, Value
from sct.ir.phis import phis

_VERSIONS = frozenset({"put", "append", "shorten", "store", "index_add", "take_last"})
_RESIZED = frozenset({"append", "shorten", "shrink", "take_last"})


def settle_webs(fn: Function) -> None:
    """Mark each ``put`` into a structure that nothing else holds, and each ``len`` of a list that keeps its length."""
    ops = list(fn.body.walk())
    if not any(value.type.kind in ("tuple", "list") for op in ops for value in op.operands):
        return
    webs = _Webs(fn)
    held = {webs.find(value) for value in fn.params}
    held |= {webs.find(value) for op in ops if not op.blocks for value in [*_held_by(op), *_foreign(op)]}
    resized = {webs.find(op.operands[0]) for op in ops if op.name in _RESIZED}
    for op in ops:
        if op.name == "put":
            op.attrs["in_place"] = webs.find(op.result) not in held
        elif op.name == "len":
            op.attrs["varies"] = webs.find(op.operands[0]) in resized


def _held_by(op: Op) -> list[Value]:
    """The operands that an operation may keep a reference to."""
    if op.name == "item":
        return []
    return op.operands[1:] if op.name == "put" else op.operands


def _foreign(op: Op) -> list[Value]:
    """The results that something else may hold."""
    return [] if op.name in ("tuple", "put") else op.results


class _Webs:
    def __init__(self, fn: Function) -> None:
        self._union: dict[Value, Value] = {}
        for op in fn.body.walk():
            if op.name in _VERSIONS:
                self._join(op.operands[0], op.results[-1])
        for value, sources in phis(fn.body):
            self._join(value, *sources)

    def find(self, value: Value) -> Value:
        while value in self._union:
            value = self._union[value]
        return value

    def _join(self, *values: Value) -> None:
        first, *others = dict.fromkeys(map(self.find, values))
        for other in others:
            self._union[other] = first
