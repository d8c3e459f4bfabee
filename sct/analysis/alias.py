"""Refuses a write that another name would see.

Before: ``%row = getitem %A0, %i; %A1 = store %A0, %v, %j; … %row …``.
After: a refusal at the store, with the place where the alias was made: on paper ``%row`` is a view of ``%A0``, at run
time it shows ``%A1``.
"""

from __future__ import annotations

from sct.analysis.liveness import walk_liveness
from sct.analysis.sharing import Sharing
from sct.errors import Diagnostic
from sct.ir.nodes import Block, Function, Op, Value
from sct.rules.table import lookup


def alias_problems(fn: Function) -> list[Diagnostic]:
    """Every write that cannot be followed, in the order of the source."""
    problems = []
    shares = Sharing(fn)
    maker = {result: op for op in fn.body.walk() for result in op.results}
    bad: dict[Op, Value] = {}

    def visit(place: Op | Block, _: list[Value], live: set[Value]) -> None:
        if isinstance(place, Op) and place.name == "store":
            for value in live - {place.result}:
                if shares(value, place.operands[0]):
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
    sharing = Sharing(fn)
    stores = [op for op in fn.body.walk() if op.name == "store"]
    return [k for k, value in enumerate(fn.params) if any(sharing(value, op.operands[0]) for op in stores)]


def _is_view(value: Value, maker: dict[Value, Op]) -> bool:
    op = maker.get(value)
    if op is None or value.type.is_scalar:
        return False
    if op.name == "store":
        return _is_view(op.operands[0], maker)
    row = lookup(op.name)
    return op.name in ("getitem", "item") or (row is not None and row.view)
