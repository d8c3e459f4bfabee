"""A mask is made where it is needed, so that no array of booleans is kept from one nest for the next.

Before: ``%m = eq %x, %h; %n = sum %m; %r = div %b, %n; %w = where %m, %r, 0``.
After: ``%m = eq %x, %h; %n = sum %m; %r = div %b, %n; %m1 = eq %x, %h; %w = where %m1, %r, 0``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sct.ir.nodes import Op, Value
from sct.rules.table import lookup
from sct.transform.fusing.groups import is_pointwise

_PLAIN = frozenset({"astype_like", "const", "len", "shape", "size", "sum"})


def masks_apart(ops: Sequence[Op]) -> list[Op]:
    """The operations of a block, with a mask of its own for each of them that needs one."""
    found = list(ops)
    for op in filter(_is_mask, ops):
        first, *others = _users(op, found) or [0]
        for k in reversed(others):
            if all(map(_only_computes, found[first:k])):
                mask = Value(op.result.type, temp=op.result.temp)
                found[k].operands = [mask if value is op.result else value for value in found[k].operands]
                found.insert(k, replace(op, results=[mask]))
    return found


def masks_late(ops: Sequence[Op], yields: Sequence[Value] = ()) -> list[Op]:
    """The operations of a block, with each mask that one of them needs right before that one."""
    found = list(ops)
    for op in filter(_is_mask, ops):
        place, users = found.index(op), _users(op, found)
        inside = any(op.result in inner.operands for other in found for block in other.blocks for inner in block.walk())
        if len(users) == 1 and not inside and op.result not in yields:
            between = found[place + 1 : users[0]]
            if between and all(map(_only_computes, between)):
                found[place : users[0]] = [*between, op]
    return found


def _is_mask(op: Op) -> bool:
    return is_pointwise(op) and op.result.type.element == "bool" and op.result.hint is None


def _users(op: Op, ops: Sequence[Op]) -> list[int]:
    """Where the operations are that need what an operation makes."""
    return [k for k, other in enumerate(ops) if op.result in other.operands]


def _only_computes(op: Op) -> bool:
    """Whether the operation makes a value of its operands, and does nothing else."""
    row = lookup(op.name)
    plain = op.name in _PLAIN or (row is not None and row.elementwise)
    return plain and not op.blocks and len(op.results) == 1
