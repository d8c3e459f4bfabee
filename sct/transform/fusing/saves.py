"""What a statement overwrites is saved before the statement's own work, so that a save does not part a group in two.

Before: ``%1 = sin %u; %2 = copy %u; push %u_saved, %2; %u1 = store %u, %1, :``.
After: ``%2 = copy %u; push %u_saved, %2; %1 = sin %u; %u1 = store %u, %1, :``.
"""

from __future__ import annotations

from collections.abc import Iterable

from sct.ir.nodes import Op
from sct.rules.table import lookup

_PLAIN = frozenset({"const", "copy", "getitem", "len", "shape", "size", "slice", "tuple"})


def saves_first(ops: Iterable[Op]) -> list[Op]:
    """The operations of a block, with each save before what its statement computes."""
    done: list[Op] = []
    for op in ops:
        done.append(op)
        if op.name != "push":
            continue
        start = len(done) - 1
        while start and done[start - 1].stmt is op.stmt and _only_computes(done[start - 1]):
            start -= 1
        needed = {op}
        for earlier in reversed(done[start:-1]):
            if any(result in user.operands for user in needed for result in earlier.results):
                needed.add(earlier)
        moved = done[start:]
        done[start:] = [*(o for o in moved if o in needed), *(o for o in moved if o not in needed)]
    return done


def _only_computes(op: Op) -> bool:
    """Whether the operation makes a value of its operands, and does nothing else."""
    row = lookup(op.name)
    return not op.blocks and (op.name in _PLAIN or (row is not None and row.elementwise))
