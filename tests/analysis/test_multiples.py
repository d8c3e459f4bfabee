"""Multiples, as numbers: what they say is held to what they are made of."""

from __future__ import annotations

from fractions import Fraction

from sct.analysis.multiples import Multiple
from sct.ir.nodes import Value
from sct.ir.types import FLOAT

A, B = (Multiple.value(Value(FLOAT)) for _ in range(2))
HALF = Multiple.of(Fraction(1, 2))


def test_what_cancels_is_nothing() -> None:
    inverse = A.inverse()
    assert inverse is not None
    assert A.times(inverse) == Multiple.of(Fraction(1))
    assert not A.plus(A, -1).terms
    product = A.plus(B).times(A.plus(B, -1))
    assert product == A.times(A).plus(B.times(B), -1)


def test_what_differs_does_not_cancel() -> None:
    assert A != B
    assert HALF.times(A).plus(HALF.times(A)) == A
    assert A.times(A) != A
    assert A.plus(B).inverse() is None
