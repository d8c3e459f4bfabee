"""What nothing uses any more, once a pass has put other values in its place.

Before: ``%1 = const 1; %2 = sub %n, %1; for %i in (0, %n, 1) { … }``, with ``%2`` unused.
After: ``for %i in (0, %n, 1) { … }``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from sct.analysis.liveness import use_counts
from sct.ir.nodes import Block, Op, Value


def drop_unused(block: Block, may_go: Callable[[Op], bool]) -> None:
    """Drop the operations of a block, and below, that may go and are not used, and then what only they used."""
    _drop(block, may_go, use_counts(block))


def _drop(block: Block, may_go: Callable[[Op], bool], count: Counter[Value]) -> None:
    kept = list[Op]()
    for op in reversed(block.ops):
        if op.results and not any(map(count.get, op.results)) and may_go(op):
            count.subtract(op.operands)
            continue
        for owned in op.blocks:
            _drop(owned, may_go, count)
        kept.append(op)
    block.ops = kept[::-1]
