"""Which adjoint buffers may be updated in place.

Before: ``%z_bar = bind %y_bar; %z_bar2 = accumulate %z_bar, %c`` where ``%y_bar`` is still used.
After: the same (it would spoil ``%y_bar``); but ``accumulate`` on a buffer that nothing else shares gets ``in_place``,
and an ``index_add`` or ``store`` into a shared buffer writes into a copy.

The analysis starts from the hope that every update is in place, and takes back what liveness forbids until that is
stable.
"""

from __future__ import annotations

from sct.analysis.liveness import walk_liveness
from sct.ir.nodes import Block, For, Function, If, Op, Value, While
from sct.rules.table import lookup

_UPDATES = frozenset({"accumulate", "index_add", "store"})
_SAME = frozenset({"bind", "getitem", "item", "tuple"})
# What another function made or holds, and NumPy's read-only views.
_FOREIGN_RESULTS = frozenset({"pop", "unbroadcast", "broadcast_to", "call_reverse", "call_forward", "call_tangent"})
_FOREIGN = object()
Edge = tuple[Value, Value, frozenset[Value]]


def settle_ownership(fn: Function, derived: set[Op]) -> None:
    """Mark each ``accumulate`` of adjoints or tangents that owns its buffer, and copy where an update needs a buffer.

    ``derived`` are the operations of the reverse sweep, or those that compute tangents.
    """
    updates = [op for op in derived if op.name in _UPDATES and not op.operands[0].type.is_scalar]
    for op in updates:
        op.attrs["in_place"] = True
    while True:
        shared = _shared(fn, derived, {op for op in updates if op.attrs["in_place"]})
        if not shared:
            break
        for op in shared:
            op.attrs["in_place"] = False
    _copy(fn.body, {op for op in updates if op.name != "accumulate" and not op.attrs["in_place"]})


def _copy(block: Block, updates: set[Op]) -> None:
    ops: list[Op] = []
    for op in block.ops:
        for owned in op.blocks:
            _copy(owned, updates)
        if op in updates:
            before = op.operands[0]
            own = Value(before.type, op.result.hint, before.temp)
            ops.append(
                Op("copy", [before], [own], {"style": "method", "lib": "numpy"}, op.span, op.stmt, origin=op.origin)
            )
            op.operands[0] = own
        ops.append(op)
    block.ops = ops


def _shared(fn: Function, derived: set[Op], updates: set[Op]) -> set[Op]:
    """The updates whose buffer something else shows, or that this sweep did not allocate."""
    roots = _roots(fn, derived)
    found: set[Op] = set()

    def visit(place: Op | Block, _: list[Value], live: set[Value]) -> None:
        if not isinstance(place, Op) or place not in updates:
            return
        mine = roots.get(place.operands[0], {_FOREIGN})
        if _FOREIGN in mine or any(
            value is not place.result and not value.type.is_scalar and roots.get(value, set()) & mine for value in live
        ):
            found.add(place)

    walk_liveness(fn, visit)
    return found


def _roots(fn: Function, derived: set[Op]) -> dict[Value, set[object]]:
    """For each array of the reverse sweep, the allocations that it may be."""
    edges: list[Edge] = []
    roots: dict[Value, set[object]] = {value: {_FOREIGN} for value in fn.params}
    _collect(fn.body, derived, edges, roots)
    changed = True
    while changed:
        changed = False
        for source, sink, inside in edges:
            before = roots.setdefault(sink, set())
            # What the loop's body allocates is another buffer in each turn.
            more = {("earlier", root) if root in inside else root for root in roots.get(source, set())}
            if not more <= before:
                before |= more
                changed = True
    return roots


def _collect(block: Block, derived: set[Op], edges: list[Edge], roots: dict[Value, set[object]]) -> None:
    for op in block.ops:
        for owned in op.blocks:
            _collect(owned, derived, edges, roots)
        row = lookup(op.name)
        if isinstance(op, If):
            for owned in op.blocks:
                edges += [(a, b, frozenset()) for a, b in zip(owned.yields, op.results, strict=True)]
        elif isinstance(op, For | While):
            for init, arg, following, result in zip(op.inits, op.carried, op.nexts, op.results, strict=True):
                inside = frozenset(value for inner in op.body.walk() for value in inner.results)
                edges += [(init, arg, frozenset()), (following, arg, inside), (arg, result, frozenset())]
        elif op not in derived or op.name in _FOREIGN_RESULTS:
            for result in op.results:
                roots[result] = {_FOREIGN}
        elif op.name in _SAME or (row is not None and row.view):
            edges += [(operand, op.result, frozenset()) for operand in op.operands]
        elif op.name in ("store", "index_add") or (op.name == "accumulate" and op.attrs.get("in_place")):
            edges.append((op.operands[0], op.result, frozenset()))
        else:
            for result in op.results:
                roots[result] = {result}
