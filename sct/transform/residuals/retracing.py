"""Takes back what a turn added to an integer, in place of saving what it began with.

Before: ``for %i (%at0) { … %x[%at0] …; %at1 = add %at0, 3; yield %at1 }``, where the reverse turn names ``%at0``.
After: the reverse loop carries ``%at``: it begins with the loop's result, and each turn has ``%at0 = sub %at, 3``.

The arithmetic of integers is exact, so that nothing is lost on the way; that of floats is not.  What a loop in the turn
adds, its own reverse takes back, if it does so anyway.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sct.ir.nodes import Block, Loop, Op, Value
from sct.transform.residuals.ends import Ends
from sct.transform.residuals.first_uses import FirstUses

_INVERSE = {"add": "sub", "sub": "add"}
_ARITHMETIC = frozenset({"add", "sub", "mul", "floordiv", "neg"})


@dataclass(frozen=True)
class _Link:
    """What an operation of a turn made of ``before``: it added an amount, or it is a loop whose turns do."""

    after: Value
    before: Value
    op: Op
    amount: Value | None


class Retracing(Ends):
    """The integers that the turns of a loop add something to."""

    def _find_retraced(self, place: Block) -> None:
        """Note what a turn makes of the integers that it begins with and what it ends with tells."""
        loop = self.owner[self.mirror(place)]
        assert isinstance(loop, Loop)
        for start in [] if loop.stops else loop.carried:
            links = self._links(start, loop, place) if self._keeps_name(start, loop) else []
            self.retraced.update(dict.fromkeys([start, *(link.after for link in links)] if links else [], start))

    def _keeps_name(self, start: Value, loop: Loop) -> bool:
        """Whether what a loop leaves of an integer can be had by the author's name; a turn around saves it, if not."""
        if start.type.kind != "int" or start.hint is None or start is loop.counted:
            return False
        return self._can_carry(start, start, loop) or self.region(self.place[loop]) is not self.body

    def _links(self, start: Value, loop: Loop, place: Block) -> list[_Link]:
        """What leads from the end of a turn back to its ``start``."""
        links, value = list[_Link](), loop.nexts[loop.carried.index(start)]
        while value is not start:
            op = self.maker.get(value)
            link = None if op is None or self.home[value] is not loop.body else self._link(value, op, loop, place)
            if link is None:
                return []
            links.append(link)
            value = link.before
        return links

    def _link(self, value: Value, op: Op, loop: Loop, place: Block) -> _Link | None:
        if isinstance(op, Loop):
            k = op.results.index(value)
            if op.carried[k] not in self.carries or self._is_needed_behind(op.inits[k], op, place):
                return None
            return _Link(value, op.inits[k], op, None)
        if op.name not in _INVERSE or value.type.kind != "int":
            return None
        before, amount = op.operands
        if op.name == "add" and self._is_told(before, loop):
            before, amount = amount, before
        return _Link(value, before, op, amount) if self._is_told(amount, loop) else None

    def _is_needed_behind(self, init: Value, loop: Loop, place: Block) -> bool:
        """Whether the reverse turn needs what a loop began with before it runs that loop backwards."""
        return self._first(init, place) < place.ops.index(self._reverse_loop(loop)[0])

    def _first(self, value: Value, place: Block) -> int:
        """Where the reverse turn first needs a value, as far as it is written."""
        op = FirstUses(place.ops, self._computed_from)(value)
        return len(place.ops) if op is None else place.ops.index(op)

    def _is_told(self, amount: Value, loop: Loop) -> bool:
        """Whether the reverse turn has an integer without asking the turn for more than which one it is."""
        if amount.type.kind != "int":
            return False
        if amount is loop.counted or self.region(self.home[amount]) is not self.region(loop.body):
            return True
        op = self.maker.get(amount)
        if op is None or op.name == "const":
            return op is not None
        return op.name in _ARITHMETIC and all(self._is_told(operand, loop) for operand in op.operands)

    def _retrace(self, reached: Collection[Value], place: Block) -> bool:
        """Take back what a turn adds to integers, where its reverse has ``reached`` what it makes of them."""
        loop = self.owner[self.mirror(place)]
        assert isinstance(loop, Loop)
        found = [start for start in loop.carried if any(self.retraced.get(value) is start for value in reached)]
        for start in found:
            self._subtract(start, loop, place)
        return bool(found)

    def _subtract(self, start: Value, loop: Loop, place: Block) -> None:
        """Let the reverse turn do so at its beginning, as far as it needs what was before, and else at its end."""
        links, known = self._links(start, loop, place), self.instead.setdefault(place, {})
        self.provided.update(link.after for link in links)
        held, position = self._carried(start, loop)[0], 0
        for k, link in enumerate(links):
            if link.after.hint not in (None, held.hint):  # the author's other name for it
                named = Value(held.type, link.after.hint)
                bind = Op("bind", [held], [named], {}, link.op.span, None, origin=link.op)
                place.ops.insert(position, bind)
                held, position = named, position + 1
            known[link.after] = held
            if link.amount is None:
                assert isinstance(link.op, Loop)
                held = self.carries[link.op.carried[link.op.results.index(link.after)]][1]
                position = place.ops.index(self._reverse_loop(link.op)[0]) + 1
                continue
            if all(self._first(other.before, place) == len(place.ops) for other in links[k:]):
                position = len(place.ops)
            back = Value(link.before.type, link.before.hint, link.before.temp)
            attrs = {"style": "operator", "augmented": True}
            op = Op(_INVERSE[link.op.name], [held, link.amount], [back], attrs, link.op.span, None, origin=link.op)
            place.ops.insert(position, op)
            held, position = back, position + 1
        known[start] = held
