"""Computes values again in the reverse sweep, of what is at hand there.

Before: the reverse loop names ``%s = sin %y0``, and has ``%y``, which is ``%y0`` there.
After: ``%s = sin %y`` before what needs it first; equal sums and products without a name are one.
"""

from __future__ import annotations

from collections.abc import Hashable

from sct.ir.nodes import Block, Loop, Op, Value
from sct.ir.paths import shortest
from sct.rules.table import lookup
from sct.transform.residuals.carrying import Carrying

_ARITHMETIC = frozenset({"add", "sub", "mul", "div", "neg", "pow", "floordiv", "mod"})


class Recomputing(Carrying):
    """Makes one value available where it is needed, without having kept it."""

    def _compute(self, value: Value, place: Block) -> Value:
        """``value`` in the reverse block ``place``, computed again there if it is not at hand."""
        value = self.storages.anchor(value)
        for block in self._outward(place):
            if value in self.instead.get(block, {}):
                return self.instead[block][value]
        home = self.home.get(value)
        if home is None:
            return value
        if self.mirror(place) is not home:
            target = self.at_home(value, place)
            if target is None or self.region(home) is not self.region(self.mirror(place)):
                return value  # for the loop around, or the function, to provide
            return self._compute(value, target)
        owner = self.owner.get(home)
        if isinstance(owner, Loop) and value is owner.counted:
            return place.args[0]
        op = self.maker.get(value)
        if self._is_steady(value):
            return self.instead[self.body].setdefault(value, self._last(value))
        if op is None or not self._again(value):
            return value
        kept = value in self.handed if self.apart else value.type.kind != "bool"
        if home is self.body and kept and not self._sizes_storage(op):
            return value
        operands = [self._compute(operand, place) for operand in self._read(op)]
        if op.name == "getitem":
            operands[1:] = shortest(operands[1:])
        result = Value(value.type, value.hint, value.temp)
        attrs = {key: attr for key, attr in op.attrs.items() if key != "of"}
        again = Op(op.name, operands, [result], attrs, op.span, op.stmt)
        ops = self.reverse if place is self.body else place.ops
        position = self._first_use(value, place, ops)
        key = self._arithmetic(again)
        twin = self.twins.setdefault((place, key), again) if key else again
        if twin is not again:
            _move(twin, ops, position)
            self.instead.setdefault(place, {})[value] = twin.result
            return twin.result
        ops.insert(position, again)
        self.remade[result] = again
        if position + 1 < len(ops):
            again.stmt, again.origin = ops[position + 1].stmt, ops[position + 1].origin
        self.instead.setdefault(place, {})[value] = result
        return result

    def _arithmetic(self, op: Op) -> tuple[Hashable, ...]:
        """What is equal for operations that do the same arithmetic on numbers, without a name of the author's."""
        if op.name not in _ARITHMETIC or op.result.hint is not None or not op.result.type.is_scalar:
            return ()
        return op.name, *map(self._number, op.operands)

    def _sizes_storage(self, op: Op) -> bool:
        """Whether it is the size of an array that is written: asked of the last version, it needs no second name."""
        k = self.asked(op)
        return k is not None and op.result.hint is None and self.storages.of(op.operands[k]) is not None

    def _is_steady(self, value: Value) -> bool:
        """Whether every turn of a loop makes the same of what it takes long to make: the last one's is at hand.

        Not where a function hands over what its other sweep needs: there may have been no turn.
        """
        if value not in self.steady:
            op = self.maker.get(value)
            makes = op is not None and not self.apart and not self._again(value) and self._in_turn(value)
            self.steady[value] = makes and self._is_fixed(value)
        return self.steady[value]

    def _is_fixed(self, value: Value) -> bool:
        """Whether a value is the same in all turns of all loops: nothing writes into it, or into what it is made of."""
        op = self.maker.get(value)
        if op is not None and (op.name == "const" or (op.name == "global" and value.type.is_scalar)):
            return True
        if not value.type.is_scalar:
            is_written = self.storages.of(value) is not None or self._is_overwritten(value)
            if is_written or self.storages.is_view(value) or not value.type.is_array:
                return False
        if value not in self.home or self.region(self.home[value]) is self.body:
            return True
        return op is not None and lookup(op.name) is not None and all(map(self._is_fixed, op.operands))


def _move(op: Op, ops: list[Op], position: int) -> None:
    """Let ``op``, and what it is computed from, stand at ``position`` if it stands behind."""
    needed = {op}
    for other in reversed(ops[position : ops.index(op)]):
        if any(result in later.operands for result in other.results for later in needed):
            needed.add(other)
    moved = [other for other in ops[position:] if other in needed]
    ops[position:] = [*moved, *(other for other in ops[position:] if other not in needed)]
