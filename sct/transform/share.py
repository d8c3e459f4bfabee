"""Computes once what is computed twice: in a sweep, or in the forward sweep and in the reverse one.

Before: ``%near = sqrt %s; …; %1 = div 0.5, %near; …; %2 = div 0.5, %near``.
After: ``%near = sqrt %s; …; %1 = div 0.5, %near``, and ``%1`` in the place of ``%2``.

What takes long is always shared, a sum of products too; a single sum or product only with one that has a variable
anyway, as a new variable for it would save little and be one more thing to read.  The author's own variables stay, and
so do statements that compute arrays, and what might raise where the choice that it stands in leaves it out.
"""

from __future__ import annotations

from collections import ChainMap, Counter
from collections.abc import Hashable, Iterator
from typing import Literal

from sct.analysis.liveness import use_counts
from sct.analysis.numbering import Numbering, array_statements, is_dear
from sct.ir.instead import Instead
from sct.ir.nodes import Function, Op, Value
from sct.transform.gradient import may_raise
from sct.transform.temporaries import name_of
from sct.transform.unused import drop_unused

Sweeps = Literal["forward", "each", "both"]
Known = ChainMap[Hashable, Value]
_MANY = 3
"""How many sums and products take longer than it takes to keep their result in a variable."""


def share(fn: Function, boundary: int = 0, sweeps: Sweeps = "both") -> int:
    """Share the numbers of ``fn``; returns where the reverse sweep begins then, which began at ``boundary``.

    Parameters
    ----------
    sweeps : str
        ``forward``: only in that sweep; ``each``: nothing between the two, as they are two functions, and it would have
        to be handed over; ``both``.
    """
    sharer = _Sharer(fn)
    known = Known()
    first, second = fn.body.ops[:boundary], fn.body.ops[boundary:]
    first = sharer.ops(first, known)
    if sweeps != "forward":
        second = sharer.ops(second, Known() if sweeps == "each" else known)
    fn.body.ops = [*first, *second]
    sharer.instead.substitute(fn.body)
    drop_unused(fn.body, sharer.may_be_left_out)
    kept = set(fn.body.ops)
    return sum(op in kept for op in first)


def share_inlined(fn: Function) -> None:
    """Share what takes long of what several calls, read in line, compute, and what that is made of.

    The contributions to its adjoint are added up then, and its reverse is there once.
    """
    sharer = _Sharer(fn)
    inlined = {op.result: op for op in fn.body.walk() if op.attrs.get("inlined") and sharer.is_shared(op)}
    times = Counter(sharer.numbering[value] for value in inlined)
    repeated = [op for op in inlined.values() if is_dear(op) and times[sharer.numbering[op.result]] > 1]
    if not repeated:
        return
    sharer.among = set(repeated)
    while repeated:
        made = [inlined[value] for value in repeated.pop().operands if value in inlined]
        repeated += [op for op in made if op not in sharer.among]
        sharer.among.update(made)
    fn.body.ops = sharer.ops(fn.body.ops, Known())
    sharer.instead.substitute(fn.body)
    drop_unused(fn.body, lambda op: op.attrs.get("inlined", False) and sharer.numbering.is_pure(op))


class _Sharer:
    def __init__(self, fn: Function) -> None:
        self.numbering = Numbering(fn)
        self.count = use_counts(fn.body)
        self.instead = Instead()
        self.kept = array_statements(fn)
        self.among: set[Op] | None = None
        self.makers = {op.result: op for op in fn.body.walk() if self.numbering.is_pure(op)}
        self.chosen = {value for value in self.only_chosen(fn) if may_raise(self.makers[value])}

    def only_chosen(self, fn: Function) -> Iterator[Value]:
        """The numbers without variables that stand in one side of a choice, which computes no more than that side."""
        todo = [value for op in fn.body.walk() if op.name == "where" for value in op.operands[1:]]
        while todo:
            value = todo.pop()
            if self.count[value] == 1 and value.hint is None and value in self.makers:
                yield value
                todo += self.makers[value].operands

    def ops(self, ops: list[Op], known: Known) -> list[Op]:
        keep = []
        for op in ops:
            if self.is_shared(op):
                number, result = self.numbering[op.result], op.result
                leader = known.setdefault(number, result)
                if leader in self.chosen:
                    leader = known[number] = result
                if leader is not result and self.may_go(op, leader) and (self.is_dear(op) or self.is_variable(leader)):
                    self.instead[result] = leader
                    leader.temp = leader.temp or name_of(op, self.makers)
                    self.count[leader] += self.count[result] - 1
                    continue
            keep.append(op)
            for block in op.blocks:
                block.ops = self.ops(block.ops, known.new_child())
        return keep

    def is_shared(self, op: Op) -> bool:
        """Whether an operation makes a number that could be used elsewhere as well."""
        if self.among is not None and op not in self.among:
            return False
        is_leaf = op.name in ("const", "global")
        return self.numbering.is_pure(op) and not is_leaf and op.result.type.kind == "float" and op not in self.kept

    def may_go(self, op: Op, leader: Value | None = None) -> bool:
        """Whether the operation is not the author's own statement."""
        if op.result.hint is None:
            return True
        again = leader is not None and leader.hint == op.result.hint
        return op.attrs.get("inlined", False) or (op.origin is not None and (again or is_dear(op)))

    def is_dear(self, op: Op) -> bool:
        """Whether an expression takes longer than it takes to keep its result in a variable."""
        return is_dear(op) or self.length(op) >= _MANY

    def length(self, op: Op) -> int:
        """How many operations are written in an expression."""
        inner = [self.makers.get(value) for value in op.operands if value.hint is None and self.count[value] == 1]
        return 1 + sum(self.length(made) for made in inner if made is not None and made.name not in ("const", "global"))

    def is_variable(self, value: Value) -> bool:
        return value.hint is not None or self.count[value] > 1

    def may_be_left_out(self, op: Op) -> bool:
        """Whether the operation, where nothing uses it, was there for what is shared now."""
        if len(op.results) != 1 or not op.result.type.is_scalar:
            return False
        if op.name == "bind":
            return op.origin is not None
        return self.numbering.is_pure(op) and (op.origin is not None or self.may_go(op))
