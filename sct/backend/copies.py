"""A derivative that has two names has one, where nothing tells them apart: neither changes while the other is read.

Before: ``%u_dot = bind %x_dot; %v_dot = mul %u, %u_dot``, and ``%1 = call_tangent …; %a_dot = bind %1``.
After: ``%v_dot = mul %u, %x_dot``, and ``%a_dot = call_tangent …``.

What is changed later, or returned, keeps a name of its own: ``v_bar = w_bar; v_bar += …``.
"""

from __future__ import annotations

from collections.abc import Iterable

from sct.analysis.liveness import users
from sct.ir.instead import Instead
from sct.ir.nodes import Block, Function, Hook, Op, Value
from sct.ir.operations import WRITES

_CHANGES = WRITES | {"accumulate", "index_add", "take_last", "append", "shorten", "put", "push", "rebuild"}


def drop_copies(fn: Function) -> None:
    """Let what a derivative's copy is of stand for it."""
    copies = _Copies(fn)
    for block in fn.body.blocks():
        for op in block.ops:
            if op.name == "bind" and op.origin is not None and not isinstance(op.origin, Hook):
                copies.drop(block, op)
    copies.instead.drop(fn.body)


class _Copies:
    def __init__(self, fn: Function) -> None:
        self.instead = Instead()
        self.makers = {result: op for op in fn.body.walk() for result in op.results}
        self.users = users(fn.body)
        self._places: dict[Block, dict[Op, int]] = {}

    def drop(self, block: Block, copy: Op) -> None:
        value, named = self.instead.final(copy.operands[0]), copy.result
        maker = self.makers.get(value)
        if value.hint is None:
            if maker in block.ops and len(maker.results) > 1 and self.users[value] == [copy]:
                between = block.ops[block.ops.index(maker) + 1 : block.ops.index(copy)]
                if not any(v.hint == named.hint for op in between for v in [*op.operands, *_named(op)]):
                    value.hint = named.hint
                    self.instead[named] = value
        elif (place := self.last_read(block, named)) is not None:
            between = block.ops[block.ops.index(copy) + 1 : place]
            if not any(v.hint == value.hint for op in between for v in _named(op)):
                self.instead[named] = value
                self.users.setdefault(value, []).extend(self.users.get(named, []))

    def last_read(self, block: Block, value: Value) -> int | None:
        """Where the block reads a value for the last time; None if it is more than read."""
        places, last, todo = self.places(block), 0, [value]
        while todo:
            read = todo.pop()
            for user in self.users.get(read, []):
                if isinstance(user, Block) or user.blocks or (user.name in _CHANGES and user.operands[0] is read):
                    return None
                if user not in places:
                    return None
                last = max(last, places[user])
                todo += [result for result in user.results if result.hint is None]  # it may be written where it is used
        return last

    def places(self, block: Block) -> dict[Op, int]:
        """Where in a block each of its operations stands, or the one that it is in."""
        if block not in self._places:
            self._places[block] = {each: k for k, op in enumerate(block.ops) for each in Block(ops=[op]).walk()}
        return self._places[block]


def _named(op: Op) -> Iterable[Value]:
    """What an operation defines, in its blocks as well."""
    for inner in Block(ops=[op]).walk():
        yield from inner.results
        for owned in inner.blocks:
            yield from owned.args
