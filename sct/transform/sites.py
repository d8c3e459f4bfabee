"""Where the operations of a function stand and who uses them, for passes that write some of them anew in their place.

Before: ``%1 = mul 2, %x; %y = mul %1, %x``.
After, with ``put(%y, [pow, mul])``: ``%1 = mul 2, %x; %2 = pow %x, 2; %y = mul 2, %2``, and nothing uses ``%1``.
"""

from __future__ import annotations

from sct.analysis.liveness import users
from sct.analysis.nonzero import Nonzero
from sct.ir.nodes import Block, Function, Loop, Op, Value
from sct.transform.build import Builder


class Sites:
    """The operations of ``fn`` as it stands; those in ``gone`` are unused by now, and count no more."""

    def __init__(self, fn: Function, derived: set[Op], nonzero: Nonzero) -> None:
        self.fn = fn
        self.derived = derived
        self.made = {result: op for op in fn.body.walk() for result in op.results}
        self.users = users(fn.body)
        self.loop: dict[Op, Op | None] = {}
        self.home: dict[Op, Block] = {}
        self.place(fn.body, None)
        self.gone: set[Op] = set()
        self.nonzero = nonzero

    def place(self, block: Block, loop: Op | None) -> None:
        for op in block.ops:
            self.loop[op], self.home[op] = loop, block
            for owned in op.blocks:
                self.place(owned, op if isinstance(op, Loop) else loop)

    def users_of(self, value: Value) -> list[Op | Block]:
        return [user for user in dict.fromkeys(self.users.get(value, [])) if user not in self.gone]

    def number(self, value: Value) -> int | float | None:
        """The number that a value is, written where it is used."""
        op = self.made.get(value)
        number = None if op is None or op.name != "const" or value.hint is not None else op.attrs["value"]
        return number if isinstance(number, int | float) and not isinstance(number, bool) else None

    def builder(self, op: Op) -> Builder:
        """What builds in the place of an operation."""
        return Builder.instead_of(op)

    def put(self, op: Op, new: list[Op]) -> None:
        """Put operations in the place of one, whose result the last of them makes now."""
        home = self.home[op]
        new[-1].results = op.results
        place = home.ops.index(op)
        home.ops[place : place + 1] = new
        self.derived.update(new)
        for made in new:
            self.home[made], self.loop[made] = home, self.loop[op]
            self.made[made.result] = made
            for value in made.operands:
                self.users.setdefault(value, []).append(made)
