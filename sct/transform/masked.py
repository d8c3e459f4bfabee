"""What is masked wherever it is used needs no mask of its own.

Before: ``%g = where %c, (div %y_bar, %s), 0; %x_bar = where %c, (mul %w, %g), 0; %w_bar = where %c, (mul %x, %g), 0``.
After: the same with ``%g = div %y_bar, %s``.

An adjoint of the author's keeps its mask: it is what it is called.
"""

from __future__ import annotations

from collections.abc import Sequence

from sct.analysis.liveness import users
from sct.ir.instead import Instead
from sct.ir.nodes import Block, Function, Op, Value
from sct.ir.operations import is_zero


def drop_masks(fn: Function, derived: Sequence[Op]) -> bool:
    """Drop masks among the operations ``derived``, and those that they own, which every use puts again.

    Returns whether there were any.
    """
    masks = [op for op in Block(ops=list(derived)).walk() if op.name == "where"]
    if not masks:
        return False
    search, instead = _Uses(fn), Instead()
    for op in masks:
        masked = search.masked(op)
        if masked is None or op.result.hint is not None:
            continue
        k, condition = masked
        if search.is_masked(op.result, k, condition):
            instead[op.result] = op.operands[k]
            op.operands[k].temp = op.operands[k].temp or op.result.temp
    instead.substitute(fn.body)
    return bool(instead)


class _Uses:
    def __init__(self, fn: Function) -> None:
        self.users = users(fn.body)
        self.made = {result: op for op in fn.body.walk() for result in op.results}

    def masked(self, op: Op) -> tuple[int, Value] | None:
        """Which operand a mask hands on, and its condition; None for what is no mask."""
        if op.name != "where" or op.result.type.shape is None:
            return None
        alike = [k for k in (1, 2) if op.operands[k].type.shape == op.result.type.shape]
        whole = [k for k in alike if is_zero(self.made.get(op.operands[3 - k]))]
        return (whole[0], op.operands[0]) if whole else None

    def is_masked(self, value: Value, k: int, condition: Value) -> bool:
        """Whether each use of a value is a mask like this one, or a product of which this is true."""
        users = self.users.get(value, [])
        return bool(users) and all(self._masks(user, value, k, condition) for user in users)

    def _masks(self, user: Op | Block, value: Value, k: int, condition: Value) -> bool:
        if isinstance(user, Block) or len(user.results) != 1:
            return False
        if self.masked(user) == (k, condition) and user.operands[k] is value:
            return True
        is_factor = user.name in ("mul", "neg") or (user.name == "div" and user.operands[1] is not value)
        as_large = user.result.type.shape == value.type.shape
        return is_factor and as_large and self.is_masked(user.result, k, condition)
