"""Hands the reverse turn what its turn ended with: the next one began with it, and has brought it back.

Before: ``for %i (%h0) { %h1 = tanh %h0; yield %h1 }``, where the reverse turn names ``%h1`` and pops ``%h0``.
After: the reverse loop carries ``%h``: it begins with the loop's result, and each turn leaves the ``%h0`` that it pops.
What it leaves in the end is what the loop began with, for whatever names that behind it.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

from sct.ir.nodes import Block, For, Loop, Op, Value
from sct.ir.types import Type
from sct.transform.residuals.first_uses import FirstUses
from sct.transform.residuals.restoring import Restoring


class Ends(Restoring):
    """The values at the end of a turn."""

    def _ends(self, region: Block, saved: Collection[Value]) -> dict[Value, Value]:
        """What a turn hands to the next one and the reverse turn can have as it is, with what the next one calls it.

        That is where the value at the start is ``saved``, and the name that it has behind the loop can be its own.
        """
        loop = self.owner[region]
        assert isinstance(loop, Loop)
        return {
            end: start
            for start, end in zip(loop.carried, loop.nexts, strict=True)
            if start in saved and self.home.get(end) is region and end not in loop.carried
            if self._can_carry(start, end, loop)
        }

    def _can_carry(self, start: Value, other: Value, loop: Loop) -> bool:
        """Whether the reverse loop can carry what a turn starts with, for something that names ``other``."""
        result = _result(loop, start)
        if "completed" in loop.attrs and not _is_left(loop, start):
            return False  # what the last turn did to it is not what its reverse begins with
        if not (_alike(other.type, start.type) and _alike(result.type, start.type)) or self._is_changed(other):
            return False
        return result.hint is not None and self._can_have(result, loop)

    def _is_changed(self, value: Value) -> bool:
        return self.storages.of(value) is not None or self.storages.is_view(value) or self._is_overwritten(value)

    def _can_have(self, result: Value, loop: Op) -> bool:
        """Whether a loop's result can be had by its own name where the reverse of what is behind the loop has run."""
        other = self._renames(result, loop)
        if not isinstance(other, Loop) or result not in other.inits:
            return other is None
        start = other.carried[other.inits.index(result)]
        return (
            start in self.provided
            and _result(other, start).hint == result.hint
            and self._can_carry(start, result, other)
        )

    def _renames(self, result: Value, loop: Op) -> Op | None:
        """What gives the name of a loop's result to another value, behind the loop."""
        inside = set(loop.walk())
        giving = self._giving.get(result.hint, [])
        return next((op for op in giving[giving.index(loop) :] if op not in inside), None)

    @cached_property
    def _giving(self) -> dict[str | None, list[Op]]:
        """What gives each name of the forward sweep to a value, in the order of the program."""
        found: dict[str | None, list[Op]] = {}
        for op in Block(ops=self.forward).walk():
            for hint in {result.hint for result in op.results}:
                found.setdefault(hint, []).append(op)
        return found

    def _have(self, result: Value, loop: Op) -> Value:
        """A loop's result as its reverse finds it: what the reverse of a loop leaves that goes on with it, or it."""
        other = self._renames(result, loop)
        if not isinstance(other, Loop) or not self._can_have(result, loop):
            return result
        return self._carried(other.carried[other.inits.index(result)], other)[1]

    def _carry(self, ends: dict[Value, Value], place: Block) -> None:
        """Let the reverse loop whose turn is ``place`` carry the values, from the last turn to the first."""
        forward = self.owner[self.mirror(place)]
        assert isinstance(forward, Loop)
        for end, start in ends.items():
            held, _ = self._carried(start, forward)
            if end.hint not in (None, start.hint):  # the author's other name for it
                named = Value(end.type, end.hint)
                bind = Op("bind", [held], [named], {}, forward.span, None, origin=self.maker[end])
                first = FirstUses(place.ops, self._computed_from)(end)
                place.ops.insert(len(place.ops) if first is None else place.ops.index(first), bind)
                held = named
            self.instead.setdefault(place, {})[end] = held

    def _hand_back(self, saved: Collection[Value], place: Block) -> None:
        """Name what a loop began with by what the reverse loop leaves, where that is needed behind it."""
        forward = self.owner[self.mirror(place)]
        assert isinstance(forward, Loop)
        for start, init in zip(forward.carried, forward.inits, strict=True):
            if start not in saved or init.hint != start.hint or not self._can_carry(start, init, forward):
                continue
            reverse, ops = self._reverse_loop(forward)
            before, behind = ops[: ops.index(reverse)], ops[ops.index(reverse) + 1 :]
            if _names(behind, init) and not _names(before, init):
                _replace(behind, init, self._carried(start, forward)[1])

    def _carried(self, start: Value, forward: Loop) -> tuple[Value, Value]:
        """What the reverse loop carries of the values that a turn starts with: in a turn, and behind the last one."""
        if start not in self.carries:
            reverse, _ = self._reverse_loop(forward)
            k = next(k for k, value in enumerate(forward.carried) if value is start)
            held, left = Value(forward.nexts[k].type, start.hint), Value(forward.inits[k].type, start.hint)
            reverse.operands.append(self._have(_result(forward, start), forward))
            reverse.results.append(left)
            reverse.body.args.append(held)
            reverse.body.yields.append(start)
            self.carries[start] = (held, left)
        return self.carries[start]

    def _reverse_loop(self, forward: Loop) -> tuple[For, list[Op]]:
        """The loop that runs a loop backwards, and the operations among which it is."""
        place = next(block for block in self.up if self.mirror(block) is forward.body)
        around = self.up[place]
        ops = self.reverse if around is self.body else around.ops
        return next(op for op in ops if isinstance(op, For) and op.body is place), ops


def _alike(a: Type, b: Type) -> bool:
    """Whether two types are the same but for the sizes of an array."""
    if a.is_array and b.is_array:
        return (a.rank, a.dtype) == (b.rank, b.dtype)
    return a == b


def _is_left(loop: Loop, start: Value) -> bool:
    """Whether the turn that ends a loop leaves a value as it began with it."""
    branch, found = loop.body.ops[-1], loop.nexts[loop.carried.index(start)]
    stopped = next(block for block in branch.blocks if block is not loop.attrs["completed"])
    return found is start or (found in branch.results and stopped.yields[branch.results.index(found)] is start)


def _result(loop: Loop, start: Value) -> Value:
    return loop.results[loop.carried.index(start)]


def _names(ops: list[Op], value: Value) -> bool:
    return any(value in op.operands or any(value in b.yields for b in op.blocks) for op in Block(ops=ops).walk())


def _replace(ops: list[Op], value: Value, other: Value) -> None:
    for op in Block(ops=ops).walk():
        op.operands = [other if operand is value else operand for operand in op.operands]
        for block in op.blocks:
            block.yields = [other if operand is value else operand for operand in block.yields]
