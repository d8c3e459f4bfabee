"""Numbers that one statement's reverse hands on in each other's place are handed on at once.

Before: ``%a_bar1 = mul %b, %b_bar0; %1 = mul %a, %b_bar0; %b_bar1 = add %a_bar0, %1; yield %a_bar1, %b_bar1``.
After: ``%2 = mul %b, %b_bar0; …; %3 = add %a_bar0, %1; %a_bar1, %b_bar1 = exchange %2, %3; yield %a_bar1, %b_bar1``.

The first is ``a_bar_2 = b * b_bar; b_bar = a_bar + a * b_bar; a_bar = a_bar_2``, and the second one is what the author
writes for two of them, too: ``a_bar, b_bar = b * b_bar, a_bar + a * b_bar``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sct.analysis.liveness import use_counts
from sct.ir.nodes import Block, Function, Loop, Op, Value
from sct.transform.order import is_pure


def trade(fn: Function, derived: Iterable[Op]) -> None:
    """Let the loops among the operations ``derived`` hand on at once what takes the place of each other."""
    count = use_counts(fn.body)
    for op in Block(ops=list(derived)).walk():
        if isinstance(op, Loop):
            for ends in _by_statement(op, count):
                _trade(op, ends, count)


def _by_statement(loop: Loop, count: Counter[Value]) -> list[dict[Op, Value]]:
    """What computes the numbers that a turn hands on and nothing else reads, and what the turn began with for each."""
    makers = {op.results[0]: op for op in loop.body.ops if len(op.results) == 1 and is_pure(op) and not op.blocks}
    found: dict[object, dict[Op, Value]] = {}
    for arg, after in zip(loop.carried, loop.nexts, strict=True):
        maker = makers.get(after)
        if maker is not None and maker.stmt is not None and after.hint == arg.hint is not None:
            if after.type.is_scalar and arg.type.is_scalar and count[after] == 1:
                found.setdefault(maker.stmt, {})[maker] = arg
    return [ends for ends in found.values() if len(ends) > 1]


def _trade(loop: Loop, ends: dict[Op, Value], count: Counter[Value]) -> None:
    """Hand on at once those of which one is computed while another reads what it takes the place of."""
    ops = loop.body.ops
    place = {op: k for k, op in enumerate(ops)}
    part = _parts(ops, ends, count)
    traded = set[Op]()
    for maker, arg in ends.items():
        late = [op for op in ops[place[maker] + 1 :] if _reads(op, arg)]
        if late and arg not in loop.body.yields and all(part.get(op, maker) is not maker for op in late):
            traded |= {maker, *(part[op] for op in late)}
    if not traded:
        return
    makers = sorted(traded, key=place.__getitem__)
    last, results, values = makers[-1], list[Value](), list[Value]()
    for maker in makers:
        named = maker.result
        result = Value(named.type, named.hint, named.temp)
        loop.body.yields = [result if value is named else value for value in loop.body.yields]
        named.hint = named.temp = None
        results.append(result)
        values.append(maker.operands[0] if maker.name == "bind" else named)
    at_once = Op("exchange", values, results, {}, last.span, last.stmt, origin=last.origin)
    ops.insert(place[last] + 1, at_once)
    loop.body.ops = [op for op in ops if op not in traded or op.name != "bind"]


def _parts(ops: list[Op], ends: Iterable[Op], count: Counter[Value]) -> dict[Op, Op]:
    """For each operation that only one of the ``ends`` uses, and for these, the end that it is a part of."""
    makers = {result: op for op in ops for result in op.results}
    found = {end: end for end in ends}
    todo = list(found)
    while todo:
        op = todo.pop()
        for operand in op.operands:
            maker = makers.get(operand)
            if maker is not None and maker not in found and operand.hint is None and count[operand] == 1:
                if is_pure(maker) and not maker.blocks:
                    found[maker] = found[op]
                    todo.append(maker)
    return found


def _reads(op: Op, value: Value) -> bool:
    inner = Block(ops=[op])
    return any(value in each.operands or any(value in b.yields for b in each.blocks) for each in inner.walk())
