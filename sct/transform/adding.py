"""What is only added to an adjoint: sums commute, so that the order is free.

Before: ``%x_bar1 = index_add %x_bar0, %u, 0;  %x_bar2 = for … (%x_bar1) { …; index_add … }``.
After: ``%x_bar1 = for … (%x_bar0) { …; index_add … };  %x_bar2 = index_add %x_bar1, %u, 0``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sct.analysis.liveness import use_counts
from sct.ir.nodes import Block, For, If, Op, Value

Chain = Sequence[tuple[Op, Value]]
"""Operations that add to an adjoint one behind the other, the last one first; and what each of them adds to."""


def chain_to(value: Value, then: Op, body: Block, known: Collection[Value]) -> Chain:
    """What only adds to an adjoint before ``then`` does as well; none if that does more, or the value is ``known``."""
    counts = use_counts(body)
    found: list[tuple[Op, Value]] = []
    if _added(then, value, counts[value]) is None:
        return found
    makers = {result: op for op in body.ops for result in op.results}
    while value not in known and (op := makers.get(value)) is not None:
        before = next((v for v in used_by(op) if _added(op, v, counts[v]) is value), None)
        if before is None:
            break
        found.append((op, before))
        value = before
    return found


def begin_of(value: Value, chain: Chain) -> Value:
    """What the first one of a chain adds to, of which the value comes in the end."""
    return chain[-1][1] if chain else value


def put_first(then: Op, value: Value, chain: Chain, body: Block) -> None:
    """Let ``then``, which adds to the value that a chain ends in, be the first one of it."""
    if not chain:
        return
    begin, made = begin_of(value, chain), _added(then, value, use_counts(body)[value])
    assert made is not None
    rename(body, {begin: made, made: value})
    rename(Block(ops=[then]), {value: begin})
    for op in Block(ops=[op for op, _ in chain]).walk():
        if op.attrs.pop("first", False):  # it does not write into zeros now
            op.name = "index_add"


def adds_up(block: Block, value: Value, last: Value) -> bool:
    """Whether all that a block does with a value is to add to it, which makes the ``last`` one."""
    counts = use_counts(block)
    users = {used: op for op in block.ops for used in (use_counts(op) if op.blocks else op.operands)}
    while value is not last:
        following = _added(users[value], value, counts[value]) if value in users else None
        if following is None:
            return False
        value = following
    return counts[value] == 1


def _added(op: Op, value: Value, count: int) -> Value | None:
    """What an operation, or those that it owns, make of a value that they use so often, if they only add to it."""
    if (op.name in ("accumulate", "index_add") or op.attrs.get("first")) and op.operands[0] is value and count == 1:
        return op.result
    if isinstance(op, If) and count == use_counts(op.then)[value] + use_counts(op.orelse)[value]:
        ways = zip(op.results, op.then.yields, op.orelse.yields, strict=True)
        return next((r for r, *ends in ways if all(map(adds_up, op.blocks, [value] * 2, ends))), None)
    if isinstance(op, For) and value in op.inits and count == 1:
        k = op.inits.index(value)
        return op.results[k] if adds_up(op.body, op.carried[k], op.nexts[k]) else None
    return None


def rename(block: Block, names: Mapping[Value, Value]) -> None:
    """Let a block, and those in it, use other values, all at once."""
    for inner in block.blocks():
        inner.yields = [names.get(value, value) for value in inner.yields]
        for op in inner.ops:
            op.operands = [names.get(value, value) for value in op.operands]


def used_by(op: Op) -> set[Value]:
    """The values from outside that an operation uses; of a loop not its bounds, which another one has as well."""
    inits = op.inits if isinstance(op, For) else op.operands
    return {*inits, *(value for block in op.blocks for value in use_counts(block))} - made_in(op)


def made_in(op: Op) -> set[Value]:
    """The values that the turns of a loop have, or the arms of a branch."""
    blocks = list(Block(ops=[op]).blocks())[1:]
    return {value for block in blocks for value in (*block.args, *(made for op in block.ops for made in op.results))}
