"""Which adjoint buffers may be updated in place.

Before: ``%z_bar = bind %y_bar; %z_bar2 = accumulate %z_bar, %c`` where ``%y_bar`` is still used.
After: the same (it would spoil ``%y_bar``); but ``accumulate`` on a buffer that nothing else shares gets ``in_place``,
and an ``index_add`` or ``store`` into a shared buffer writes into a copy.

The analysis starts from the hope that every update is in place, and takes back what liveness forbids until that is
stable.
"""

from __future__ import annotations

from sct.analysis.liveness import walk_liveness
from sct.analysis.sharing import Sharing
from sct.ir.nodes import Block, Function, Op, Value

_UPDATES = frozenset({"accumulate", "index_add", "store"})
# What another function made or holds, and NumPy's read-only views.
_FOREIGN_RESULTS = frozenset({"pop", "unbroadcast", "broadcast_to", "call_reverse", "call_forward", "call_tangent"})


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
    sharing = Sharing(fn)
    found = {op for op in updates if _is_foreign(op.operands[0], sharing, derived)}

    def visit(place: Op | Block, _: list[Value], live: set[Value]) -> None:
        if isinstance(place, Op) and place in updates and place not in found:
            if any(value is not place.result and sharing(value, place.operands[0]) for value in live):
                found.add(place)

    walk_liveness(fn, visit)
    return found


def _is_foreign(value: Value, sharing: Sharing, derived: set[Op]) -> bool:
    """Whether the value's memory may be another function's, the caller's, or the primal's."""
    for other in sharing.comes_from(value):
        op = sharing.maker(other)
        if op is None and not sharing.is_carried(other):
            return True
        if op is not None and not op.blocks and (op not in derived or op.name in _FOREIGN_RESULTS):
            return True
    return False
