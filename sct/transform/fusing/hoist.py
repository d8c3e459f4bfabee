"""Arrays with margins are made once, before the loops in which every turn fills them anew.

Before: ``for %t in …: %n2 = add %n, 2; %p = zeros %n2; %p1 = for %i in …: store %p, …``.
After: ``%n2 = add %n, 2; %p = zeros %n2; for %t (%p.2) in …: %p1 = for %i in …: store %p.2, …``.

The margins are never written, and a turn writes all the rest before it reads any of it.  A large array that is made in
every turn costs more than what is done with it: the system hands out its pages anew.
"""

from __future__ import annotations

from collections.abc import Iterable

from sct.ir.nodes import Block, Function, Loop, Op, Value, While
from sct.transform.fusing.nests import again
from sct.transform.unused import drop_unused

_SIZES = frozenset({"const", "add", "sub", "tuple", "maximum"})


def hoist_buffers(fn: Function, boundary: int = 0) -> int:
    """Move them in front of the loops of ``fn``; returns where the operations from ``boundary`` on begin then."""
    body = fn.body
    forward, reverse = _hoisted(body.ops[:boundary]), _hoisted(body.ops[boundary:])
    body.ops = [*forward, *reverse]
    return len(forward)


def _hoisted(ops: Iterable[Op]) -> list[Op]:
    found: list[Op] = []
    for op in ops:
        for owned in op.blocks:
            owned.ops = _hoisted(owned.ops)
        found += _taken_out(op) if isinstance(op, Loop) else []
        found.append(op)
    return found


def _taken_out(loop: Loop) -> list[Op]:
    """The arrays that a body makes of what it does not compute, and what makes their sizes; the loop carries them."""
    body, taken = loop.body, list[Op]()
    for op in [op for op in body.ops if op.attrs.get("scratch")]:
        needed = _needed(op, body)
        if needed is None:
            continue
        body.ops.remove(op)
        taken += [*needed, op]
        _carry(loop, op)
    if taken:
        drop_unused(body, lambda op: op.name in _SIZES)
    for op in taken:
        op.stmt = None  # it is quoted where it is done
    return taken


def _carry(loop: Loop, made: Op) -> None:
    """Let a loop carry the array that is made before it."""
    array, last = made.result, made.result
    for op in loop.body.ops:
        if isinstance(op, Loop) and last in op.inits:
            last = op.results[op.inits.index(last)]
    before, behind = again(array), again(array)
    made.results = [before]
    loop.operands.append(before)
    loop.results.append(behind)
    loop.body.args.append(array)
    loop.body.yields.append(last)
    if isinstance(loop, While):
        loop.test.args.append(again(array))


def _needed(op: Op, body: Block) -> list[Op] | None:
    """Copies of the operations of a body that make the operands of ``op``; None where that takes what a turn has."""
    makers = {result: made for made in body.ops for result in made.results}
    copies: dict[Value, Op] = {}

    def copied(value: Value) -> Value | None:
        if value in body.args:
            return None
        made = makers.get(value)
        if made is None:
            return value
        if value not in copies:
            operands = [copied(operand) for operand in made.operands]
            if made.name not in _SIZES or None in operands:
                return None
            inner = [operand for operand in operands if operand is not None]
            own = Value(value.type, value.hint, value.temp)
            copies[value] = Op(made.name, inner, [own], dict(made.attrs), made.span, made.stmt, origin=made.origin)
        return copies[value].result

    operands = [copied(operand) for operand in op.operands]
    if None in operands:
        return None
    op.operands = [operand for operand in operands if operand is not None]
    return list(copies.values())
