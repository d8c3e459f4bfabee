"""What is surely not zero: the author divides by it, or takes its logarithm, wherever it is made.

Before: ``%d = sub 1, %gamma; %1 = pow %w, %d; %u = div %1, %d``.
After: ``%d`` is no zero; where it is, the author's text raises, or has no finite value.  So are the elements of arrays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Hashable, Iterator
from dataclasses import dataclass
from functools import cached_property

from sct.analysis.numbering import Numbering
from sct.ir.nodes import Block, Function, Op, Value

_DIVIDE = frozenset({"div", "floordiv", "mod"})
_LOGARITHMS = frozenset({"log", "log2", "log10"})


class Nonzero:
    """The numbers and arrays of a function that are no zeros; what is in ``derived`` is not the author's."""

    def __init__(self, fn: Function, derived: Collection[Op]) -> None:
        self._fn = fn
        self._derived = derived

    def at(self, op: Op) -> Container[Value]:
        """What is no zero where ``op`` is, or where what it is derived from was."""
        return _At(self, op)

    def holds(self, value: Value, op: Op) -> bool:
        """Whether a value is no zero where ``op`` is."""
        blocks = self._told.get(self._numbers[value])
        if not blocks:
            return False
        homes = [self._home.get(value), self._places.get(op if op.origin is None else op.origin)]
        return any(block in blocks for home in homes for block in self._outward(home))

    def _outward(self, block: Block | None) -> Iterator[Block]:
        while block is not None:
            yield block
            block = self._around.get(block)

    @cached_property
    def _numbers(self) -> Numbering:
        return Numbering(self._fn)

    @cached_property
    def _told(self) -> dict[Hashable, set[Block]]:
        """The blocks that divide by a number."""
        found: dict[Hashable, set[Block]] = defaultdict(set)
        for block in self._fn.body.blocks():
            for op in block.ops:
                if op not in self._derived and op.name in _DIVIDE | _LOGARITHMS:
                    found[self._numbers[op.operands[op.name in _DIVIDE]]].add(block)
        return found

    @cached_property
    def _home(self) -> dict[Value, Block]:
        found = {}
        for block in self._fn.body.blocks():
            found.update(dict.fromkeys(block.args, block))
            found.update(dict.fromkeys((result for op in block.ops for result in op.results), block))
        return found | dict.fromkeys(self._fn.params, self._fn.body)

    @cached_property
    def _places(self) -> dict[Op, Block]:
        return {op: block for block in self._fn.body.blocks() for op in block.ops}

    @cached_property
    def _around(self) -> dict[Block, Block]:
        return {owned: block for block in self._fn.body.blocks() for op in block.ops for owned in op.blocks}


@dataclass(frozen=True)
class _At:
    nonzero: Nonzero
    op: Op

    def __contains__(self, value: object) -> bool:
        return isinstance(value, Value) and self.nonzero.holds(value, self.op)
