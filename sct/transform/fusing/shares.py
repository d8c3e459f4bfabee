"""What is added to a part of an array: a value, as factors of one that other parts get as well.

Before: ``%s = mul 0.7, %g; %n = neg %s; %A1 = index_add %A, %n, :-1; %A2 = index_add %A1, %s, 1:``.
After: two shares of ``%g``, with the factors ``neg``, ``mul 0.7`` and ``mul 0.7``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sct.ir.nodes import Op, Value
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


def peeled(share: Share, makers: Mapping[Value, Op]) -> Share:
    """The share without the factors of its value."""
    core, factors = share.core, list[Op]()
    while (op := makers.get(core)) is not None and op.name in ("neg", "mul", "div"):
        arrays = [value for value in op.operands if value.type.is_array]
        if (
            len(arrays) != 1
            or arrays[0].type.shape != core.type.shape
            or (op.name == "div" and op.operands[0].type.is_scalar)
        ):
            break
        factors.append(op)
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
