"""What branches and loops hand on, and which values each of that may be.

Before: ``%y = if %c { yield %a } else { yield %b }``.
After: ``%y`` is ``%a`` or ``%b``; what a loop carries, its test too, is what it starts from or what a turn hands on.
A branch that raises hands on nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sct.ir.nodes import Block, If, Loop, Value, While


def phis(block: Block) -> Iterator[tuple[Value, list[Value]]]:
    """Each value that a branch or a loop of a block makes, or one below, and the values that it may be."""
    for op in block.walk():
        if isinstance(op, If):
            for k, result in enumerate(op.results):
                yield result, [block.yields[k] for block in goes_on(op)]
        elif isinstance(op, Loop):
            tested = op.test.args if isinstance(op, While) else op.carried
            for result, arg, asked, init, after in zip(op.results, op.carried, tested, op.inits, op.nexts, strict=True):
                yield result, [after] if op.attrs.get("entered") else [init, after]
                yield from ((value, [init, after]) for value in dict.fromkeys((arg, asked)))


def goes_on(op: If) -> Sequence[Block]:
    """The blocks of a branch from which the function goes on."""
    ends, other_ends = raises(op.then), raises(op.orelse)
    if ends == other_ends:
        return op.blocks
    return (op.orelse,) if ends else (op.then,)


def raises(block: Block) -> bool:
    """Whether a block raises whenever it runs."""
    return "raise" in [op.name for op in block.ops]  # `any` would call its generator for each
