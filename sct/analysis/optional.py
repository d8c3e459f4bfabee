"""What is None or a number or an array, and is read only where it was asked whether it is there.

Before: ``%prev = for … (%none) { …; if (is_not %prev, None) { … sub %z, %prev … }; yield %z }``: of unknown kind.
After: ``%prev`` has the type of ``%z``, as nothing reads it while it is None.
"""

from __future__ import annotations

from collections.abc import Set

from sct.ir.nodes import Block, Function, If, Loop, Value
from sct.ir.phis import phis


class Optionals:
    """The variables of a function that may be None: ``values``, if they are read only where they are not."""

    def __init__(self, fn: Function) -> None:
        self.makers = {result: op for op in fn.body.walk() for result in op.results}
        self.nones = {v for v, op in self.makers.items() if op.name == "const" and op.attrs["value"] is None}
        self.onward: dict[Value, list[Value]] = {}
        self.unguarded = set(fn.body.yields)
        self.values = set[Value]()
        if self.nones:
            self.block(fn.body, frozenset())
            for target, sources in phis(fn.body):
                for value in sources:
                    self.onward.setdefault(value, []).append(target)
        for target in [target for none in self.nones for target in self.onward.get(none, ())]:
            reached = self.reached(target)
            self.values |= reached if reached.isdisjoint(self.unguarded) else set()

    def left_out(self, op: If) -> int | None:
        """Which block of a branch is not entered, as what it asks for is None as far as types are known."""
        for k in (0, 1):
            if any(v in self.values and v.type.kind == "none" for v in self.implied(op.operands[0], k == 0)):
                return k
        return None

    def reached(self, value: Value) -> set[Value]:
        """The value, and all that branches and loops hand it on as."""
        found, todo = {value}, [value]
        while todo:
            fresh = [other for other in self.onward.get(todo.pop(), ()) if other not in found]
            found.update(fresh)
            todo += fresh
        return found

    def block(self, block: Block, there: Set[Value]) -> None:
        for op in block.ops:
            handed = set(op.inits) if isinstance(op, Loop) else set()
            is_test = op.name in ("is", "is_not") and op.operands[1] in self.nones
            if not is_test:
                self.unguarded.update(v for v in op.operands if v not in there and v not in handed)
            if isinstance(op, If):
                for k, owned in enumerate(op.blocks):
                    self.block(owned, there | self.implied(op.operands[0], k == 0))
            elif isinstance(op, Loop):
                self.loop(op, there)
            else:
                for owned in op.blocks:
                    self.block(owned, there)
                    self.unguarded.update(set(owned.yields) - there)

    def loop(self, op: Loop, there: Set[Value]) -> None:
        for owned in op.blocks:
            self.block(owned, there)
        self.unguarded.update(v for owned in op.blocks for v in owned.yields if v not in op.nexts)

    def implied(self, test: Value, holds: bool) -> Set[Value]:
        """What is not None where a test holds, or where it does not."""
        op = self.makers.get(test)
        if op is None:
            return frozenset()
        if op.name in ("is", "is_not") and op.operands[1] in self.nones:
            return frozenset(op.operands[:1] if holds == (op.name == "is_not") else ())
        if op.name == "not":
            return self.implied(op.operands[0], not holds)
        if isinstance(op, If) and op.attrs.get("form") == ("and" if holds else "or"):
            second = op.then if holds else op.orelse
            return self.implied(op.operands[0], holds) | self.implied(second.yields[0], holds)
        return frozenset()
