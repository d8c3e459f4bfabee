"""Drops the clearing of adjoints that nothing reads again.

Before: ``for %i in (n - 1)..-1 { %g = getitem %b0, %i; %b1 = store %b0, 0, %i; … }``, where ``%b`` is used no more.
After: ``for %i in (n - 1)..-1 { %g = getitem %b0, %i; … }``.

What is written into an array has an adjoint that is cleared once it is used, for what was there before.  Where that is
neither read nor added to, as in an array that is filled element by element, there is nothing to clear it for.
"""

from __future__ import annotations

from collections.abc import Sequence

from sct.analysis.liveness import asked, users
from sct.analysis.settled import Settled
from sct.ir.instead import Instead
from sct.ir.nodes import Block, Function, If, Loop, Op, Value, While
from sct.ir.operations import is_zero


def drop_unread(fn: Function, derived: Sequence[Op]) -> None:
    """Drop what the operations ``derived`` of ``fn``, and what they own, clear for nothing."""
    clears = [op for op in Block(ops=list(derived)).walk() if op.name == "store"]
    zeros = {op.result for op in fn.body.walk() if is_zero(op)}
    clears = [op for op in clears if op.operands[1] in zeros]
    if not clears:
        return
    readers = _Readers(fn)
    # Backwards: what is known of a later version is not asked again.
    known = [(op, found) for op in reversed(clears) if (found := readers.of(op.result)) is not None]
    if not known:
        return
    settled, unread = Settled(fn.body), Instead()
    for op, found in known:
        if not any(settled.may_meet(op, reader) for reader in found):
            unread[op.result] = op.operands[0]
    unread.drop(fn.body)


class _Readers:
    """What reads the later versions of an array."""

    def __init__(self, fn: Function) -> None:
        self.body = fn.body
        self.owner = {block: op for op in fn.body.walk() for block in op.blocks}
        self.lost = set[Value]()  # what something else may read
        self.users = users(fn.body)

    def of(self, value: Value) -> list[Op] | None:
        """The operations that read, or add to, elements of ``value`` and its later versions; None: something else may.

        Whatever is stored into a version makes another one.
        """
        found: list[Op] = []
        reached, todo = {value}, [value]
        while todo:
            version = todo.pop()
            for user in self.users.get(version, []):
                later = self.later(user, version)
                if later is None or not self.lost.isdisjoint(later):
                    self.lost.add(value)
                    return None
                if isinstance(user, Op) and user.name in ("getitem", "index_add"):
                    found.append(user)
                fresh = [other for other in later if other not in reached]
                reached.update(fresh)
                todo += fresh
        return found

    def later(self, user: Op | Block, version: Value) -> list[Value] | None:
        """The versions that a use leads to; None if it uses more than single elements."""
        if user is self.body:
            return None
        if isinstance(user, Block):
            owner, user = user, self.owner[user]
            if isinstance(user, If):
                return [r for r, value in zip(user.results, owner.yields, strict=True) if value is version]
            if not isinstance(user, Loop):
                return None
            return self.carried(user, version)
        if isinstance(user, Loop):
            return self.carried(user, version)
        if user.operands.count(version) > 1 or version is not user.operands[0]:
            return None
        if user.name in ("store", "index_add"):
            return [user.result]
        return [] if user.name == "getitem" or asked(user) == 0 else None

    def carried(self, loop: Loop, version: Value) -> list[Value]:
        """What carries a version through a loop, and out of it."""
        found: list[Value] = []
        for k, pair in enumerate(zip(loop.inits, loop.nexts, strict=True)):
            if version in pair:
                found += [loop.carried[k], loop.results[k]]
                found += [loop.test.args[k]] if isinstance(loop, While) else []
        return found
