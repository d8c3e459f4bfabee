"""What branches and loops hand on, and which values each of that may be.

Before: ``%y = if %c { yield %a } else { yield %b }``.
After: ``%y`` is ``%a`` or ``%b``; what a loop carries, its test too, is what it starts from or what a turn hands on.
"""

from __future__ import annotations

from collections.abc import Iterator

from sct.ir.nodes import Block, If, Loop, Value, While


def phis(block: Block) -> Iterator[tuple[Value, list[Value]]]:
    """Each value that a branch or a loop of a block makes, or one below, and the values that it may be."""
    for op in block.walk():
        if isinstance(op, If):
            for result, *sources in zip(op.results, op.then.yields, op.orelse.yields, strict=True):
                yield result, sources
        elif isinstance(op, Loop):
            tested = op.test.args if isinstance(op, While) else op.carried
            for result, arg, asked, *sources in zip(op.results, op.carried, tested, op.inits, op.nexts, strict=True):
                yield from ((value, sources) for value in dict.fromkeys((result, arg, asked)))
