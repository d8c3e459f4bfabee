"""Which values carry a derivative.

Before: ``%v = mul %x, %x``; ``%k = floor %v``; ``%w = add %v, %k`` with ``%x`` the input.
After: the set ``{%x, %v, %w}``: a value is active when it depends on an active input through differentiable operations
(*varied*) and reaches the result through them (*useful*); see Hascoet, Naumann and Pascual, "To be recorded" analysis
in reverse-mode automatic differentiation, 2005, section 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sct.ir.names import GlobalRef
from sct.ir.nodes import Block, Function, Hook, If, Loop, Op, Value, While
from sct.rules.table import lookup

_SILENT = frozenset({"const", "global", "undef", "format", "print", "assert", "raise", "slice", "tape", "push", "pop"})


def is_zero(op: Op) -> bool:
    """Whether no derivative flows through the operation, by declaration."""
    if op.name in _SILENT:
        return True
    row = lookup(op.name)
    return row is not None and row.is_zero


def differentiable_operands(op: Op) -> list[Value]:
    """The operands through which a derivative can flow."""
    if op.name in ("getitem", "item", "shorten", "astype_like"):
        return op.operands[:1]
    if op.name in ("store", "index_add"):
        return op.operands[:2]
    if op.name == "written":
        return [op.operands[0], *op.attrs["call"].operands]
    return op.operands


def active_values(fn: Function, inputs: Iterable[Value]) -> set[Value]:
    """The active values of a function, for the given active inputs; whoever asks for an adjoint counts as both ends."""
    hooked = {value for op in fn.body.walk() if isinstance(op, Hook) for value in op.operands}
    varied = {*inputs, *hooked}
    while _spread_varied(fn.body, varied):
        pass
    useful = {*fn.body.yields, *hooked}
    while _spread_useful(fn.body, useful):
        pass
    return varied & useful


def active_positions(fn: Function, active: set[Value]) -> dict[GlobalRef, tuple[int, ...]]:
    """For each function that is called, where it is handed what is active or what it writes into.

    A derivative of the callee is taken with respect to these, so that one serves every call and the adjoints of what is
    constant in all of them are not computed.
    """
    found: dict[GlobalRef, set[int]] = {}
    for op in fn.body.walk():
        if op.name == "call":
            positions = found.setdefault(op.attrs["callee"], set())
            positions.update(k for k, operand in enumerate(op.operands) if operand in active)
        elif op.name == "written" and op.result.type.is_differentiable:
            found.setdefault(op.attrs["call"].attrs["callee"], set()).add(op.attrs["position"])
    return {ref: tuple(sorted(positions)) for ref, positions in found.items()}


def edges(block: Block, read: Callable[[Op], Sequence[Value]]) -> Iterable[tuple[Value, Value]]:
    """(source, sink) for every way from one value to another, where an operation makes its results of what it reads."""
    for op in block.ops:
        if isinstance(op, If):
            for owned in op.blocks:
                yield from zip(owned.yields, op.results, strict=True)
        elif isinstance(op, Loop):
            for init, arg, following, result in zip(op.inits, op.carried, op.nexts, op.results, strict=True):
                yield from ((init, arg), (following, arg), (arg, result), (init, result), (following, result))
            if isinstance(op, While):
                yield from zip(op.carried, op.test.args, strict=True)
        else:
            yield from ((source, sink) for source in read(op) for sink in op.results)
        for owned in op.blocks:
            yield from edges(owned, read)


def _differentiated(op: Op) -> Sequence[Value]:
    return () if is_zero(op) else differentiable_operands(op)


def _spread_varied(body: Block, varied: set[Value]) -> bool:
    before = len(varied)
    for source, sink in edges(body, _differentiated):
        if source in varied and sink.type.is_differentiable:
            varied.add(sink)
    return len(varied) > before


def _spread_useful(body: Block, useful: set[Value]) -> bool:
    before = len(useful)
    for source, sink in reversed(list(edges(body, _differentiated))):  # backwards, as it spreads
        if sink in useful:
            useful.add(source)
    return len(useful) > before
