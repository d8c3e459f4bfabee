"""Hands the reverse turn what its turn ended with: the next one began with it, and has brought it back.

Before: ``for %i (%h0) { %h1 = tanh %h0; yield %h1 }``, where the reverse turn names ``%h1`` and pops ``%h0``.
After: the reverse loop carries ``%h``: it begins with the loop's result, and each turn leaves the ``%h0`` that it pops.
"""

from __future__ import annotations

from collections.abc import Collection

from sct.ir.nodes import Block, For, Loop, Op, Value
from sct.transform.residuals.restoring import Restoring


class Ends(Restoring):
    """The values at the end of a turn."""

    def _ends(self, region: Block, saved: Collection[Value]) -> dict[Value, Value]:
        """What a turn hands to the next one and the reverse turn can have as it is, with what the next one calls it.

        That is where the value at the start is ``saved``, and the name that it has behind the loop stays its own.
        """
        loop = self.owner[region]
        assert isinstance(loop, Loop)
        return {
            end: start
            for start, end, result in zip(loop.carried, loop.nexts, loop.results, strict=True)
            if start in saved and self.home.get(end) is region and end not in loop.carried
            if end.type == start.type == result.type and self._is_kept(end, result, loop)
        }

    def _is_kept(self, end: Value, result: Value, loop: Op) -> bool:
        """Whether the value is there, unchanged and by its own name, when the next turn has been run backwards."""
        if self.storages.of(end) is not None or self.storages.is_view(end) or self._is_overwritten(end):
            return False
        ops = list(Block(ops=self.forward).walk())
        behind = ops[ops.index(loop) + len(list(Block(ops=[loop]).walk())) :]
        names = {other.hint for op in behind for other in op.results}
        return result.hint is not None and result.hint not in names

    def _carry(self, ends: dict[Value, Value], place: Block) -> None:
        """Let the reverse loop whose turn is ``place`` carry the values, from the last turn to the first."""
        forward = self.owner[self.mirror(place)]
        assert isinstance(forward, Loop)
        for end, start in ends.items():
            loop, result = self._reverse_loop(place), forward.results[forward.carried.index(start)]
            held = Value(end.type, start.hint)
            loop.operands.append(result)
            loop.results.append(Value(end.type, start.hint))
            place.args.append(held)
            place.yields.append(start)
            if end.hint not in (None, start.hint):  # the author's other name for it
                named = Value(end.type, end.hint)
                bind = Op("bind", [held], [named], {}, loop.span, None, origin=self.maker[end])
                place.ops.insert(self._first_use(end, place, place.ops), bind)
                held = named
            self.instead.setdefault(place, {})[end] = held

    def _reverse_loop(self, place: Block) -> For:
        around = self.up[place]
        ops = self.reverse if around is self.body else around.ops
        return next(op for op in ops if isinstance(op, For) and op.body is place)
