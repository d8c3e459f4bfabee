"""Keeps lines as narrow as a formatter would: a derived expression that takes too many gets a name for a part of it.

Before: ``top_dot = np.sum(np.where(…), axis=1) / np.sum((scores == top).astype(scores.dtype), axis=1)``.
After: ``top_dot_sum = np.sum((scores == top).astype(scores.dtype), axis=1)`` stands on a line of its own.

A line that can be broken into a few is only broken (see `wrapping`).  The author's own expressions are left as they
were written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sct.backend.emit import Emitter, Sweep, Tail
from sct.backend.wrapping import INDENT, WIDTH, fitted
from sct.ir.nodes import Block, If, Loop, Op, Value
from sct.transform.gradient import may_raise
from sct.transform.temporaries import noun

# What is short, is written again at each use, or must stay where it is.
_KEPT = frozenset(
    {"const", "global", "undef", "slice", "step", "shape", "len", "transpose", "tuple", "neg", "pop", "getitem"}
    | {"item", "rebuild", "rows", "column", "blank"}
)

_INDEX = re.compile(r"[\w\])]\[$")
_FEW, _TERMS = 7, 10
"""The lines that an expression may take, and a sum with a line for each term; a longer one is read better in parts."""


@dataclass(frozen=True)
class _Line:
    """A statement: its lines without their indentation, what it is made of, and the block it stands in."""

    lines: list[str]
    values: list[Value]
    block: Block
    margin: int
    subject: str


def narrow(write: Emitter, body: Block) -> bool:
    """Unfold a part of a line that is too wide; whether there was one."""
    for line in _lines(write, body, len(INDENT)):
        limit = WIDTH - line.margin
        if any(not _fits(text, limit) for text in line.lines) and _split(write, line, limit):
            return True
    return False


def _fits(line: str, limit: int) -> bool:
    """Whether a line can be broken into a few that are narrow enough, and not within an index."""
    parts = fitted(line, limit)
    is_flat = not any(part.startswith(2 * INDENT) for part in parts)
    return (
        len(parts) <= (_TERMS if is_flat else _FEW)
        and max(map(len, parts)) <= limit
        and not any(map(_INDEX.search, parts))
    )


def _lines(write: Emitter, block: Block, margin: int) -> Iterator[_Line]:
    for op in block.ops:
        if op.blocks and not (isinstance(op, If) and write.is_expression(op)):
            names = [write.expr.names[value] for value in (op.carried if isinstance(op, Loop) else op.results)]
            stops = isinstance(op, Loop) and op.stops
            for owned in op.blocks if not op.attrs.get("fused") else ():
                yield from _lines(write, owned, margin + len(INDENT))
                if len(owned.yields) == len(names) + stops:
                    lines = write.hand_on(owned.yields, Tail(names, stops))
                    subject = max(lines, key=len, default="").split(" = ")[0].split(",")[0]
                    yield _Line(lines, owned.yields, owned, margin + len(INDENT), subject)
        elif not (len(op.results) == 1 and op.result in write.expr.folded):
            lines = write.op(op, Sweep(quotes=False))
            yield _Line(lines, op.operands, block, margin, _subject(op))


def _subject(op: Op) -> str:
    named = next((value for value in [*op.results, *op.operands] if value.hint), None)
    return named.hint if named is not None and named.hint else "value"


def _split(write: Emitter, line: _Line, limit: int) -> bool:
    """Unfold the widest derived part that fits on a line, else the widest, and put it before the statement."""
    here = set(line.block.ops)
    group, certain = _folded(write, line.values) & here, _folded(write, line.values, arms=False)
    found: list[tuple[bool, int, int, Op]] = []
    for position, op in enumerate(line.block.ops):
        if op in group and op.origin is not None and op.name not in _KEPT:
            inside = _folded(write, op.operands)
            # What one arm of a conditional expression computes is not asked for where it may raise.
            stays = op not in certain and any(map(may_raise, [op, *inside]))
            if not stays and not any(inner.name == "pop" for inner in inside):
                width = len(write.expr(op.result))
                found.append((width + len(INDENT) * 6 <= limit, width, position, op))
    if not found:
        return False
    part = max(found, key=lambda entry: entry[:3])[-1]
    part.result.temp = part.result.temp or f"{line.subject}_{noun(part)}"
    write.expr.folded.remove(part.result)
    # All of what the statement is folded from stands right before it; the part is computed before any of that.
    moved = [op for op in line.block.ops if op is part or op in _folded(write, part.operands)]
    first = min(line.block.ops.index(op) for op in group)
    rest = [op for op in line.block.ops if op not in set(moved)]
    line.block.ops[:] = [*rest[:first], *moved, *rest[first:]]
    return True


def _folded(write: Emitter, values: list[Value], arms: bool = True) -> set[Op]:
    """The operations whose text is part of the values' text; those in the arms of conditional expressions, too."""
    found: set[Op] = set()
    todo = list(values)
    while todo:
        value = todo.pop()
        op = write.expr.makers.get(value)
        if value in write.expr.folded and op is not None:
            found.add(op)
            is_conditional = op.name == "where" and op.result.type.is_scalar
            todo += op.operands[:1] if is_conditional and not arms else op.operands
    return found
