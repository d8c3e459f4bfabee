"""Sums over generators that are of arrays: Python begins them with the number 0, so that no rank is known of them.

Before: ``%s = for … (%0 = 0) { yield add %0, %a }; %m = outer %s, %p``, of which the adjoint asks for the ranks.
After: the sum is known, and the function is lowered again, with an assertion behind it that there was an array.

What a text asserts itself, as generated ones do, is known at once: ``s = 0``, a loop with ``s = s + a``, and
``assert np.ndim(s) > 0``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sct.analysis.liveness import use_counts
from sct.errors import Span
from sct.ir.nodes import Function, Loop, Op, Value
from sct.rules.table import Unsupported, lookup


def sums_of_arrays(fn: Function, is_refused: bool = False) -> frozenset[Span]:
    """The places of the sums of unknown rank, if the derivative of an operation needs one.

    What is refused may need one, too, where it asks for the kind of what was computed from a sum.
    """
    makers = {result: op for op in fn.body.walk() for result in op.results}
    found = set[Span]()
    for op in fn.body.walk():
        for init, result in zip(op.inits, op.results, strict=True) if isinstance(op, Loop) else ():
            zero = makers.get(init)
            is_open = result.type.is_array and result.type.shape is None
            if zero is not None and "sum" in zero.attrs and is_open and _is_of_arrays(op, result):
                found.add(zero.attrs["sum"])
    is_needed = found and (is_refused or any(map(_needs_rank, fn.body.walk())))
    return frozenset(found) if is_needed else frozenset()


def begun(fn: Function) -> Iterator[Value]:
    """The zeros that begin sums of which ``fn`` asserts behind the loop that they are arrays.

    A loop that does anything else than adding to the sum may ask what it is.
    """
    makers = {result: op for op in fn.body.walk() for result in op.results}
    for block in fn.body.blocks():
        for op in block.ops:
            asserted = _with_axes(op.operands[0], makers) if op.name == "assert" else None
            loop = makers.get(asserted) if asserted is not None else None
            if isinstance(loop, Loop) and loop in block.ops and asserted is not None:
                k = loop.results.index(asserted)
                zero = makers.get(loop.inits[k])
                if zero is not None and _is_zero(zero) and _only_added_to(loop, k):
                    yield zero.result


def _with_axes(test: Value, makers: Mapping[Value, Op]) -> Value | None:
    """The value whose rank is more than a number that is written out, or is one."""
    compared = makers.get(test)
    if compared is None or compared.name not in ("gt", "eq"):
        return None
    rank, least = (makers.get(operand) for operand in compared.operands)
    if rank is None or least is None or (rank.name, least.name) != ("ndim", "const"):
        return None
    return rank.operands[0] if least.attrs["value"] >= (compared.name == "eq") else None


def _is_zero(op: Op) -> bool:
    return op.name == "const" and type(op.attrs["value"]) in (int, float) and op.attrs["value"] == 0


def _only_added_to(loop: Loop, k: int) -> bool:
    """Whether a loop, and those in it, use what they carry at ``k`` only to add to it, and not in place."""
    carried = loop.carried[k]
    used = use_counts(loop.body)[carried] - loop.body.yields.count(carried)
    for op in loop.body.ops:
        if op.name == "add" and not op.attrs.get("augmented"):
            used -= op.operands.count(carried)
        elif isinstance(op, Loop) and carried in op.inits and _only_added_to(op, op.inits.index(carried)):
            used -= op.inits.count(carried)
    return used == 0


def _is_of_arrays(loop: Op, total: Value) -> bool:
    """Whether what the turns add to a sum is arrays, and no number for all that is known."""
    adds = [op for block in loop.blocks for op in block.walk() if op.name == "add" and op.result.hint == total.hint]
    return all(value.type.rank for op in adds for value in op.operands[1:])


def _needs_rank(op: Op) -> bool:
    """Whether the operation has no adjoint as long as the rank of an operand is unknown."""
    row, types = lookup(op.name), tuple(value.type for value in op.operands)
    if row is None or not any(type_.is_array and type_.shape is None for type_ in types):
        return False
    try:
        row.infer(types, op.attrs)
        row.bars(types, op.attrs)
    except Unsupported:
        return True
    return False
