"""Lets a value take over a name: what gives the name a new value goes behind what still reads the old one.

Before: ``%1 = mul %k, %d_bar; %d_bar' = div %d_bar, %s; %rate_bar' = accumulate %rate_bar, %1``.
After: ``%1 = mul %k, %d_bar; %rate_bar' = accumulate %rate_bar, %1; %d_bar' = div %d_bar, %s``.  ``%1`` folds into the
statement that uses it, so that it is there that ``d_bar`` is read; in this order it needs no second variable.

Only operations of one statement change places, and none that reads an array passes one that writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from sct.ir.nodes import Block, Op, Value
from sct.rules.table import lookup

_WRITES = frozenset({"store", "append", "shorten", "index_add", "restore", "shrink", "take_last"})
_PURE = frozenset({"const", "global", "tuple", "item", "slice", "getitem", "bind", "accumulate", "unbroadcast"})


def order(body: Block, reverse: list[Op]) -> None:
    """Put the operations of the reverse sweep, the last ones of ``body``, in order."""
    for op in reverse:
        for owned in op.blocks:
            order(owned, owned.ops)
    start = len(body.ops) - len(reverse)
    ops: list[Op] = []
    preceding: dict[object, list[Op]] = {}
    makers: dict[Value, Op] = {}
    for stmt, group in groupby(body.ops[start:], lambda op: op.stmt):
        run, before = list(group), preceding.setdefault(stmt, [])
        for op in run:
            if is_pure(op):
                makers.update((result, op) for result in op.results if result.hint is None)
        for op in list(run):
            readers = _replaced(op, makers)
            if readers:
                position = run.index(op)
                last = _last_reader(op, readers, [*before, *run[:position]], run[position + 1 :])
                run.insert(position + last, run.pop(position))
        before += run
        ops += run
    body.ops[start:] = ops


def _replaced(op: Op, makers: Mapping[Value, Op]) -> set[Value]:
    """What has the name of the result of ``op`` and is read by it, through the temporaries of its statement."""
    found = set[Value]()
    if not is_pure(op) or len(op.results) != 1 or op.result.hint is None:
        return found
    seen, todo = set[Value](), [*op.operands]
    while todo:
        value = todo.pop()
        if value.hint == op.result.hint:
            found.add(value)
        maker = makers.get(value)
        if maker is not None and maker.stmt is op.stmt and value not in seen:
            seen.add(value)
            todo += maker.operands
    return found


def _last_reader(op: Op, readers: set[Value], preceding: list[Op], following: list[Op]) -> int:
    """How many operations of its statement ``op`` has to pass, to stand behind the last one of its ``readers``."""
    for other in preceding:
        if is_pure(other) and not readers.isdisjoint(other.operands):
            readers.update(value for value in other.results if value.hint is None)
    last = 0
    for count, other in enumerate(following, start=1):
        if not _passes(op, other) or op.result in other.operands:
            break
        if not readers.isdisjoint(other.operands):
            last = count
            readers.update(value for value in other.results if value.hint is None)
    return last


def _passes(op: Op, other: Op) -> bool:
    return (
        is_pure(other)
        or other.name == "pop"
        or (other.name in _WRITES and all(value.type.is_scalar for value in op.operands))
    )


def is_pure(op: Op) -> bool:
    """Whether an operation only makes a value: it writes into nothing, and has no order of its own."""
    return not op.blocks and (op.name in _PURE or lookup(op.name) is not None)
