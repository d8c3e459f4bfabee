"""How many turns a loop ran is the length of a list that each of them saved something on.

Before: ``%y, %turns = while (%y0, 0) … { push %y_saved, %y1; … add %turns1, 1 … }; for … in (0, %turns, 1) { … }``.
After: ``%y = while (%y0) … { push %y_saved, %y1; … }; %1 = len %y_saved; for … in (0, %1, 1) { … }``.

That takes a list that begins before the loop, on which nothing else is put, and that nothing is taken off before the
count is read.  The list of a loop in a loop has what the turns of the outer one have put there: it keeps its counter.
"""

from __future__ import annotations

from sct.analysis.liveness import users
from sct.frontend.prune import drop_result
from sct.ir.instead import Instead
from sct.ir.nodes import Block, If, Loop, Op, Value
from sct.transform.build import Builder
from sct.transform.derived import sweeps
from sct.transform.transpose import Adjoint
from sct.transform.unused import drop_unused

_COUNTS = frozenset({"const", "add"})


def count_saved(adjoint: Adjoint) -> None:
    """Let lists tell how many turns loops ran, where they do."""
    for block, start in sweeps(adjoint):
        first = block.ops[:start]
        for loop in [op for op in first if isinstance(op, Loop) and op.attrs.get("turns") in op.results]:
            tape = _told(loop, block)
            if tape is not None:
                _replace(loop, tape, block, next(k for k, op in enumerate(block.ops) if op not in first))
        if block is adjoint.fn.body:
            kept = set(block.ops)
            adjoint.boundary = sum(op in kept for op in first)


def _told(loop: Loop, block: Block) -> Value | None:
    """The list of a block that has an entry for every turn of a loop in it, where the turns are asked for."""
    made = {op.result: op for op in block.ops if op.name == "tape"}
    pushed = [op.operands[0] for op in block.walk() if op.name == "push"]
    *_, counting = [loop.body, *(arm for _, _, arm in _branches(loop, loop.attrs["turns"]))]
    saved = [op.operands[0] for op in counting.ops if op.name == "push"]
    mine = [tape for tape in saved if tape in made and pushed.count(tape) == 1]
    asked = set(users(block)[loop.attrs["turns"]])
    for tape in mine:
        taken = next((k for k, op in enumerate(block.ops) if _takes(op, tape)), len(block.ops))
        if asked <= {op for op in block.ops[: taken + 1] if op.origin is not None}:
            return tape
    return None


def _branches(loop: Loop, turns: Value) -> list[tuple[If, int, Block]]:
    """The branches that hand out a loop's count, with the arm that counts: where a turn may end the loop, the other."""
    k = loop.results.index(turns)
    block, after, found = loop.body, loop.nexts[k], list[tuple[If, int, Block]]()
    while (branch := next((op for op in block.ops if after in op.results), None)) and isinstance(branch, If):
        place = branch.results.index(after)
        block = next(arm for arm in branch.blocks if arm.yields[place] is not loop.carried[k])
        after = block.yields[place]
        found.append((branch, place, block))
    return found


def _takes(op: Op, tape: Value) -> bool:
    return any(inner.name == "pop" and tape in inner.operands for inner in Block(ops=[op]).walk())


def _replace(loop: Loop, tape: Value, block: Block, place: int) -> None:
    """Read the length of a list, where the reverse sweep begins, in place of the count of a loop's turns."""
    turns = loop.attrs.pop("turns")
    build = Builder.instead_of(loop)
    build.origin = loop
    length = build.op("len", tape, lib="builtins")
    block.ops[place:place] = build.block.ops
    Instead({turns: length}).substitute(block)
    branches = _branches(loop, turns)
    drop_result(loop, loop.results.index(turns))
    for branch, k, _ in branches:
        drop_result(branch, k)
    drop_unused(block, _is_of_a_count)


def _is_of_a_count(op: Op) -> bool:
    return op.name in _COUNTS and op.origin is None and op.result.hint == "turns"
