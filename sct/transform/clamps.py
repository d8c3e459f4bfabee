"""What is held at a bound does not vary there, so that an infinite slope there adds nothing.

Before: ``%m = maximum %v, 0; %p = mul %m, %k; %s = sqrt %p``, and ``%p_bar = mul (div 0.5, %s), %s_bar``.
After: ``%p_bar = mul (where (gt %v, 0), (div 0.5, %s), 0), %s_bar``.

Where ``v`` is below zero, ``p`` is zero whatever ``k`` is, and so is its tangent: the variance of Heston's model with
full truncation.  So it is with ``if s < 0.0: s = 0.0`` before a root.  Where nothing else goes into what it takes,
the slope of ``maximum`` masks its adjoint as well, and is enough.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sct.analysis.liveness import use_counts
from sct.ir.nodes import Function, If, Op, Value
from sct.ir.operations import is_zero
from sct.transform.build import Builder
from sct.transform.guards import may_be_steep

_COMPARED = {"maximum": "gt", "minimum": "lt"}


@dataclass(frozen=True)
class _Clamp:
    """A value that is held at a bound unless a condition is true (or false, if not ``sense``).

    If the slope is masked ``apart``, no product is masked with it: others go into it, or are made of what is held.
    """

    op: Op
    apart: bool
    sense: bool = True

    def masked(self, slope: Value, build: Builder) -> Value:
        """``slope``, and zero where the value is held."""
        if isinstance(self.op, If):
            condition = self.op.operands[0]
        else:
            condition = build.op(_COMPARED[self.op.name], *self.op.operands)
        zero = build.const(0.0)
        chosen = (slope, zero) if self.sense else (zero, slope)
        lib = "numpy" if slope.type.is_array else build.lib
        return build.op("where", condition, *chosen, lib=lib, clamp=self.apart)


class Clamps:
    """What of a function's values is held at bounds that are not ``active``."""

    def __init__(self, fn: Function, active: Collection[Value]) -> None:
        self._active = active
        self._makers = {result: op for op in fn.body.walk() for result in op.results}
        self._count = use_counts(fn.body)

    def masked(self, op: Op, operand: Value, slope: Value, build: Builder) -> Value:
        """The slope of an operation in an operand: zero where that is held, be it infinite."""
        if may_be_steep(op) and op.name != "div":
            for clamp in self._found(operand, others=False, apart=False):
                slope = clamp.masked(slope, build)
        return slope

    def _found(self, value: Value, others: bool, apart: bool) -> Iterator[_Clamp]:
        """The clamps of a value, or of one of its active factors if ``others`` of these are so as well."""
        op = self._makers.get(value)
        if op is None or not value.type.is_differentiable:
            return
        active = [operand for operand in op.operands if operand in self._active]
        apart = apart or self._is_shared(value)
        if op.name == "mul":
            for factor in active:
                yield from self._found(factor, others or len(active) > 1, apart)
        elif op.name in ("neg", "abs", "bind") and active:
            yield from self._found(active[0], others, apart or op.name == "abs")  # whose slope has two signs
        elif op.name in _COMPARED and len(active) == 1:
            bound = next(operand for operand in op.operands if operand is not active[0])
            if is_zero(self._makers.get(bound)) if others else apart:
                yield _Clamp(Op(op.name, [active[0], bound], [], op.attrs), apart=True)
            if not others:
                yield from self._found(active[0], others, apart)
        elif isinstance(op, If):
            k = op.results.index(value)
            given = [block.yields[k] in self._active for block in op.blocks]
            held = op.blocks[given.index(False)].yields[k] if sum(given) == 1 else None
            if held is not None and (is_zero(self._makers.get(held)) or not others):
                yield _Clamp(op, others, sense=given[0])

    def _is_shared(self, value: Value) -> bool:
        """Whether a number has several adjoints to add up, before the one that is held is masked."""
        return value.type.is_scalar and self._count[value] > 1
