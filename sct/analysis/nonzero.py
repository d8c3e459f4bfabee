"""What is surely not zero: the author divides by it, or takes its logarithm, wherever it is made.

Before: ``%d = sub 1, %gamma; %1 = pow %w, %d; %u = div %1, %d``.
After: ``%d`` is no zero; where it is, the author's text raises, or has no finite value.  So are the elements of arrays.
What is no zero is made of no zero, if a product, a power or a root makes it: of ``1 / r**3`` it is ``r``, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sct.analysis.numbering import Numbering
from sct.ir.nodes import Block, Function, Op, Value

_DIVIDE = frozenset({"div", "floordiv", "mod"})
_LOGARITHMS = frozenset({"log", "log2", "log10"})
_FACTORS = {"mul": 2, "div": 1, "neg": 1, "abs": 1, "sqrt": 1, "pow": 1}
"""How many operands of an operation are no zeros where its result is none."""
_MASKS = frozenset({"where", "nan_to_num", "isnan", "isfinite", "isinf", "fmax", "fmin"})


class Nonzero:
    """The numbers and arrays of a function, as it stands, that are no zeros; what is ``derived`` tells none.

    Where the author masks, ``is_masked``, zeros may be among them: NumPy divides by these as well, and he does not take
    the quotients.
    """

    def __init__(self, fn: Function, derived: Collection[Op]) -> None:
        self._told: dict[Hashable, set[Block]] = defaultdict(set)
        places = {op: block for block in fn.body.blocks() for op in block.ops}
        constants = {op.result: op.attrs["value"] for op in places if op.name == "const"}
        divisors = [(op, op.operands[op.name in _DIVIDE]) for op in places if _divides(op) and op not in derived]
        divisors = [(op, value) for op, value in divisors if value not in constants]
        self.is_masked = any(op not in derived and _masks(op) for op in places)
        if not divisors:
            return
        self._places = places
        self._numbers = Numbering(fn)
        makers = {op.result: op for op in places if op.name in _FACTORS}
        for op, value in divisors:
            for factor in _factors(value, makers, constants):
                self._told[self._numbers[factor]].add(places[op])
        self._around = {owned: block for op, block in places.items() for owned in op.blocks}
        self._home = dict.fromkeys(fn.params, fn.body)
        for block in fn.body.blocks():
            self._home.update(
                dict.fromkeys([*block.args, *(result for op in block.ops for result in op.results)], block)
            )

    def at(self, op: Op) -> Container[Value]:
        """What is no zero where ``op`` is, or where what it is derived from was."""
        return _At(self, op)

    def holds(self, value: Value, op: Op) -> bool:
        """Whether a value is no zero where ``op`` is."""
        blocks = self._told.get(self._numbers[value]) if self._told else None
        if not blocks:
            return False
        homes = [self._home.get(value), self._places.get(op if op.origin is None else op.origin)]
        return any(block in blocks for home in homes for block in self._outward(home))

    def _outward(self, block: Block | None) -> Iterator[Block]:
        while block is not None:
            yield block
            block = self._around.get(block)


def _factors(value: Value, makers: Mapping[Value, Op], constants: Mapping[Value, Any]) -> Iterator[Value]:
    """A value that is no zero, and what is none of what makes it."""
    yield value
    op = makers.get(value)
    if op is None or (op.name == "pow" and not constants.get(op.operands[1], 0) > 0):
        return
    for operand in op.operands[: _FACTORS[op.name]]:
        yield from _factors(operand, makers, constants)


def _masks(op: Op) -> bool:
    """Whether an operation may pass over what has no finite value."""
    return op.name in _MASKS or op.name.startswith("nan") or any(v.type.dtype == "bool" for v in op.operands)


def _divides(op: Op) -> bool:
    return op.name in _DIVIDE or op.name in _LOGARITHMS


@dataclass(frozen=True)
class _At:
    nonzero: Nonzero
    op: Op

    def __contains__(self, value: object) -> bool:
        return isinstance(value, Value) and self.nonzero.holds(value, self.op)
