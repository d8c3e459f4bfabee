"""What is added to a part of an array: a value, as factors of one that other parts get as well.

Before: ``%s = mul 0.7, %g; %n = neg %s; %A1 = index_add %A, %n, :-1; %A2 = index_add %A1, %s, 1:``.
After: two shares of ``%g``, with the factors ``neg``, ``mul 0.7`` and ``mul 0.7``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sct.ir.nodes import Op, Value
from sct.transform.build import Builder
from sct.transform.fusing.accesses import Access

Place = tuple[int, ...]


@dataclass(frozen=True)
class Share:
    """One addition: ``factors`` are what makes its value of ``core``, the outermost first; ``region`` is where."""

    op: Op
    core: Value
    factors: tuple[Op, ...]
    region: Access

    @property
    def place(self) -> Place:
        return tuple(entry.number for entry in self.region.entries)


def peeled(share: Share, makers: Mapping[Value, Op], of_copies: bool = False) -> Share:
    """The share without the factors of its core; ``of_copies``, with what that is a copy of as its core."""
    core, factors = share.core, list[Op]()
    while (op := makers.get(core)) is not None and op.name in ("neg", "mul", "div", "copy"):
        arrays = [value for value in op.operands if value.type.is_array]
        if (
            len(arrays) != 1
            or arrays[0].type.shape != core.type.shape
            or (op.name == "div" and op.operands[0].type.is_scalar)
        ):
            break
        if op.name != "copy":
            factors.append(op)
        elif not of_copies:
            break
        (core,) = arrays
    return replace(share, core=core, factors=tuple(factors))


def with_common_factors(shares: Sequence[Share]) -> list[Share]:
    """The shares with such factors in their cores as all the shares of a core have."""
    found = list(shares)
    for core in dict.fromkeys(share.core for share in shares):
        mine = [share for share in found if share.core is core]
        while all(share.factors for share in mine) and len({scaled_by(share.factors[-1]) for share in mine}) == 1:
            moved = [replace(s, core=mine[0].factors[-1].result, factors=s.factors[:-1]) for s in mine]
            found = [moved[mine.index(share)] if share in mine else share for share in found]
            mine = moved
    return found


def scaled_by(factor: Op) -> tuple[str, tuple[Value | None, ...]]:
    """What a factor makes of a value: the operation, and its numbers."""
    return factor.name, tuple(value if value.type.is_scalar else None for value in factor.operands)


def common_factors(shares: Sequence[Share]) -> tuple[Op, ...]:
    """The innermost factors, as far as all shares have the same."""
    count = 0
    least = min(len(share.factors) for share in shares)
    while count < least and len({scaled_by(share.factors[-1 - count]) for share in shares}) == 1:
        count += 1
    factors = shares[0].factors
    return factors[len(factors) - count :]


def scaled_sum(
    builder: Builder, terms: Sequence[tuple[Share, Value]], common: Sequence[Op], makers: Mapping[Value, Op]
) -> Value:
    """The sum of shares: those of which cores are given, whose ``common`` factors are taken out of it.

    A negative number among the factors makes a difference, ``0.7 * (y - x)`` for ``-0.7 * (x - y)``; ``makers`` tells
    which values are numbers.
    """
    signed = []
    for share, value in terms:
        is_negative = False
        for factor in reversed(share.factors[: len(share.factors) - len(common)]):
            value, turns = _scaled(builder, factor, value, makers)
            is_negative ^= turns
        signed.append((value, is_negative))
    turns = sum(_sign(factor, makers)[1] for factor in common) % 2 == 1
    added = [value for value, is_negative in signed if is_negative == turns]
    taken = [value for value, is_negative in signed if is_negative != turns]
    total, *others = added or taken
    for value in others:
        total = builder.op("add", total, value)
    for value in taken if added else []:
        total = builder.op("sub", total, value)
    for factor in reversed(common):
        total, _ = _scaled(builder, factor, total, makers)
    return total if added else builder.op("neg", total)


def _scaled(builder: Builder, factor: Op, value: Value, makers: Mapping[Value, Op]) -> tuple[Value, bool]:
    """A value, multiplied without a sign, and whether the factor turns it."""
    number, turns = _sign(factor, makers)
    if factor.name == "neg":
        return value, turns
    scalars = [operand for operand in factor.operands if operand.type.is_scalar]
    scale = scalars[0] if number is None else builder.const(-number)
    operands = [scale if operand in scalars else value for operand in factor.operands]
    return builder.op(factor.name, *operands, style="operator"), turns


def _sign(factor: Op, makers: Mapping[Value, Op]) -> tuple[float | None, bool]:
    """The negative number that a factor has, if it has one, and whether it turns the sign."""
    if factor.name == "neg":
        return None, True
    made = next((makers.get(operand) for operand in factor.operands if operand.type.is_scalar), None)
    number = made.attrs["value"] if made is not None and made.name == "const" else None
    is_negative = isinstance(number, int | float) and number < 0
    return (number, True) if is_negative else (None, False)
