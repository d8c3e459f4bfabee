"""Which operations the reverse sweep has, where some blocks of the forward sweep have both (see ``together``).

Before: ``for %i (%s0, %a_bar0) { %z = …; %s = …; %z_bar = …; %a_bar = …; yield %s, %a_bar }; %v = …; %b_bar = …``.
After: the reverse sweep is ``%z_bar = …; %a_bar = …`` in the turn, and ``%b_bar = …``.

An operation of the reverse sweep has an ``origin``, and one of the author's has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sct.ir.nodes import Block, Op
from sct.transform.transpose import Adjoint


def sweeps(adjoint: Adjoint) -> Iterator[tuple[Block, int]]:
    """The blocks in which both sweeps are, and where the reverse one begins there."""
    yield adjoint.fn.body, adjoint.boundary
    for turn in adjoint.inner:
        turn.boundary = reverse_start(turn.fn.body.ops)
        yield from sweeps(turn)


def reverse_start(ops: Sequence[Op]) -> int:
    """Where the reverse sweep begins among the operations of a block: behind the loops that have both."""
    both = [k for k, op in enumerate(ops) if op.origin is None and any(_derived([op]))]
    behind = both[-1] + 1 if both else 0
    return next((k for k in range(behind, len(ops)) if ops[k].origin is not None), len(ops))


def mirrors_of(adjoint: Adjoint) -> dict[Block, Block]:
    """The forward block that each block of the reverse sweep runs backwards."""
    found = dict(adjoint.mirrors)
    for turn in adjoint.inner:
        found |= mirrors_of(turn)
    return found


def derived_of(adjoint: Adjoint) -> list[Op]:
    """The operations of the reverse sweep, with those that stand in the forward one."""
    return [*_derived(adjoint.fn.body.ops[: adjoint.boundary]), *adjoint.reverse]


def _derived(ops: Iterable[Op]) -> Iterator[Op]:
    for op in ops:
        if op.origin is not None:
            yield op
        else:
            for block in op.blocks:
                yield from _derived(block.ops)
