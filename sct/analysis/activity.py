"""Which values carry a derivative.

Before: ``%v = mul %x, %x``; ``%k = floor %v``; ``%w = add %v, %k`` with ``%x`` the input.
After: the set ``{%x, %v, %w}``: a value is active when it depends on an active input through differentiable operations
(*varied*) and reaches the result through them (*useful*); see Hascoet, Naumann and Pascual, "To be recorded" analysis
in reverse-mode automatic differentiation, 2005, section 2.  An extreme that cancels is neither (`sct.analysis.shifts`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sct.analysis.shifts import shifts
from sct.analysis.silent import is_zero
from sct.ir.names import GlobalRef
from sct.ir.nodes import Block, Function, Hook, If, Loop, Op, Value
from sct.ir.phis import phis


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
    cut = shifts(fn)
    ways = [(source, sink) for source, sink in edges(fn.body, _differentiated) if sink not in cut]
    varied = {*inputs, *hooked}
    while _spread_varied(ways, varied):
        pass
    useful = {*fn.body.yields, *hooked}
    ways.reverse()  # it spreads backwards
    while _spread_useful(ways, useful):
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


def edges(block: Block, read: Callable[[Op], Sequence[Value]]) -> list[tuple[Value, Value]]:
    """(source, sink) for every way from one value to another, where an operation makes its results of what it reads."""
    found = [(source, sink) for sink, sources in phis(block) for source in sources]
    for op in block.walk():
        if isinstance(op, Loop):
            found += zip(op.carried, op.results, strict=True)
        elif not isinstance(op, If):
            found += [(source, sink) for source in read(op) for sink in op.results]
    return found


def _differentiated(op: Op) -> Sequence[Value]:
    return () if is_zero(op) else differentiable_operands(op)


def _spread_varied(ways: Iterable[tuple[Value, Value]], varied: set[Value]) -> bool:
    before = len(varied)
    for source, sink in ways:
        if source in varied and sink.type.is_differentiable:
            varied.add(sink)
    return len(varied) > before


def _spread_useful(ways: Iterable[tuple[Value, Value]], useful: set[Value]) -> bool:
    before = len(useful)
    for source, sink in ways:
        if sink in useful:
            useful.add(source)
    return len(useful) > before
