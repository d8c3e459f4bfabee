"""Carries values into the reverse sweep: out of a branch, on a tape, or as a copy.

Before: the reverse loop names ``%y0``, a value of the forward loop's turn.
After: ``push %y_saved, %y0`` in the forward turn, ``%y = pop %y_saved`` at the start of the reverse one.
"""

from __future__ import annotations

from functools import cached_property

from sct.errors import Span
from sct.ir.nodes import Block, If, Loop, Op, Value
from sct.ir.types import TAPE, UNDEF
from sct.transform.contributions import refused
from sct.transform.residuals.first_uses import FirstUses
from sct.transform.residuals.sweeps import Sweeps


class Carrying(Sweeps):
    """Keeps one value for where it is needed."""

    def _export(self, value: Value) -> Value:
        """Hand a value of a branch out of its ``if``, so that the reverse branch finds it in the frame."""
        home = self.home[value]
        inner = value
        while home is not self.body:
            owner = self.owner[home]
            assert isinstance(owner, If)
            if inner not in home.yields:
                for block in owner.blocks:
                    if block is home:
                        block.yields.append(inner)
                    else:
                        absent = Op("undef", [], [Value(value.type)], {}, owner.span, owner.stmt)
                        block.ops.append(absent)
                        block.yields.append(absent.result)
                owner.results.append(Value(value.type, value.hint, value.temp))
                owner.attrs["form"] = "stmt"  # an expression has one value
            inner, home = owner.results[home.yields.index(inner)], self.parent[home]
        self.instead.setdefault(self.body, {})[value] = inner
        return inner

    def _leave_shapes(self) -> None:
        """Ask the shape of what the reverse turn has not got of what the loop leaves."""
        for block, ops in self._reverse_blocks():
            for op in ops:
                k, value = self.asked(op), self.left(op)
                if k is not None and value is not None:
                    if not any(value in self.instead.get(around, {}) for around in self._outward(block)):
                        op.operands[k] = self._last(value)

    def _last(self, value: Value) -> Value:
        """A value of a loop's turn as the last turn that makes it leaves it: unbound, if none does."""
        if value in self.lasts:
            return self.lasts[value]
        path, loop = [self.home[value]], self.owner[self.home[value]]
        if isinstance(loop, Loop) and value in loop.carried:  # which the first turn may find unbound
            left = loop.results[loop.carried.index(value)]
            return left if self.home[left] is self.body else self._last(left)
        while (around := self.parent[path[-1]]) is not self.body:
            path.append(around)
        outermost = self.owner[path[-1]]
        before = Value(UNDEF)
        absent = Op("undef", [], [before], {}, outermost.span, outermost.stmt)
        self.body.ops.insert(self.body.ops.index(outermost), absent)
        self.adjoint.boundary += 1
        earlier: dict[Block, Value] = {}
        for block in reversed(path):
            earlier[block] = before
            if isinstance(owner := self.owner[block], Loop):
                owner.operands.append(before)
                before = Value(value.type, value.hint, value.temp)
                for owned in owner.blocks:
                    owned.args.append(before if owned is owner.body else Value(value.type, value.hint, value.temp))
        last = value
        for block in path:
            owner = self.owner[block]
            for owned in owner.blocks if isinstance(owner, If) else [block]:
                owned.yields.append(last if owned is block else earlier[block])
            if isinstance(owner, If):
                owner.attrs["form"] = "stmt"
            last = Value(value.type, value.hint, value.temp)
            owner.results.append(last)
            self.home[last], self.maker[last] = self.place[owner], owner
        self.lasts[value] = last
        return last

    def _tape(self, value: Value, place: Block, is_late: bool = False) -> None:
        """Save a value once a turn, and take it back at the start of the reverse turn, or only where it is needed."""
        op, home = self.maker.get(value), self.mirror(place)
        if home is self.home[value] and self._is_unbound_at_first(value):
            what = f"`{value.hint}`" if value.hint else "what is returned"
            if value.type.is_scalar:
                reason, help_ = f"{what} has no value yet in the first turn of this loop", "bind it before the loop"
            else:
                reason = f"{what} is used behind the loop that binds it, and may have another size in each turn"
                help_ = "bind it before the loop, as to an empty array or list"
            raise refused(self.owner[home], reason, help_)
        name = value.hint or value.temp or "value"
        if op is not None and op.attrs.get("saved"):
            name = op.attrs["saved"]
        stmt, span = (op.stmt, op.span) if op is not None else (self.owner[home].stmt, self.owner[home].span)
        tape = self._new_tape(value, home, name, span)
        kept, new = value, list[Op]()
        if self.storages.is_view(value) or self._is_overwritten(value):
            new, kept = self._copy(value, op or self.owner[home], f"{name}_copy")
        push = Op("push", [tape.result, kept], [], {}, span, stmt)
        new.append(push)
        position = home.ops.index(op) + 1 if op in home.ops else 0
        if (goes_on := self.owner[home].attrs.get("completed")) is not None:
            self._push_late(new, home, position, goes_on)
        else:
            home.ops[position:position] = new
        self._free_name(value.hint)
        back = Value(value.type, value.hint, value.temp)
        pop = push.attrs["pop"] = Op("pop", [tape.result], [back], {}, span, None, origin=op or self.owner[home])
        # What was overwritten comes back where it is written back: then all of an array's writes share one tape.
        is_late |= value in self.overwritten
        position = self._first_use(value, place, place.ops) if is_late else 0
        if 0 < position < len(place.ops) and place.ops[position - 1].stmt is place.ops[position].stmt:
            pop.stmt = place.ops[position].stmt  # amid a statement
        place.ops.insert(position, pop)
        self.instead.setdefault(place, {})[value] = back

    def _arm_using(self, value: Value, place: Block) -> Block:
        """The arm, inside of the reverse block ``place``, that alone uses a value which other paths leave unbound.

        There the author's own statements have read it, and it is what it was.
        """
        if value in self.overwritten or self.storages.is_view(value) or self._is_overwritten(value):
            return place
        if "completed" in self.owner[self.home[value]].attrs or (self.typed and self._is_unbound_at_first(value)):
            return place
        using = [block for block, ops in self._reverse_blocks() if self._uses(value, block, ops)]
        ways = [list(reversed(self._outward(block))) for block in using]
        if not all(place in way for way in ways):
            return place
        for arm, *others in zip(*(way[way.index(place) + 1 :] for way in ways), strict=False):
            owner = self.owner.get(self.adjoint.mirrors.get(arm, self.body))
            if not isinstance(owner, If) or any(other is not arm for other in others):
                break
            place = arm
        return place

    def _uses(self, value: Value, block: Block, ops: list[Op]) -> bool:
        handed = [] if block is self.body else block.yields
        return any(self.storages.anchor(used) is value for used in [*handed, *(v for op in ops for v in op.operands)])

    def _push_late(self, new: list[Op], home: Block, position: int, goes_on: Block) -> None:
        """Save a value where the turn ``goes_on``; one whose name has come to stand for another by then has its own."""
        push, behind = new[-1], Block(ops=home.ops[position:-1])
        kept = push.operands[1]
        if kept.hint is not None and any(result.hint == kept.hint for op in behind.walk() for result in op.results):
            start = Value(kept.type, f"{kept.hint}_before")
            bind = Op("bind", [kept], [start], {}, push.span, push.stmt)
            home.ops[position:position] = [*new[:-1], bind]
            new, push.operands[1] = [push], start
        place = next(k for k, op in enumerate(goes_on.ops) if op.name not in ("push", "copy"))
        goes_on.ops[place:place] = new

    def _is_unbound_at_first(self, value: Value) -> bool:
        """Whether a loop carries a value that nothing has bound before its first turn."""
        loop = self.owner.get(self.home[value])
        if not isinstance(loop, Loop) or value not in loop.carried:
            return False
        init = loop.inits[loop.carried.index(value)]
        return self.may_be_unbound(init) or (init in self.home and self._is_unbound_at_first(init))

    def _new_tape(self, value: Value, home: Block, name: str, span: Span | None) -> Op:
        """The tape for ``value``, before the outermost loop that pushes; one for what is overwritten of an array."""
        outermost = home
        while self.parent[outermost] is not self.body:
            outermost = self.parent[outermost]
        loop = self.owner[outermost]
        key = (self.overwritten[value], value.type.rank) if value in self.overwritten else None
        tape = self.tapes.get(key) if key is not None else None
        if tape is None:
            tape = Op("tape", [], [Value(TAPE, hint=f"{name}_saved")], {"item": value.type}, span, None)
            self.adjoint.boundary += 1
        elif self.body.ops.index(tape) > self.body.ops.index(loop):
            self.body.ops.remove(tape)
        else:
            return tape
        self.body.ops.insert(self.body.ops.index(loop), tape)
        if key is not None:
            self.tapes[key] = tape
        return tape

    def _free_name(self, hint: str | None) -> None:
        """Bind the function's value to a name of its own, if it has the one that the reverse sweep brings back."""
        fn, value = self.adjoint.fn, self.body.yields[0]
        if hint is None or value.hint != hint:
            return
        own = Value(value.type, f"{fn.name}_value")
        self.body.ops.insert(self.adjoint.boundary, Op("bind", [value], [own], {}, fn.span, None))
        self.adjoint.boundary += 1
        self.body.yields[0] = own

    def _is_overwritten(self, value: Value) -> bool:
        """Whether the value has other contents by the time that the reverse sweep needs it, and nothing restores it."""
        if value.type.is_scalar or value.type.kind == "residuals":
            return False
        restored = self.storages.of(value) is not None or self.storages.is_view(value)
        loose = self.storages.is_loose(value) or value.type.kind == "tuple"
        return (loose or not restored) and self.sharing.overwritten(value)

    def _copy(self, value: Value, after: Op, temp: str | None = None) -> tuple[list[Op], Value]:
        """The operations that copy a value, and the copy."""
        name, ops, parts = "copy", list[Op](), [value]
        attrs: dict[str, object] = {"lib": "numpy", "style": "method", "deep": True}
        form = value.type.form
        if value.type.kind == "tuple":
            of_class = form is not None and form.kind == "class"
            name, attrs, parts = ("rebuild", {}, [value]) if of_class else ("tuple", {"form": form, "fixed": True}, [])
            maker = self.maker.get(value)
            given = maker.operands if maker is not None and maker.name == "tuple" else None
            for index, type_ in enumerate(value.type.items):
                item = Value(type_) if given is None else given[index]
                if given is None:
                    ops.append(Op("item", [value], [item], {"index": index}, after.span, after.stmt))
                inner, part = list[Op](), item
                if type_.is_buffer or type_.kind == "tuple":
                    inner, part = self._copy(item, after, item.temp or item.hint or "copy")
                ops += inner
                parts.append(part)
        kept = Value(value.type, value.hint if temp is None else None, temp or value.temp)
        return [*ops, Op(name, parts, [kept], attrs, after.span, after.stmt)], kept

    def _copy_kept(self, value: Value) -> None:
        """Keep a copy in the frame of what is overwritten before the reverse sweep needs it."""
        op = self.maker[value]
        copies, kept = self._copy(value, op)
        home = self.home[value]
        position = home.ops.index(op) + 1
        home.ops[position:position] = copies
        if home is self.body:
            self.adjoint.boundary += len(copies)
        self.home[kept], self.maker[kept], self.place[copies[-1]] = home, copies[-1], home
        self.instead.setdefault(self.body, {})[value] = self._export(kept)

    def _copy_arguments(self) -> None:
        """Let no callee's residuals hold a loose storage whose contents change."""
        for op, block in list(self.place.items()):
            written = op.attrs["summary"].writes if op.name == "call_forward" else ()
            for k, value in enumerate(op.operands if op.name == "call_forward" else []):
                if k not in written and not value.type.is_scalar and self._is_overwritten(value):
                    copies, kept = self._copy(value, op, value.temp or value.hint)
                    position = block.ops.index(op)
                    block.ops[position:position] = copies
                    self.adjoint.boundary += len(copies) if block is self.body else 0
                    op.operands[k] = kept

    def _first_use(self, value: Value, place: Block, ops: list[Op]) -> int:
        """Before the first operation that needs the value, or something computed from it."""
        if place not in self.first_uses:
            self.first_uses[place] = FirstUses(ops, self._computed_from)
        first = self.first_uses[place](value)
        return len(ops) if first is None else ops.index(first)

    def _computed_from(self, value: Value) -> list[Value]:
        """The values that are computed from one again."""
        return [user for user in self._users.get(value, []) if user not in self.provided and self._again(user)]

    @cached_property
    def _users(self) -> dict[Value, list[Value]]:
        """The values that are made of each."""
        found: dict[Value, list[Value]] = {}
        for result, op in self.maker.items():
            for operand in self._read(op) if op.operands else []:
                found.setdefault(operand, []).append(result)
        return found

    def _substitute(self, block: Block, ops: list[Op], known: dict[Value, Value]) -> None:
        known = {**known, **self.instead.get(block, {})}
        mirrored = self.adjoint.mirrors.get(block)
        if mirrored is not None and isinstance(forward := self.owner[mirrored], Loop) and forward.counted is not None:
            known[forward.counted] = block.args[0]
        for op in ops:
            op.operands = [known.get(anchor, anchor) for anchor in map(self.storages.anchor, op.operands)]
            for owned in op.blocks:
                self._substitute(owned, owned.ops, known)
        if block is not self.body:
            block.yields = [known.get(anchor, anchor) for anchor in map(self.storages.anchor, block.yields)]
