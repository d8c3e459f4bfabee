"""What a function does not depend on: the extreme that is taken out of exponentials, for the range of floats alone.

Before: ``%m = max %s; %d = sub %s, %m; %e = exp %d; %t = sum %e; %p = div %e, %t; yield %p``.
After: the set ``{%m}``: where ``%m`` alone grew by ``h``, ``%d`` would be less by ``h``, ``%e`` and ``%t`` would be
``exp(-h)`` times themselves, and ``%p`` would be what it is.  So no derivative flows through ``%m``.

Each value that is computed from an extreme is followed to where the extreme is out of it: either its number is added to
the value, some number of times, or the value is scaled by the exponential of so much of it.  How many times may be a
product of other numbers: with a temperature ``t`` it is ``m + t * log(sum(exp((s - m) / t)))`` that ``m`` is out of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from sct.analysis.liveness import use_counts
from sct.analysis.multiples import Multiple
from sct.analysis.silent import is_zero
from sct.ir.indices import is_whole
from sct.ir.nodes import Block, Function, Op, Value
from sct.rules.shapes import axes_of

_EXTREMES = frozenset({"max", "min", "maximum", "minimum"})
Axes = tuple[int | None, ...]


@dataclass(frozen=True)
class _Change:
    """What a value ``v`` is where the extreme has grown by ``h``: ``v + times * h``, or ``v * exp(times * h)``.

    Attributes
    ----------
    times : Multiple
    scales : bool
        Which of both.
    axes : tuple of int or None
        For each dimension of the value the one of the extreme that it runs along, or None.
    """

    times: Multiple
    scales: bool
    axes: Axes


def shifts(fn: Function) -> set[Value]:
    """The extremes of ``fn`` that what is computed from them does not depend on."""
    makers = {result: op for op in fn.body.walk() for result in op.results}
    found = set[Value]()
    for block in fn.body.blocks():
        for k, op in enumerate(block.ops):
            if op.name in _EXTREMES and op.result.type.element == "float" and op.result.type.rank is not None:
                if _Following(makers).vanishes(op.result, block, block.ops[k + 1 :]):
                    found.add(op.result)
    return found


class _Following:
    """How what is computed from one extreme changes with it."""

    def __init__(self, makers: Mapping[Value, Op]) -> None:
        self.makers = makers
        self.changes: dict[Value, _Change] = {}

    def vanishes(self, extreme: Value, block: Block, ops: Sequence[Op]) -> bool:
        """Whether nothing that leaves the ``block``, whose later ``ops`` these are, changes with the extreme."""
        shape = extreme.type.shape or ()
        self.changes[extreme] = _Change(
            Multiple.of(Fraction(1)), False, tuple(None if d == 1 else k for k, d in enumerate(shape))
        )
        for op in ops:
            changes = not self.changes.keys().isdisjoint(use_counts(op))
            if changes and (op.blocks or not self._follow(op)):
                return False
        return self.changes.keys().isdisjoint(block.yields)

    def _follow(self, op: Op) -> bool:
        """Note how the result of an operation changes; False if that is not known."""
        if is_zero(op):
            return True
        follow = _FOLLOW.get(op.name)
        if follow is None or op.result.type.rank is None or any(value.type.rank is None for value in _data(op)):
            return False
        change = follow(self, op)
        if change is None:
            return False
        if change.times.terms:
            self.changes[op.result] = change
        return True

    def number(self, value: Value) -> Fraction | None:
        """The value, if it is a constant."""
        made = self.makers.get(value)
        number = made.attrs["value"] if made is not None and made.name == "const" else None
        return Fraction(number) if isinstance(number, int | float) and abs(number) < 1e9 else None

    def factor(self, value: Value) -> Multiple | None:
        """A number that does not change with the extreme."""
        number = self.number(value)
        if number is not None:
            return Multiple.of(number) if number else None
        return Multiple.value(value) if value.type.is_scalar and value not in self.changes else None

    def of(self, value: Value, like: Value) -> _Change | None:
        """How a value changes that is repeated to the shape of ``like``."""
        change = self.changes.get(value)
        if change is None:
            return None
        missing = (like.type.rank or 0) - len(change.axes)
        return replace(change, axes=(None,) * missing + change.axes)

    # what operations do

    def same(self, op: Op) -> _Change | None:
        return self.changes.get(op.operands[0])

    def neg(self, op: Op) -> _Change | None:
        change = self.changes[op.operands[0]]
        return change if change.scales else replace(change, times=_negative(change.times))

    def add(self, op: Op) -> _Change | None:  # (a + h) + (b + h) = (a + b) + 2 * h; a * c + b * c = (a + b) * c
        a, b = (self.of(value, op.result) for value in op.operands)
        sign = -1 if op.name == "sub" else 1
        if a is not None and b is not None:
            if a.scales or b.scales:
                return a if a == b else None
            return replace(a, times=a.times.plus(b.times, sign)) if a.axes == b.axes else None
        if a is not None:
            return None if a.scales else a
        if b is None or b.scales:
            return None
        return b if sign > 0 else replace(b, times=_negative(b.times))

    def mul(self, op: Op) -> _Change | None:  # (a * c) / (b * c) = a / b; 2 * (a + h) = 2 * a + 2 * h
        a, b = (self.of(value, op.result) for value in op.operands)
        sign = -1 if op.name == "div" else 1
        if a is not None and b is not None:
            if not (a.scales and b.scales and a.axes == b.axes):
                return None
            return replace(a, times=a.times.plus(b.times, sign))
        if a is not None and a.scales:
            return a
        if b is not None and b.scales:
            return b if sign > 0 else replace(b, times=_negative(b.times))
        factor = self.factor(op.operands[0 if a is None else 1])
        if factor is not None and op.name == "div":
            factor = factor.inverse() if b is None else None
        change = a if a is not None else b
        assert change is not None
        return None if factor is None else replace(change, times=change.times.times(factor))

    def exp(self, op: Op) -> _Change | None:
        change = self.changes[op.operands[0]]
        return None if change.scales else replace(change, scales=True)

    def log(self, op: Op) -> _Change | None:
        change = self.changes[op.operands[0]]
        return replace(change, scales=False) if change.scales else None

    def power(self, op: Op) -> _Change | None:
        change = self.of(op.operands[0], op.result)
        exponent = Multiple.of(Fraction(1, 2)) if op.name == "sqrt" else self.factor(op.operands[1])
        if change is None or exponent is None or not change.scales:
            return None
        return replace(change, times=change.times.times(exponent))

    def where(self, op: Op) -> _Change | None:
        _, x, y = op.operands
        a, b = self.of(x, op.result), self.of(y, op.result)
        if a is not None and a == b:
            return a
        zero = self.number(y if a is not None else x) == 0  # which no factor changes
        change = a if b is None else b if a is None else None
        return change if change is not None and change.scales and zero else None

    def reduce(self, op: Op) -> _Change | None:
        """Of a sum: the number that is added to each element would be added as often as there are elements."""
        change = self.changes[op.operands[0]]
        gone = axes_of(len(change.axes), op.attrs.get("axis"))
        if (op.name == "sum" and not change.scales) or any(change.axes[axis] is not None for axis in gone):
            return None
        if op.result.type.rank == len(change.axes):
            return change
        return replace(change, axes=tuple(along for k, along in enumerate(change.axes) if k not in gone))

    def matmul(self, op: Op) -> _Change | None:  # (c * a) @ b = c * (a @ b), for factors of rows
        change = self.changes.get(op.operands[0])
        ranks = {value.type.rank for value in op.operands}
        if change is None or not change.scales or op.operands[1] in self.changes or ranks - {1, 2}:
            return None
        axes = (*change.axes[:-1], None)[: op.result.type.rank]
        return None if change.axes[-1] is not None else replace(change, axes=axes)

    def expand(self, op: Op) -> _Change | None:
        change = self.changes[op.operands[0]]
        axis, rank = op.attrs["axis"], len(change.axes) + 1
        if not isinstance(axis, int):
            return None
        axis %= rank
        return replace(change, axes=(*change.axes[:axis], None, *change.axes[axis:]))

    def pick(self, op: Op) -> _Change | None:
        """Of a part: where all elements change alike, any; else all of them, in rows or columns."""
        array, *indices = op.operands
        change = self.changes.get(array)
        if change is None or not self.changes.keys().isdisjoint(indices):
            return None
        if set(change.axes) <= {None}:
            return replace(change, axes=(None,) * (op.result.type.rank or 0))
        if all(index.type.is_array for index in indices):
            return self.pick_each(change, array, indices)
        left, axes = list(change.axes), list[int | None]()
        for index in indices:
            if index.type.kind != "none" and not is_whole([index]):
                return None
            axes.append(None if index.type.kind == "none" else left.pop(0))
        return None if any(index.type.kind == "ellipsis" for index in indices) else replace(change, axes=(*axes, *left))

    def pick_each(self, change: _Change, array: Value, indices: Sequence[Value]) -> _Change | None:
        """Of one element, or row, for each entry of the indices: where that is one for each of what changes alike."""
        shape, along = array.type.shape or (), list[int | None]()
        for axis, index in enumerate(indices):
            if index.type.dtype != "int" or index.type.rank != 1:
                return None
            if change.axes[axis] is not None:
                made = self.makers.get(index)
                if made is None or not _counts(made) or index.type.shape != (shape[axis],):
                    return None
                along.append(change.axes[axis])
        return replace(change, axes=(*along, *change.axes[len(indices) :])) if len(along) == 1 else None


def _counts(op: Op) -> bool:
    """Whether an array has the numbers 0, 1, 2 and so on."""
    return op.name == "arange" and all(value.type.kind == "none" for value in op.operands[1:])


def _negative(times: Multiple) -> Multiple:
    return times.times(Multiple.of(Fraction(-1)))


def _data(op: Op) -> Sequence[Value]:
    """The operands that are no indices."""
    return op.operands[:1] if op.name == "getitem" else op.operands


_FOLLOW: dict[str, Callable[[_Following, Op], _Change | None]] = {
    **dict.fromkeys(("bind", "copy", "ascontiguousarray"), _Following.same),
    "neg": _Following.neg,
    **dict.fromkeys(("add", "sub"), _Following.add),
    **dict.fromkeys(("mul", "div"), _Following.mul),
    "exp": _Following.exp,
    "log": _Following.log,
    **dict.fromkeys(("pow", "sqrt"), _Following.power),
    "where": _Following.where,
    **dict.fromkeys(("sum", "mean", "max", "min"), _Following.reduce),
    **dict.fromkeys(("matmul", "dot"), _Following.matmul),
    "expand_dims": _Following.expand,
    "getitem": _Following.pick,
}
