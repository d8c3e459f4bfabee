"""Puts what a turn saves on one tape, as a record, if there are three values or more.

Before::

    push %x_saved, %x; push %y_saved, %y; push %r_saved, %r      %r = pop %r_saved; %y = pop %y_saved; %x = pop %x_saved

After::

    %1 = tuple %x, %y, %r; push %saved, %1                       %2 = pop %saved; %x = item %2; %y = …; %r = …

A list is slower than the arithmetic on what it holds, and is so once for all of a record.  What gives its name to
another value before the last of a record is known stays on a tape of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from sct.analysis.liveness import use_counts
from sct.ir.nodes import Block, Function, Op, Value
from sct.ir.types import TAPE, Type

_FEWEST = 3


@dataclass(frozen=True)
class _Saved:
    """A tape, with the one place that saves and the one that takes back."""

    tape: Op
    push: Op
    pop: Op


def gather_records(fn: Function, boundary: int, arrays: bool) -> int:
    """Let what is saved at the same place, and taken back at the same place, be one record; return the boundary.

    Parameters
    ----------
    arrays : bool
        Whether a record may have arrays as well: a compiler's lists have items of one kind.
    """
    places = {op: block for block in fn.body.blocks() for op in block.ops if op.name in ("tape", "push", "pop")}
    together: dict[tuple[Block, Block, Block], list[_Saved]] = {}
    for saved in _kept(fn, list(places), arrays):
        key = places[saved.tape], places[saved.push], places[saved.pop]
        together.setdefault(key, []).append(saved)
    for (tapes, pushes, pops), row in together.items():
        row = _at_hand(pushes, pops, row)
        if len(row) >= _FEWEST:
            _join(tapes, pushes, pops, row)
            boundary -= len(row) - 1 if tapes is fn.body else 0
    return boundary


def _kept(fn: Function, ops: list[Op], arrays: bool) -> list[_Saved]:
    """The lists that one place saves to, and one takes back from; not those of what is overwritten."""
    count = use_counts(fn.body)
    apart = {op.result for op in fn.body.walk() if op.name == "copy" or op.attrs.get("saved")}

    def is_part(value: Value) -> bool:
        return value not in apart and (value.type.is_scalar or (arrays and value.type.is_array))

    tapes = {op.result: op for op in ops if op.name == "tape" and not op.operands and count[op.results[0]] == 2}
    pushes = {op.operands[0]: op for op in ops if op.name == "push" and is_part(op.operands[1])}
    pops = {op.operands[0]: op for op in ops if op.name == "pop"}
    return [_Saved(op, pushes[tape], pops[tape]) for tape, op in tapes.items() if tape in pushes and tape in pops]


def _at_hand(pushes: Block, pops: Block, row: list[_Saved]) -> list[_Saved]:
    """Those whose name stands for what is saved, and for nothing else, where the record is saved and taken back."""
    row = sorted(row, key=lambda saved: pushes.ops.index(saved.push))
    while row:
        last = pushes.ops.index(row[-1].push)
        first = min(pops.ops.index(saved.pop) for saved in row)
        kept = [
            saved
            for saved in row
            if not _is_named(saved, pushes.ops[pushes.ops.index(saved.push) + 1 : last], reads=False)
            and not _is_named(saved, pops.ops[first : pops.ops.index(saved.pop)], reads=True)
        ]
        if kept == row:
            break
        row = kept
    return row


def _is_named(saved: _Saved, ops: list[Op], reads: bool) -> bool:
    """Whether another value with the name of what is saved is made there, or read."""
    hint = saved.push.operands[1].hint
    inner = list(Block(ops=ops).walk()) if hint is not None else []
    return any(value.hint == hint for op in inner for value in (*op.results, *(op.operands if reads else ())))


def _join(tapes: Block, pushes: Block, pops: Block, row: list[_Saved]) -> None:
    """Put the record where the last part is saved, and take it back where the first one is."""
    values = [saved.push.operands[1] for saved in row]
    type_ = Type("tuple", items=tuple(value.type for value in values))
    first, last = min((saved.pop for saved in row), key=pops.ops.index), row[-1].push
    tape, record, back = Value(TAPE, "saved"), Value(type_), Value(type_)
    made = Op("tape", [], [tape], {"item": type_}, row[0].tape.span, row[0].tape.stmt)
    _put(tapes, min((saved.tape for saved in row), key=tapes.ops.index), [made])
    taken = Op("pop", [tape], [back], {}, first.span, first.stmt, origin=first.origin)
    together = Op("tuple", values, [record], {"form": None, "fixed": True}, last.span, last.stmt)
    _put(pushes, last, [together, Op("push", [tape, record], [], {"pop": taken}, last.span, last.stmt)])
    items = list[Op]()
    for k, saved in enumerate(row):
        place = {"index": k, "count": len(row)}
        items.append(Op("item", [back], saved.pop.results, place, first.span, first.stmt, origin=first.origin))
    _put(pops, first, [taken, *items])
    gone = {op for saved in row for op in (saved.tape, saved.push, saved.pop)}
    for block in {tapes: None, pushes: None, pops: None}:
        block.ops = [op for op in block.ops if op not in gone]


def _put(block: Block, op: Op, new: list[Op]) -> None:
    """Put operations before another one."""
    position = block.ops.index(op)
    block.ops[position:position] = new
