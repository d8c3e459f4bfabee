"""What a statement's reverse computes twice of arrays is computed once.

Before: ``%2 = mul 0.125, %g; … %5 = mul 0.125, %g``.
After: ``%2 = mul 0.125, %g``, and ``%5`` is ``%2``.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from sct.ir.nodes import Block, Function, Op, Value

_ARITHMETIC = frozenset({"add", "sub", "mul", "div"})  # not the negative: what adds it subtracts


def share_repeated(fn: Function, derived: Sequence[Op]) -> None:
    """Share equal values among those of one statement that the operations ``derived``, and what they own, compute."""
    inside = set(Block(ops=list(derived)).walk())
    made = {result: op for op in fn.body.walk() for result in op.results}
    instead: dict[Value, Value] = {}
    for block in [fn.body, *(owned for op in inside for owned in op.blocks)]:
        _share(block, inside, made, instead)
    for op in fn.body.walk():
        op.operands = [instead.get(value, value) for value in op.operands]
        for owned in op.blocks:
            owned.yields = [instead.get(value, value) for value in owned.yields]
    fn.body.yields = [instead.get(value, value) for value in fn.body.yields]


def _share(block: Block, inside: set[Op], made: dict[Value, Op], instead: dict[Value, Value]) -> None:
    known: dict[Hashable, Value] = {}
    for op in list(block.ops):
        op.operands = [instead.get(value, value) for value in op.operands]
        if op not in inside or op.name not in _ARITHMETIC or not op.result.type.is_array or op.result.hint is not None:
            continue
        key = (op.name, op.stmt, *(_key(value, made) for value in op.operands))
        if key in known:
            instead[op.result] = known[key]
            block.ops.remove(op)
        else:
            known[key] = op.result


def _key(value: Value, made: dict[Value, Op]) -> Hashable:
    op = made.get(value)
    if op is None or op.name != "const" or not isinstance(op.attrs["value"], int | float):
        return value
    return (type(op.attrs["value"]), op.attrs["value"])
