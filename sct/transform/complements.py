"""Two masks of one condition whose sum is taken, each zero where the other is not, are one choice.

Before: ``%1 = where %c, %a, 0; %2 = where %c, 0, %b; %3 = add %1, %2``, and the same with ``accumulate``.
After: ``%3 = where %c, %a, %b``.

So the adjoint of ``np.where(c, r**2, np.abs(r))`` reads like what it belongs to.  Masks by a number are branches
instead: see `sct.transform.branches`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sct.analysis.liveness import use_counts
from sct.ir.nodes import Block, Function, Op, Value
from sct.ir.operations import WRITES, is_zero

_SUMS = frozenset({"add", "accumulate"})


def join_complements(fn: Function, derived: Sequence[Op]) -> bool:
    """Join such masks in the operations ``derived``, and in those that they own; returns whether there were any."""
    of_derived = set(Block(ops=list(derived)).walk())
    masks = {op.result for op in of_derived if op.name == "where" and op.operands[0].type.is_array}
    if not masks:
        return False
    count, joined = use_counts(fn.body), False
    for block in fn.body.blocks():
        sums = [op for op in block.ops if op in of_derived and op.name in _SUMS]
        for op in sums:
            joined |= not masks.isdisjoint(op.operands) and _join(block, op, count)
    return joined


def _join(block: Block, op: Op, count: dict[Value, int]) -> bool:
    makers = {result: made for made in block.ops for result in made.results}

    def once(value: Value, *names: str) -> Op | None:
        made = makers.get(value)
        return made if made is not None and made.name in names and count[value] == 1 else None

    before, added = op.operands
    second, last = once(added, "where"), once(before, "where", "accumulate")
    first = last if last is None or last.name == "where" else once(last.operands[1], "where")
    if first is None or second is None or last is None or first.operands[0] is not second.operands[0]:
        return False
    condition = first.operands[0]
    kept, other = _kept(first, makers), _kept(second, makers)
    if not condition.type.is_array or kept is None or other is None or kept == other:
        return False
    start, end = sorted((block.ops.index(first), block.ops.index(second)))
    if any(between.blocks or between.name in WRITES for between in block.ops[start : block.ops.index(op)]):
        return False
    choice = [condition, first.operands[kept], second.operands[other]]
    both = [choice[0], choice[kept], choice[other]]
    if last is first:
        op.name, op.operands = "where", both
        gone = {first, second}
    else:
        later = block.ops[end]
        later.operands, later.results = both, [added]
        op.operands = [last.operands[0], added]
        gone = {first, second, last} - {later}
    block.ops = [made for made in block.ops if made not in gone]
    return True


def _kept(mask: Op, makers: dict[Value, Op]) -> int | None:
    """Which operand a mask hands on; None for what is no mask."""
    kept = [k for k in (1, 2) if is_zero(makers.get(mask.operands[3 - k]))]
    return kept[0] if len(kept) == 1 else None
