"""What was broadcast is summed over once, where a parameter or a variable of the author's is reached.

Before: ``%2 = add %a, %b; %3 = mul %c, %2`` and ``%g = unbroadcast (mul %c, %y_bar), %2; %a_bar = unbroadcast %g, %a``.
After: ``%a_bar = unbroadcast (mul %c, %y_bar), %a``.

``%a`` fits into ``%2``, and that into ``%y``: to sum over what was broadcast in two steps is to do so in one, and the
sum, which has no name, is not computed again for its shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sct.analysis.liveness import users
from sct.ir.instead import Instead
from sct.ir.nodes import Block, Function, Op, Value
from sct.rules.table import lookup


def narrow_once(fn: Function, derived: Sequence[Op]) -> None:
    """Leave out what is summed over again wherever it is used, among the operations ``derived`` and what they own."""
    sums = [op for op in Block(ops=list(derived)).walk() if op.name == "unbroadcast"]
    if not sums:
        return
    search, instead = _Uses(fn), Instead()
    for op in sums:
        wide, like = op.operands
        if op.result.hint is None and search.is_part(like, wide) and search.is_narrowed(op.result, like):
            search.widen(op.result, wide)
            search.users[instead.final(wide)] += search.users.pop(op.result)
            instead[op.result] = wide
    instead.drop(fn.body)


class _Uses:
    def __init__(self, fn: Function) -> None:
        self.users = users(fn.body)
        self.made = {result: op for op in fn.body.walk() for result in op.results}

    def is_part(self, like: Value, wide: Value) -> bool:
        """Whether elementwise operations make of ``like``, and of others, what is as large as ``wide``."""
        if wide.type.shape is None:
            return False
        makers = [user for user in self.users.get(like, ()) if isinstance(user, Op) and _is_elementwise(user)]
        made = [op.result for op in makers]
        return any(
            value.type.shape == wide.type.shape or (value.hint is None and self.is_part(value, wide)) for value in made
        )

    def is_narrowed(self, value: Value, like: Value) -> bool:
        """Whether each use of a value sums over what ``like`` is broadcast along, or is a product with what fits it."""
        users = self.users.get(value, [])
        return bool(users) and all(self._narrows(user, value, like) for user in users)

    def _narrows(self, user: Op | Block, value: Value, like: Value) -> bool:
        if isinstance(user, Block) or user.operands.count(value) != 1:
            return False
        if user.name == "unbroadcast":
            return user.operands[0] is value and self.fits(user.operands[1], like)
        if not _is_linear(user, value) or user.result.hint is not None:
            return False
        others = [operand for operand in user.operands if operand is not value]
        return all(self.fits(other, like) for other in others) and self.is_narrowed(user.result, like)

    def fits(self, value: Value, like: Value) -> bool:
        """Whether a value is broadcast to nothing larger than ``like``."""
        return value.type.is_scalar or _is_within(value, like) or self._makes(value, like) or self._is_made(value, like)

    def _makes(self, value: Value, like: Value) -> bool:
        """Whether ``like`` is computed from the value, elementwise."""
        op = self.made.get(like)
        return value is like or (
            op is not None and _is_elementwise(op) and any(self._makes(value, operand) for operand in op.operands)
        )

    def _is_made(self, value: Value, like: Value) -> bool:
        """Whether the value is computed, elementwise, from what fits."""
        op = self.made.get(value)
        return op is not None and _is_elementwise(op) and all(self.fits(operand, like) for operand in op.operands)

    def widen(self, value: Value, wide: Value) -> None:
        """Note how large the products with a value are when ``wide`` is in its place."""
        for user in self.users.get(value, ()):
            if isinstance(user, Op) and user.name != "unbroadcast":
                user.result.type = replace(user.result.type, shape=wide.type.shape)
                self.widen(user.result, wide)


def _is_elementwise(op: Op) -> bool:
    row = lookup(op.name)
    return row is not None and row.elementwise


def _is_linear(op: Op, value: Value) -> bool:
    """Whether an operation multiplies a value."""
    return op.name in ("neg", "mul") or (op.name == "div" and op.operands[0] is value)


def _is_within(value: Value, like: Value) -> bool:
    """Whether the sizes of a value are known to be those of ``like``, or 1."""
    own, shape = value.type.shape, like.type.shape
    if own is None or shape is None or len(own) > len(shape):
        return False
    return all(a in (1, b) for a, b in zip(reversed(own), reversed(shape), strict=False))
