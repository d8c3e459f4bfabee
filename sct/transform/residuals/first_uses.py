"""Where a block of the reverse sweep first needs a value, or something that is computed from it.

Before: ``%y = …; %1 = mul %z_bar, %w``, where the forward sweep has ``%u = mul %x, 2.0; %w = add %u, 1.0``.
After: ``%u`` is first needed by the product, as ``%w`` is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sct.ir.nodes import Op, Value


class FirstUses:
    """The first uses in ``ops``, as they are now; ``users`` are the values that would be computed from one."""

    def __init__(self, ops: list[Op], users: Callable[[Value], Iterable[Value]]) -> None:
        self._ops = ops[:]
        self._users = users
        self._named: dict[Value, int] = {}
        self._needed: dict[Value, int] = {}
        for k, op in enumerate(ops):
            for inner in op.walk():
                for operand in inner.operands:
                    self._named.setdefault(operand, k)

    def __call__(self, value: Value) -> Op | None:
        """The operation, or the owner of the one, that needs a value first."""
        k = self._first(value)
        return self._ops[k] if k < len(self._ops) else None

    def _first(self, value: Value) -> int:
        if value not in self._needed:
            named = self._named.get(value, len(self._ops))
            self._needed[value] = min([named, *map(self._first, self._users(value))])
        return self._needed[value]
