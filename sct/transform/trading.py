"""What one statement makes at once gets its names at once, where one of them still has another value.

Before: ``%a1 = mul %b0, %k; %1 = add %a0, %b0; yield %a1, %1``, where a turn begins with ``%a0`` and ``%b0``.
After: ``%2 = mul %b0, %k; %1 = …; %a1, %b1 = exchange %2, %1; yield %a1, %b1``.

The first is ``a_product = b * k; b = a + b; a = a_product``, and the second one what the author writes: ``a, b = b * k,
a + b``.  So it is for the adjoints that a statement's reverse hands on to the next turn in each other's place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from sct.analysis.liveness import use_counts
from sct.ir.instead import Instead
from sct.ir.nodes import Block, Function, Loop, Op, Value
from sct.transform.order import is_pure

Ends = dict[Op, Collection[Value]]
"""What computes the values that get their names at once, and for each the other values of its name."""


def trade(fn: Function, boundary: int = 0) -> int:
    """Let what takes the place of each other do so at once.

    Returns where the reverse sweep, which began at ``boundary``, begins then.
    """
    count, reverse = use_counts(fn.body), set(fn.body.ops[boundary:])
    for ends in _authored(fn.body):
        _trade(fn.body, ends, count)
    for op in fn.body.walk():
        taken = _taken(op) if isinstance(op, Loop) else set()
        for block in op.blocks:
            for ends in _authored(block):
                if taken.isdisjoint(maker.result.hint for maker in ends):  # see fold.py
                    _trade(block, ends, count)
        if isinstance(op, Loop) and op.origin is not None:
            for ends in _handed_on(op, count):
                _trade(op.body, ends, count)
    return sum(op not in reverse for op in fn.body.ops)


def _taken(loop: Loop) -> set[str | None]:
    """The names of what a turn began with and hands on under another name."""
    pairs = zip(loop.carried, loop.nexts, strict=True)
    return {arg.hint for arg, after in pairs if after is not arg and arg in loop.nexts}


def _authored(block: Block) -> Iterable[Ends]:
    """Those of the author's statements that bind several names."""
    found: dict[object, list[Op]] = {}
    read = {(value.hint, value): None for op in block.ops for value in op.operands if value.hint is not None}
    for op in block.ops:
        if op.origin is None and op.stmt is not None and is_pure(op) and [v for v in op.results if v.hint is not None]:
            found.setdefault(op.stmt, []).append(op)
    for ops in found.values():
        names = [op.result.hint for op in ops]
        if 1 < len(ops) == len(set(names)):
            yield {op: [v for hint, v in read if hint == op.result.hint and v is not op.result] for op in ops}


def _handed_on(loop: Loop, count: Counter[Value]) -> Iterable[Ends]:
    """For each statement, what a turn hands on and nothing else reads, and what the turn began with."""
    pure = [op for op in loop.body.ops if len(op.results) == 1 and is_pure(op) and op.name != "accumulate"]
    makers = {op.result: op for op in pure}
    found: dict[object, Ends] = {}
    for arg, after in zip(loop.carried, loop.nexts, strict=True):
        maker = makers.get(after)
        if maker is None or maker.stmt is None or count[after] != 1 or arg in loop.body.yields:
            continue
        if after.hint == arg.hint is not None:
            found.setdefault(maker.stmt, {})[maker] = [arg]
    return [ends for ends in found.values() if len(ends) > 1]


def _trade(block: Block, ends: Ends, count: Counter[Value]) -> None:
    """Name at once those of which one is computed while another reads what has had its name."""
    ops = block.ops
    place = {op: k for k, op in enumerate(ops)}
    last = max(ends, key=place.__getitem__)
    part = _parts(ops, ends, count)
    named = {op.result for op in ends}
    traded = set[Op]()
    for maker, others in ends.items():
        behind = ops[place[maker] + 1 : place[last] + 1]
        if any(_reads(op, named) for op in behind):
            return
        late = [op for op in behind if _reads(op, others)]
        if late and all(part.get(op, maker) is not maker for op in late):
            traded |= {maker, *(part[op] for op in late)}
    makers = sorted(traded, key=place.__getitem__)
    if makers:
        _at_once(block, makers)


def _at_once(block: Block, makers: list[Op]) -> None:
    """Give the results of operations their names behind the last one of them."""
    last, found = makers[-1], Instead()
    for maker in makers:
        found[maker.result] = Value(maker.result.type, maker.result.hint, maker.result.temp)
        maker.result.hint = None
    place = block.ops.index(last) + 1
    behind = Block(ops=block.ops[place:], yields=block.yields)
    found.substitute(behind)
    values = [maker.operands[0] if maker.name == "bind" else maker.result for maker in makers]
    named = Op("exchange", values, list(found.values()), {}, last.span, last.stmt, origin=last.origin)
    before = [op for op in block.ops[:place] if op not in makers or op.name != "bind"]
    block.ops, block.yields = [*before, named, *behind.ops], behind.yields


def _parts(ops: list[Op], ends: Mapping[Op, object], count: Counter[Value]) -> dict[Op, Op]:
    """For each operation that only one of the ``ends`` uses, and for these, the end that it is a part of."""
    makers = {result: op for op in ops for result in op.results}
    found = {end: end for end in ends}
    todo = list(found)
    while todo:
        op = todo.pop()
        for operand in op.operands:
            maker = makers.get(operand)
            if maker is not None and maker not in found and operand.hint is None and count[operand] == 1:
                if is_pure(maker):
                    found[maker] = found[op]
                    todo.append(maker)
    return found


def _reads(op: Op, values: Collection[Value]) -> bool:
    """Whether an operation, or one in it, uses one of some values."""
    for inner in op.walk():
        used = [*inner.operands, *(value for owned in inner.blocks for value in owned.yields)]
        if any(value in values for value in used):
            return True
    return False
