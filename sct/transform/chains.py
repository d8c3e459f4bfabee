"""A product with arrays among its factors, written from the smallest factor to the largest.

Before: ``constant=-2, numbers=[%g, %k], divisors=[%n], arrays=[%W, %row], under=[%s]``, with a vector ``%row``.
After: ``%1 = mul 2, %g; %2 = mul %1, %k; %3 = div %2, %n; %4 = mul %3, %row; %5 = div %4, %s; %6 = mul %5, %W``, and
the negative of that, which is written as that of the constant.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sct.ir.nodes import Op, Value
from sct.transform.build import Builder
from sct.transform.numerals import is_short


@dataclass
class Chain:
    """A constant, ``numbers`` over ``divisors``, and ``arrays`` over what these are divided by; ``ops`` write it."""

    constant: int | float = 1
    numbers: list[Value] = field(default_factory=list)
    divisors: list[Value] = field(default_factory=list)
    arrays: list[Value] = field(default_factory=list)
    under: list[Value] = field(default_factory=list)
    ops: list[Op] = field(default_factory=list)

    def left(self, outside: Chain) -> Chain | None:
        """What is left when its numbers leave it for ``outside``, its constant at least; None if nothing does."""
        rest = Chain(arrays=self.arrays, under=self.under) if self.arrays else replace(self, constant=1)
        constant = outside.constant * self.constant
        if not is_short(constant) or (self.constant == 1 and (rest.numbers or not self.numbers)):
            return None
        outside.constant = constant
        if self.arrays:
            outside.numbers += self.numbers
            outside.divisors += self.divisors
        return rest

    def built(self, build: Builder) -> Value:
        """The product, written from the smallest factor to the largest."""
        value = self.product(self.scale(build), build)
        return build.op("neg", value) if self.constant < 0 else value

    def scale(self, build: Builder) -> Value | None:
        """What scales the arrays, but for its sign."""
        size = abs(self.constant)
        is_bare = not self.numbers and (self.divisors or not self.arrays)  # a 1 over something
        value = build.const(size) if size != 1 or is_bare else None
        for number in self.numbers:
            value = _times(value, number, build)
        for divisor in self.divisors:
            assert value is not None
            value = build.op("div", value, divisor)
        return value

    def product(self, value: Value | None, build: Builder) -> Value:
        """A value times the arrays, each of which waits until it is divided by what is smaller."""
        waiting = sorted(self.under, key=extent)
        for array in sorted(self.arrays, key=extent):
            while waiting and value is not None and extent(waiting[0]) < extent(array):
                if not value.type.is_array and not waiting[0].type.is_array:
                    break
                value = build.op("div", value, waiting.pop(0))
            value = _times(value, array, build)
        assert value is not None
        for divisor in waiting:
            value = build.op("div", value, divisor)
        return value


def extent(value: Value) -> int:
    """How many dimensions a value has that are not known to be 1."""
    return sum(dim != 1 for dim in value.type.shape or ())


def _times(value: Value | None, factor: Value, build: Builder) -> Value:
    return factor if value is None else build.op("mul", value, factor)
