"""Provides the forward values that the reverse sweep names: from the frame, computed again, or saved.

Before::

    for %i (%y0) { %y1 = mul %y0, %s; yield %y1 }        the reverse loop names %y0

After::

    %y_saved = tape
    for %i (%y0) { push %y_saved, %y0; … }               for … { %y = pop %y_saved; … %y … }

Straight-line code saves nothing: its values are still in the frame.  In a loop, what is saved is a minimum cut between
what the reverse turn needs and what it cannot compute again, and numbers that take less to save.  An array that is
written in place is not saved; the reverse sweep restores the elements that were overwritten, and only where
something reads an earlier version.
"""

from __future__ import annotations

from collections.abc import Collection

from sct.analysis.liveness import use_counts
from sct.ir.nodes import Block, Loop, Op, Value
from sct.transform.readback import drop
from sct.transform.residuals.cutting import Cutting, Needs
from sct.transform.transpose import Adjoint


def provide(adjoint: Adjoint, apart: bool, typed: bool) -> None:
    """Make every forward value that a reverse block names available there.

    Parameters
    ----------
    apart : bool
        Whether the sweeps are two functions: then what the reverse is handed is a cut as well, as in a loop's turn.
    typed : bool
        Whether what they hand each other has one type: then what only a branch makes is on a tape, and not None else.
    """
    _Residuals(adjoint, apart, typed).run()


class _Residuals(Cutting):
    """What is kept, computed again or saved."""

    def run(self) -> None:
        self._climb(self.body, self.reverse)
        self._read_back()
        self._copy_arguments()
        self._shapes()
        self._restore()
        *turns, body = self._innermost_first()
        for block in turns:
            self._decide(block)
        self._leave_shapes()
        self._decide(body)
        self._substitute(self.body, self.reverse, {})
        self.body.ops = [*self.body.ops[: self.adjoint.boundary], *self.reverse]
        drop(self.body, self.reads)
        while unused := self._unused():
            self.adjoint.boundary -= sum(op in unused for op in self.body.ops)
            drop(self.body, unused)

    def _innermost_first(self) -> list[Block]:
        """The reverse loops' turns, before those around them, and the function's block."""
        turns = [block for block in self.up if isinstance(self.owner[self.adjoint.mirrors[block]], Loop)]
        return [*sorted(turns, key=lambda block: -len(self._outward(block))), self.body]

    def _decide(self, region_reverse: Block) -> None:
        region = self.mirror(region_reverse)
        needs = self._needs(region_reverse)
        ends: dict[Value, Value] = {}
        if region is not self.body:
            self._find_retraced(region_reverse)
            saved, ends = self._cut_turn(region_reverse, needs)
            self._carry(ends, region_reverse)
            self._hand_back(saved, region_reverse)
            if self._retrace(self._reached(needs, [*saved, *ends]), region_reverse):
                needs = self._needs(region_reverse)
        elif self.apart:
            cut = self._cut(region, needs)
            cut += self._cheaper(region, needs, cut, ()) if cut else []
            reached = self._reached(needs, cut)
            saved = self._hand_over([value for value in cut if value in reached])
        else:
            saved = self._frame(needs)
        self.provided.update(saved, ends)
        self.first_uses = {}
        for value in saved:
            if region is self.body and not self._is_taped(value):
                self._export(value)
            else:
                place = self._place(value, region_reverse)
                if value in self.loose and not self._is_read_again(value, [*needs, *ends.values()], [*saved, *ends]):
                    place = self._arm_using(value, place)
                self._tape(value, place, is_late=bool(ends))
        for value, places in needs.items():
            for place in dict.fromkeys(place for place, _ in places):
                self._compute(value, place)

    def _is_read_again(self, value: Value, needs: Collection[Value], saved: Collection[Value]) -> bool:
        """Whether the reverse sweep computes another value from this one."""
        made = self._reached(needs, saved).difference(saved)
        return not made.isdisjoint(self._computed_from(value))

    def _place(self, value: Value, region_reverse: Block) -> Block:
        """The reverse block that runs the value's home backwards."""
        home = self.home[value]
        for block in [region_reverse, *self.up]:
            if self.mirror(block) is home:
                return block
        raise AssertionError("a saved value has no reverse block")

    def _hand_over(self, values: list[Value]) -> list[Value]:
        """Keep the values for the other function; return those that a branch has to hand out."""
        self.handed.update(values)
        for value in values:
            copied = value in self.maker and (self.storages.is_view(value) or self._is_overwritten(value))
            if copied and not self._is_taped(value):
                self._copy_kept(value)
        return [value for value in values if self.home[value] is not self.body and value not in self.instead[self.body]]

    def _is_taped(self, value: Value) -> bool:
        """Whether a branch hands a value to the other function on a tape: there is no other value of its type.

        A number has zero in its place on the other path.
        """
        return self.typed and self.apart and self.home[value] is not self.body and not value.type.is_scalar

    def _frame(self, needs: Needs) -> list[Value]:
        """Outside loops everything is kept in its variable, but what is brief may stand twice."""
        kept = []
        todo = list(needs.items())
        for value, places in todo:
            op = self.maker.get(value)
            if op is not None and op.name in ("slice", "step"):  # no variable: written again where it is used
                todo += [(operand, places) for operand in op.operands if self.home.get(operand) is self.home[value]]
                continue
            if op is None:
                continue
            stale = self.storages.is_view(value) and self._stale(value, [o for _, o in places])
            if stale or self._is_overwritten(value):
                self._copy_kept(value)
                continue
            if self.home[value] is self.body and value.type.kind != "bool":
                continue
            if self._is_brief(value, op) and self._repeatable(value, [origin for _, origin in places]):
                continue
            kept.append(value)
        return kept

    def _is_brief(self, value: Value, op: Op) -> bool:
        """Whether a constant, a condition, or what the author computes of a number and a constant: ``2.0 * a``.

        So is an element that is read once: the author's statement is copied, and would be changed to keep it.
        """
        if op.name in ("const", "global"):
            return True
        if op.name == "getitem" and value.hint is None and value.type.is_scalar:
            return use_counts(self.home[value])[value] == 1
        if value.hint is not None or op.blocks:
            return value.hint is None and value.type.kind == "bool"
        makers = [self.maker.get(operand) for operand in op.operands]
        numbers = sum(maker is not None and maker.name == "const" for maker in makers)
        is_short = op.name in ("add", "sub", "mul", "div", "neg") and len(makers) - numbers == 1
        return value.type.kind == "bool" or (is_short and value.type.is_scalar)

    def _repeatable(self, value: Value, origins: Collection[Op]) -> bool:
        """Whether the reverse sweep can compute the value from what is in the frame."""
        if self._is_overwritten(value):
            return False
        op = self.maker.get(value)
        if op is None or (self.home[value] is self.body and value.type.kind != "bool"):
            return op is None or not self.storages.is_view(value) or not self._stale(value, origins)
        if not self._again(value) or self._stale(value, origins):
            return False
        return all(
            self._repeatable(operand, self._climbed(origins, value, operand))
            for operand in self._read(op)
            if operand in self.home
        )

    def _unused(self) -> set[Op]:
        """What was read or copied to be saved, but was not, as something else does."""
        counts = use_counts(self.body)
        return {op for op in self.body.walk() if op.attrs.get("saved") and not counts[op.result]}
