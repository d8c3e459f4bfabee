"""What a statement's reverse computes twice of arrays is computed once, and what a statement compares twice.

Before: ``%2 = mul 0.125, %g; … %5 = mul 0.125, %g``.
After: ``%2 = mul 0.125, %g``, and ``%5`` is ``%2``.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from sct.ir.instead import Instead
from sct.ir.nodes import WRITES, Block, Function, Op, Value

_ARITHMETIC = frozenset({"add", "sub", "mul", "div"})  # not the negative: what adds it subtracts
_COMPARISONS = frozenset({"lt", "le", "gt", "ge", "eq", "ne"})


def share_repeated(fn: Function, derived: Sequence[Op]) -> None:
    """Share equal values among those of one statement that the operations ``derived``, and what they own, compute."""
    inside = set(Block(ops=list(derived)).walk())
    _replace(fn, {op for op in inside if op.name in _ARITHMETIC})


def share_masks(fn: Function) -> None:
    """Share the equal masks of a statement: in ``x[x > 0] = f(x[x > 0])`` there is one."""
    _replace(fn, {op for op in fn.body.walk() if op.name in _COMPARISONS})


def _replace(fn: Function, shared: set[Op]) -> None:
    made = {result: op for op in fn.body.walk() for result in op.results}
    instead = Instead()
    for block in fn.body.blocks():
        _share(block, shared, made, instead)
    instead.drop(fn.body)


def _share(block: Block, shared: set[Op], made: dict[Value, Op], instead: Instead) -> None:
    known: dict[Hashable, Value] = {}
    for op in block.ops:
        if op.name in WRITES or op.blocks or "summary" in op.attrs:  # a view is no new value when it is written into
            known = {}
        if op not in shared or not op.result.type.is_array or op.result.hint is not None:
            continue
        key = (op.name, op.stmt, *(_key(instead.final(value), made) for value in op.operands))
        if key in known:
            instead[op.result] = known[key]
        else:
            known[key] = op.result


def _key(value: Value, made: dict[Value, Op]) -> Hashable:
    op = made.get(value)
    if op is None or op.name != "const" or not isinstance(op.attrs["value"], int | float):
        return value
    return (type(op.attrs["value"]), op.attrs["value"])
