"""What only one branch makes for the reverse sweep is one variable with what only the other one makes, if called alike.

Before: ``%t1, %t2 = if %c: { …; yield %a, %u } else: { …; yield %v, %b }``, where ``%u`` and ``%v`` are ``undef``.
After: ``%t1 = if %c: { …; yield %a } else: { …; yield %b }``, and ``%t1`` in the place of ``%t2``.

What reads either of them runs only where it is bound, so that one variable does; two would be called ``t`` and ``t_2``.
"""

from __future__ import annotations

from sct.ir.instead import Instead
from sct.ir.nodes import Function, If, Value


def join_alternatives(fn: Function) -> None:
    """Join the results of each ``if`` that no two branches bind."""
    instead = Instead()
    for block in reversed(list(fn.body.blocks())):  # the innermost first: its result is what a branch around it yields
        for op in block.ops:
            if isinstance(op, If) and len(op.results) > 1:
                _join(op, instead)
    instead.substitute(fn.body)


def _join(branch: If, instead: Instead) -> None:
    unbound = {op.result for block in branch.blocks for op in block.ops if op.name == "undef"}
    kept: list[tuple[Value, list[Value]]] = []
    for k, result in enumerate(branch.results):
        values = [instead.final(block.yields[k]) for block in branch.blocks]
        for other, others in kept:
            if _is_one(result, other) and _fit(values, others, unbound):
                others[:] = [b if a in unbound else a for a, b in zip(values, others, strict=True)]
                instead[result] = other
                break
        else:
            kept.append((result, values))
    branch.results = [result for result, _ in kept]
    for block, yields in zip(branch.blocks, zip(*(values for _, values in kept), strict=True), strict=True):
        block.yields = list(yields)


def _is_one(result: Value, other: Value) -> bool:
    """Whether two values are called alike and are of one type."""
    name = result.hint or result.temp
    alike = name == (other.hint or other.temp) and (result.hint is None) == (other.hint is None)
    return name is not None and alike and result.type == other.type


def _fit(values: list[Value], others: list[Value], unbound: set[Value]) -> bool:
    """Whether no branch binds both to values that differ, and one leaves one of them unbound."""
    pairs = list(zip(values, others, strict=True))
    return any({*pair} & unbound for pair in pairs) and all(a is b or {a, b} & unbound for a, b in pairs)
