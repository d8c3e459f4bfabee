"""A mask is made where it is needed, so that no array of booleans is kept from one nest for the next.

Before: ``%m = eq %x, %h; %n = sum %y; %r = div %b, %n; %w = where %m, %r, 0``.
After: ``%n = sum %y; %r = div %b, %n; %m = eq %x, %h; %w = where %m, %r, 0``.
"""

from __future__ import annotations

from collections.abc import Sequence

from sct.ir.nodes import Op, Value
from sct.rules.table import lookup
from sct.transform.fusing.groups import is_pointwise

_PLAIN = frozenset({"astype_like", "const", "len", "shape", "size", "sum"})


def masks_late(ops: Sequence[Op], yields: Sequence[Value] = ()) -> list[Op]:
    """The operations of a block, with each unnamed mask that one of them needs right before that one."""
    found = list(ops)
    for op in ops:
        if not is_pointwise(op) or op.result.type.element != "bool" or op.result.hint is not None:
            continue
        place = found.index(op)
        users = [k for k, other in enumerate(found) if op.result in other.operands]
        inside = any(op.result in inner.operands for other in found for block in other.blocks for inner in block.walk())
        if len(users) == 1 and not inside and op.result not in yields:
            between = found[place + 1 : users[0]]
            if between and all(map(_only_computes, between)):
                found[place : users[0]] = [*between, op]
    return found


def _only_computes(op: Op) -> bool:
    """Whether the operation makes a value of its operands, and does nothing else."""
    row = lookup(op.name)
    plain = op.name in _PLAIN or (row is not None and row.elementwise)
    return plain and not op.blocks and len(op.results) == 1
