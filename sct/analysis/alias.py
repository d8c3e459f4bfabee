"""Refuses a write that another name would see.

Before: ``%row = getitem %A0, %i; %A1 = store %A0, %v, %j; … %row …``.
After: a refusal at the store, with the place where the alias was made: on paper ``%row`` is a view of ``%A0``, at run
time it shows ``%A1``.
"""

from __future__ import annotations

from sct.analysis.liveness import walk_liveness
from sct.analysis.storage import Storages
from sct.errors import Diagnostic
from sct.ir.nodes import Block, For, Function, If, Op, Value, While
from sct.rules.table import lookup


def alias_problems(fn: Function) -> list[Diagnostic]:
    """Every write that cannot be followed, in the order of the source."""
    storages = Storages(fn, fn.body.ops)
    problems = storages.problems()
    shares = _sharing(fn)
    maker = {result: op for op in fn.body.walk() for result in op.results}
    bad: dict[Op, Value] = {}

    def visit(place: Op | Block, _: list[Value], live: set[Value]) -> None:
        if isinstance(place, Op) and place.name == "store":
            written = shares.get(place.operands[0], {place.operands[0]})
            for value in live - {place.result}:
                if not value.type.is_scalar and shares.get(value, {value}) & written:
                    bad[place] = value

    walk_liveness(fn, visit)
    for op in fn.body.walk():
        if op in bad and op.span is not None:
            reason = "another name sees this write, through a view or an alias"
            other = maker.get(bad[op])
            note = (other.span, "it was made here") if other is not None and other.span is not None else None
            help_ = "make the other one a copy (`.copy()`), or write first and take the view afterwards"
            problems.append(Diagnostic(op.span, reason, help_, note))
    for op in fn.body.walk():
        if op.name == "store" and op.span is not None and _is_view(op.operands[0], maker):
            reason = "this writes through a view of another array"
            problems.append(
                Diagnostic(op.span, reason, "write into the array itself: `A[i, j] = …`, not through `row = A[i]`")
            )
    return problems


def written_parameters(fn: Function) -> list[int]:
    """The positions of the parameters that the function writes into."""
    storages = Storages(fn, fn.body.ops)
    return [k for k, value in enumerate(fn.params) if storages.of(value) is not None]


def _is_view(value: Value, maker: dict[Value, Op]) -> bool:
    op = maker.get(value)
    if op is None or value.type.is_scalar:
        return False
    if op.name == "store":
        return _is_view(op.operands[0], maker)
    row = lookup(op.name)
    return op.name in ("getitem", "item") or (row is not None and row.view)


def _sharing(fn: Function) -> dict[Value, set[Value]]:
    """For each value, the values whose memory it may show, itself included."""
    sources: dict[Value, set[Value]] = {}
    for source, sink in _edges(fn.body):
        if not sink.type.is_scalar and not source.type.is_scalar:
            sources.setdefault(sink, {sink}).add(source)
    changed = True
    while changed:
        changed = False
        for found in sources.values():
            more = set().union(*(sources.get(value, {value}) for value in found))
            changed |= not more <= found
            found |= more
    return sources


def _edges(block: Block) -> list[tuple[Value, Value]]:
    found: list[tuple[Value, Value]] = []
    for op in block.ops:
        row = lookup(op.name)
        if isinstance(op, If):
            for owned in op.blocks:
                found += zip(owned.yields, op.results, strict=True)
        elif isinstance(op, For | While):
            for init, arg, following, result in zip(op.inits, op.carried, op.nexts, op.results, strict=True):
                found += [(init, arg), (following, arg), (init, result), (following, result)]
        elif op.name == "tuple":
            found += [(operand, op.result) for operand in op.operands]
        elif op.name in ("getitem", "item", "bind") or (row is not None and row.view):
            found.append((op.operands[0], op.results[0]))
        elif op.name == "call":
            found += [(operand, op.result) for operand in op.operands]
        for owned in op.blocks:
            found += _edges(owned)
    return found
