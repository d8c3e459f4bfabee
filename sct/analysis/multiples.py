"""Sums of products of numbers, with constants: how often something is added.

Before: ``%1 = div 2, %gamma; %2 = mul 0.5, %gamma; %3 = mul %1, %2``.
After: 2/γ, γ/2, and their product, which is 1 whatever ``%gamma`` is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from sct.ir.nodes import Value

Powers = frozenset[tuple[Value, int]]


@dataclass(frozen=True)
class Multiple:
    """A sum of products of powers of values, each with a coefficient that is not zero."""

    terms: frozenset[tuple[Powers, Fraction]]

    @classmethod
    def of(cls, number: Fraction) -> Multiple:
        return _multiple({frozenset(): number})

    @classmethod
    def value(cls, value: Value) -> Multiple:
        return _multiple({frozenset({(value, 1)}): Fraction(1)})

    def plus(self, other: Multiple, times: int = 1) -> Multiple:
        """``self + times * other``."""
        found = dict(self.terms)
        for powers, coefficient in other.terms:
            found[powers] = found.get(powers, Fraction(0)) + times * coefficient
        return _multiple(found)

    def times(self, other: Multiple) -> Multiple:
        found: dict[Powers, Fraction] = {}
        for a, first in self.terms:
            for b, second in other.terms:
                powers = _together(a, b)
                found[powers] = found.get(powers, Fraction(0)) + first * second
        return _multiple(found)

    def inverse(self) -> Multiple | None:
        """``1 / self``, if it has one term."""
        if len(self.terms) != 1:
            return None
        ((powers, coefficient),) = self.terms
        return _multiple({frozenset((value, -power) for value, power in powers): 1 / coefficient})


def _multiple(terms: Mapping[Powers, Fraction]) -> Multiple:
    return Multiple(frozenset((powers, coefficient) for powers, coefficient in terms.items() if coefficient))


def _together(a: Powers, b: Powers) -> Powers:
    found = dict(a)
    for value, power in b:
        found[value] = found.get(value, 0) + power
    return frozenset((value, power) for value, power in found.items() if power)
