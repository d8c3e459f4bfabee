"""A shape is asked of what is at hand, rather than of what would be computed for it alone.

Before: ``%2 = mul %a, %s; %g = unbroadcast %g0, %2`` with an array ``%a`` that is as large as ``%2``.
After: ``%g = unbroadcast %g0, %a``; so are ``full_like %2, %s`` and ``shape %2``.

What is taken back in a turn under a name is asked rather than what the loop left under it, which would keep that.
Before: ``for … { %u.3 = pop %u_saved; %v_bar = zeros_like %u.2 }``.
After: ``for … { %u.3 = pop %u_saved; %v_bar = zeros_like %u.3 }``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from sct.analysis.liveness import asked
from sct.ir.nodes import Block, Function, Op, Value
from sct.ir.types import Type
from sct.rules.table import lookup


def ask_operands(fn: Function, derived: Sequence[Op]) -> None:
    """Let the operations ``derived``, and what they own, ask an operand for the shape of what is computed of it."""
    makers = {result: op for op in fn.body.walk() for result in op.results}
    for op in Block(ops=list(derived)).walk():
        k = asked(op)
        if k is not None:
            op.operands[k] = _as_large(op.operands[k], makers)


def ask_latest(reverse: Sequence[Op], known: Mapping[tuple[str, Type], Value] = MappingProxyType({})) -> None:
    """Let the operations of a reverse sweep ask for a shape what the sweep has last given the name of the array to."""
    latest = dict(known)
    for op in reverse:
        k = asked(op)
        if k is not None and (name := op.operands[k].hint) is not None:
            op.operands[k] = latest.get((name, op.operands[k].type), op.operands[k])
        for block in op.blocks:
            ask_latest(block.ops, {**latest, **_named(block.args)})
        latest |= _named(op.results)


def _named(values: Iterable[Value]) -> dict[tuple[str, Type], Value]:
    """The arrays whose shape is known, by their names."""
    return {(v.hint, v.type): v for v in values if v.hint is not None and v.type.is_array and v.type.shape is not None}


def _as_large(value: Value, makers: dict[Value, Op]) -> Value:
    """What a value is computed from that is known to have its shape, as far back as that can be told."""
    while value.hint is None and value.type.shape is not None:
        op = makers.get(value)
        row = None if op is None else lookup(op.name)
        asked = (value.type.shape, value.type.dtype)  # the kind of its elements too: what is summed has it
        alike = [v for v in op.operands if (v.type.shape, v.type.dtype) == asked] if op is not None else []
        if row is None or not alike:
            break
        value = next((v for v in alike if v.hint is not None), alike[0])
    return value
