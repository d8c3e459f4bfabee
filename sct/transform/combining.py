"""Sums of multiples of one value.

Before: ``%2 = mul 0.125, %g; %3 = mul 2.0, %2; %4 = sub %g, %3``.
After: ``%4 = mul 0.75, %g``.
"""

from __future__ import annotations

from collections.abc import Mapping

from sct.ir.nodes import Op, Value
from sct.transform.build import Builder

_DIGITS = 8
"""How long a factor may be written: one that is not is the sum of rounded ones, and says less than they."""


def combined(a: Value, b: Value, made: Mapping[Value, Op], build: Builder, always: bool) -> Value | None:
    """The sum of two adjoints, built by ``build``; None where that saves nothing, unless it is wanted ``always``."""
    terms: dict[Value, float] = {}
    parts = [*_parts(a, 1, made), *_parts(b, 1, made)]
    for base, factor in parts:
        terms[base] = terms.get(base, 0) + factor
    shapes = {base.type.shape for base in terms}
    if len(terms) == len(parts) or len(shapes) > 1 or any(len(repr(factor)) > _DIGITS for factor in terms.values()):
        return _added(a, b, made, build) if always else None
    found: Value | None = None
    for base, factor in terms.items():
        if factor:
            found = _more(found, base, factor, build)
    return build.const(0.0) if found is None else found


def _parts(value: Value, factor: float, made: Mapping[Value, Op]) -> list[tuple[Value, float]]:
    """A value as a sum of multiples."""
    op = made.get(value)
    if op is None or op.origin is None:
        return [(value, factor)]
    if op.name == "neg":
        return _parts(op.operands[0], -factor, made)
    if op.name in ("add", "sub"):
        a, b = op.operands
        return [*_parts(a, factor, made), *_parts(b, factor if op.name == "add" else -factor, made)]
    number = made.get(op.operands[0]) if op.name == "mul" else None
    constant = number.attrs["value"] if number is not None and number.name == "const" else None
    if isinstance(constant, int | float) and not isinstance(constant, bool):
        return _parts(op.operands[1], factor * constant, made)
    return [(value, factor)]


def _more(found: Value | None, base: Value, factor: float, build: Builder) -> Value:
    """``found`` and a multiple of a value more."""
    size = abs(factor)
    term = base if size == 1 else build.op("mul", build.const(size if found is not None else factor), base)
    if found is not None:
        return build.op("add" if factor > 0 else "sub", found, term)
    return build.op("neg", base) if factor == -1 else term


def _added(a: Value, b: Value, made: Mapping[Value, Op], build: Builder) -> Value:
    """``a + b``, with the signs of both taken out."""
    minus_a, minus_b = (made[v] if v in made and made[v].name == "neg" else None for v in (a, b))
    if minus_b is not None and minus_a is not None:
        return build.op("neg", build.op("add", minus_a.operands[0], minus_b.operands[0]))
    if minus_b is not None:
        return build.op("sub", a, minus_b.operands[0])
    if minus_a is not None:
        return build.op("sub", b, minus_a.operands[0])
    return build.op("add", a, b)
