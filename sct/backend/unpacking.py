"""Parts that are read in a row are one statement.

Before: ``%a = item %pair 0; %b = item %pair 1``, and ``%x = getitem %xs, -1; %xs1 = shorten %xs, -1``.
After: ``%a, %b = unpack %pair``, and ``%x, %xs1 = take_last %xs``: ``a, b = pair`` and ``x = xs.pop()``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, groupby

from sct.analysis.numbering import unwritten
from sct.ir.nodes import Block, Function, Op, Value
from sct.ir.types import Type


def unpack(fn: Function) -> None:
    """Join what reads the items of structures, the last items of lists, and records."""
    _gather_items(fn)
    for block in fn.body.blocks():
        _unpack(block)
        _pop(block)


def _gather_items(fn: Function) -> None:
    """Bring the items together that the reverse sweep reads one by one where it needs them: ``a, b = rows[i]``."""
    items = [op for op in fn.body.walk() if op.name == "item" and op.attrs.get("count", 0) > 1]
    steady = unwritten(fn, [op.operands[0] for op in items])
    for block in fn.body.blocks() if items else ():
        found: dict[Value, dict[int, Op]] = {}
        for op in block.ops:
            if op.name == "item" and (op.operands[0] in steady or _is_plain(op.operands[0].type)):
                found.setdefault(op.operands[0], {}).setdefault(op.attrs["index"], op)
        for row in found.values():
            first, *others = row.values()
            if len(row) == first.attrs.get("count", 0) and all(op.result.hint is not None for op in row.values()):
                for op in others:
                    op.stmt = first.stmt
                block.ops = [op for op in block.ops if op not in others]
                place = block.ops.index(first)
                block.ops[place : place + 1] = [row[k] for k in sorted(row)]


def _is_plain(type_: Type) -> bool:
    """Whether a value is a tuple, which nothing is written into."""
    return type_.kind == "tuple" and type_.form is None


def _unpack(block: Block) -> None:
    """Let the author's ``a, b = pair`` be one statement, and that of its tangents another one; a record as well."""
    ops: list[Op] = []
    records = {op.result for op in block.ops if op.name == "pop"}
    for op in _parts_together(block.ops):
        ops.append(op)
        count = op.attrs.get("count", 0) if op.name == "item" else 0
        last = ops[-count:] if count else []
        if len(last) < count or any(other.name != "item" or other.operands != op.operands for other in last):
            continue
        if count and [other.attrs["index"] for other in last] == list(range(count)) and count > 1:
            results = [other.result for other in last]
            if op.operands[0] in records or all(result.hint is not None for result in results):
                ops[-count:] = [Op("unpack", op.operands, results, {}, op.span, op.stmt, origin=op.origin)]
    block.ops = ops


def _parts_together(ops: list[Op]) -> Iterator[Op]:
    """The operations, where parts of several values are read in a row those of one after those of another."""
    for (is_item, _), row in groupby(ops, key=lambda op: (op.name == "item", op.stmt)):
        together: dict[Value, list[Op]] = {}
        for op in row if is_item else ():
            together.setdefault(op.operands[0], []).append(op)
        yield from chain.from_iterable(together.values()) if is_item else row


def _pop(block: Block) -> None:
    """Let ``x = xs[-1]; del xs[-1]`` be ``x = xs.pop()``."""
    ops: list[Op] = []
    for op in block.ops:
        read = ops[-1] if ops and op.name == "shorten" else None
        if read is not None and read.name == "getitem" and read.operands == op.operands:
            results = [read.result, op.result]
            ops[-1] = Op("take_last", op.operands[:1], results, {}, op.span, op.stmt, origin=op.origin)
        else:
            ops.append(op)
    block.ops = ops
