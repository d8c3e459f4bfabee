"""A constant times powers of values.

Before: the factors ``2``, ``%x`` and ``0.5 / %r``, and another ``%x``.
After: ``constant=1, powers={%x: 2, %r: -1}``.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field

from sct.ir.nodes import Op, Value
from sct.transform.numerals import may_stand_for, tidy


@dataclass
class Monomial:
    """A constant times powers of values, in the order in which they are written; ``ops`` are those that write it."""

    constant: int | float = 1
    powers: dict[Value, int] = field(default_factory=dict)
    ops: list[Op] = field(default_factory=list)

    def times(self, other: Monomial, exponent: int = 1, nonzero: Container[Value] = ()) -> Monomial | None:
        """The product with a power; None where that would hide a division by a zero, or take a longer constant."""
        if 0 in (self.constant, other.constant):
            return None
        try:
            constant = self.constant * other.constant**exponent
        except OverflowError:
            return None
        powers = dict(self.powers)
        for base, power in other.powers.items():
            before, after = powers.get(base, 0), power * exponent
            if before * after < 0 and before + after >= 0 and base not in nonzero:
                return None
            powers[base] = before + after
            if not powers[base]:
                del powers[base]
        factors = (self.constant, other.constant) if exponent > 0 else (self.constant,)
        return Monomial(constant, powers, [*self.ops, *other.ops]) if may_stand_for(constant, *factors) else None

    @property
    def cost(self) -> int:
        """How many operations it takes to write."""
        above = sum(power for power in self.powers.values() if power > 0)
        below = -sum(power for power in self.powers.values() if power < 0)
        return below + (max(above - 1, 0) + (self.constant != 1) if above else 0)

    def with_constant(self, constant: float) -> Monomial:
        return Monomial(tidy(constant), self.powers, self.ops)


def in_place_of(base: Value, before: dict[Value, int], after: dict[Value, int]) -> dict[Value, int]:
    """The powers ``after`` in the order of those ``before``, with what is new where ``base`` was."""
    new = [value for value in after if value not in before]
    order = [value for old in before for value in ([base, *new] if old is base else [old])]
    return {value: after[value] for value in order if value in after}
