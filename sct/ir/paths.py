"""Paths: indices of a view of a view, as in ``A[i].T[j]``.

Before: ``%row = getitem %A, %i; %row1 = store %row, %v, %j`` (which says nothing of ``%A``).
After: ``%s = step; %A1 = store %A, %v, %i, %s, %j``.

In a list of indices a ``step`` ends one subscript; what follows indexes the view so far, or its transpose where the
step says so, or the view in the shape that is the step's operand.  The attribute ``of`` of a step is what the author
calls that view: ``row[j] = v`` is written so again.
"""

from __future__ import annotations

from collections.abc import Sequence

from sct.ir.indices import is_full
from sct.ir.nodes import Value
from sct.ir.types import Type

STEP = Type("step")
TRANSPOSED = Type("step", dim="T")
RESHAPED = Type("step", dim="R")


def is_step(value: Value) -> bool:
    """Whether an index ends a subscript."""
    return value.type.kind == "step"


def is_reshaped(indices: Sequence[Value]) -> bool:
    """Whether a path leads through a view of another shape: of an array that is not C-contiguous it would be a copy."""
    return any(is_step(index) and index.type.dim == "R" for index in indices)


def split(indices: Sequence[Value]) -> tuple[list[list[Value]], list[Value]]:
    """The subscripts of a path, and the steps between them (one less)."""
    groups: list[list[Value]] = [[]]
    steps = []
    for index in indices:
        if is_step(index):
            steps.append(index)
            groups.append([])
        else:
            groups[-1].append(index)
    return groups, steps


def shortest(indices: Sequence[Value]) -> list[Value]:
    """The same path in as few subscripts as possible."""
    groups, steps = split(indices)
    found = groups[0]
    for step, group in zip(steps, groups[1:], strict=True):
        apart = step.type != STEP or any(map(is_step, found))
        composed = None if apart else compose(found, group)
        found = [*found, step, *group] if composed is None else composed
    return found


def compose(first: list[Value], then: list[Value]) -> list[Value] | None:
    """One subscript that does what two do, if there is one: ``A[i, :][j]`` is ``A[i, j]``."""
    if not then or (len(then) == 1 and then[0].type.kind == "ellipsis"):
        return first
    if not first:
        return then
    found, rest = [], list(then)
    if any(index.type.kind not in ("int", "slice") for index in [*first, *then]):
        return None
    for index in first:
        if index.type.kind == "int":
            found.append(index)
        elif is_full(index):
            found.append(rest.pop(0) if rest else index)
        elif rest and not is_full(rest.pop(0)):
            return None
        else:
            found.append(index)
    return found + rest
