"""Sums and differences: a term that is nothing, a negative one, one that is there twice, numbers.

Before: ``%2 = neg %x; %3 = add %y, %2``, and ``%1 = mul %x, %g; %2 = add %1, %1``.
After: ``%3 = sub %y, %x``, and ``%1 = mul 2, %x; %2 = mul %1, %g``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sct.ir.nodes import Op, Value
from sct.ir.types import are_alike
from sct.transform.build import Builder
from sct.transform.nothing import is_nothing
from sct.transform.numerals import is_short, tidy

if TYPE_CHECKING:
    from sct.transform.simplify import Rewriter

_FOLD: dict[str, Callable[..., float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "neg": lambda a: -a if a else a,
}
_DOUBLED = frozenset({"mul", "neg", "matmul", "dot", "where"})


def fold(r: Rewriter, op: Op, build: Builder) -> Value | None:  # 2 - 1 -> 1
    numbers = [r.number(value) for value in op.operands]
    if any(number is None for number in numbers):
        return None
    number = _FOLD[op.name](*numbers)
    return build.const(number) if len(repr(number)) <= 8 else None


def add(r: Rewriter, op: Op, build: Builder) -> Value | None:
    a, b = op.operands
    if r.number(a) == 0:  # 0 + x -> x
        return b
    if r.number(b) == 0:  # x + 0 -> x
        return a
    for x, y in ((a, b), (b, a)):
        inner = r.derived_by(y, "neg")
        if inner is not None and (x is a or not op.attrs.get("augmented")):  # x + (-y) -> x - y
            return build.op("sub", x, inner.operands[0], **op.attrs)
    minus = r.number(b)
    if minus is not None and minus < 0:  # x + (-2) -> x - 2
        return build.op("sub", a, build.const(-minus), **op.attrs)
    inner = r.derived_by(a, "add")
    double = None if inner is None else twice(r, inner.operands[1], b, build)
    if inner is not None and double is not None:  # a + x * g + x * g -> a + (2 * x) * g
        return build.op("add", inner.operands[0], double, **op.attrs)
    return twice(r, a, b, build) or _shift(r, op, build) or _in_a_row(r, op, build) or _less(r, op, build)


def _in_a_row(r: Rewriter, op: Op, build: Builder) -> Value | None:
    """``a + (b + c) -> a + b + c``, if a product's derivative is added: the author's own sums keep their order."""
    a, b = op.operands
    for name in ("add", "sub"):
        inner = r.derived_by(b, name) if b.hint is None and not op.attrs.get("augmented") else None
        if inner is not None and not _is_sum(inner.origin) and {v.type.shape for v in inner.operands} == {a.type.shape}:
            return build.op(name, build.op("add", a, inner.operands[0], **op.attrs), inner.operands[1], **inner.attrs)
    return None


def _is_sum(op: Op | None) -> bool:
    return op is None or op.name in ("add", "sub", "sum", "accumulate")


def _less(r: Rewriter, op: Op, build: Builder) -> Value | None:  # 0 - x -> -x, of arrays
    a, b = op.operands
    if a.type.is_scalar or not are_alike(a.type, b.type) or not is_nothing(r, a):
        return None
    return b if op.name == "add" else build.op("neg", b)


def sub(r: Rewriter, op: Op, build: Builder) -> Value | None:
    a, b = op.operands
    if r.number(b) == 0:  # x - 0 -> x
        return a
    if r.number(a) == 0:  # 0 - x -> -x
        return build.op("neg", b)
    inner = r.derived_by(b, "neg")
    if inner is not None:  # x - (-y) -> x + y
        return build.op("add", a, inner.operands[0], **op.attrs)
    minus = r.number(b)
    if minus is not None and minus < 0:  # x - (-2) -> x + 2
        return build.op("add", a, build.const(-minus), **op.attrs)
    return _shift(r, op, build) or _taken(r, op, build) or _remainder(r, op, build) or _less(r, op, build)


def twice(r: Rewriter, a: Value, b: Value, build: Builder) -> Value | None:  # x * g + x * g -> (2 * x) * g
    name = r.named(a)
    if name not in _DOUBLED or name != r.named(b):
        return None
    first, second = r.derived_by(a, name), r.derived_by(b, name)
    if first is None or second is None:
        return None
    if name == "neg":
        double = twice(r, first.operands[0], second.operands[0], build)
        return None if double is None else build.op("neg", double)
    if name == "where":
        return _twice_masked(r, first, second, build)
    if name == "mul":
        x, g = first.operands
        if r.alike(first.operands, second.operands):
            return build.op("mul", build.op("mul", build.const(2), x), g)
        return _multiples(r, a, b, build) if a.type.is_array else None
    if r.alike(first.operands, second.operands[::-1]) and all(v.type.rank == 1 for v in first.operands):
        return build.op("mul", build.const(2), b)  # x @ g + g @ x -> 2 * (g @ x)
    return None


def _multiples(r: Rewriter, a: Value, b: Value, build: Builder) -> Value | None:
    """``0.5 * g * x + g * (0.5 * x) -> g * x``, of arrays: what ``0.5 * x @ x`` has for its derivative."""
    first, second = _Multiple(r, a), _Multiple(r, b)
    number = first.number + second.number
    if not number or not is_short(number) or not first.is_alike(second):
        return None
    if len(first.arrays) > 1:  # x * y * g + x * (2 * y * g) -> 1.5 * x * (2 * y * g), where that is one product
        times = number / second.number
        return build.op("mul", build.const(tidy(times)), b) if is_short(times) else None
    factors = [*([build.const(tidy(number))] if abs(number) != 1 else []), *first.scalars]
    scale = factors[0] if factors else build.const(1.0)
    for factor in factors[1:]:
        scale = build.op("mul", scale, factor)
    return build.op("mul", build.op("neg", scale) if number == -1 else scale, first.arrays[0])


class _Multiple:
    """A product of arrays of one shape, and of numbers: those that are written out, and the ``scalars``."""

    def __init__(self, r: Rewriter, value: Value) -> None:
        self.r = r
        self.number = 1.0
        self.scalars: list[Value] = []
        self.arrays: list[Value] = []
        self.take(value)

    def take(self, value: Value) -> None:
        """Take a factor apart: one that is derived, and a product of the author's that he has no name for."""
        r = self.r
        op = r.derived_by(value, "mul") or r.derived_by(value, "neg")
        if op is None and value.type.is_array and not value.hint:
            op = r.by(value, "mul")
        shapes = {operand.type.shape for operand in op.operands if operand.type.is_array} if op is not None else set()
        if op is not None and shapes <= {value.type.shape}:
            self.number *= -1 if op.name == "neg" else 1
            for operand in op.operands:
                self.take(operand)
        elif value.type.is_array:
            self.arrays.append(value)
        elif (written := r.number(value)) is not None:
            self.number *= written
        else:
            self.scalars.append(value)

    def is_alike(self, other: _Multiple) -> bool:
        """Whether another product has the same factors but for the number."""
        left = list(other.arrays)
        for array in self.arrays:
            same = next((each for each in left if self.r.alike([array], [each])), None)
            if same is None:
                return False
            left.remove(same)
        return not left and sorted(map(id, self.scalars)) == sorted(map(id, other.scalars))


def _twice_masked(r: Rewriter, first: Op, second: Op, build: Builder) -> Value | None:
    """``where(c, x * g, 0) + where(c, x * g, 0) -> where(c, (2 * x) * g, 0)``."""
    for k in (1, 2):
        zeros = r.number(first.operands[3 - k]), r.number(second.operands[3 - k])
        if zeros != (0, 0) or not r.alike(first.operands[:1], second.operands[:1]):
            continue
        double = twice(r, first.operands[k], second.operands[k], build)
        if double is not None:
            parts = [double, first.operands[2]] if k == 1 else [first.operands[1], double]
            return build.op("where", first.operands[0], *parts, **first.attrs)
    return None


def _taken(r: Rewriter, op: Op, build: Builder) -> Value | None:  # (1 - x) - 1.0 -> -x
    a, b = op.operands
    inner, number = r.by(a, "sub"), r.number(b)
    if inner is None or number is None or r.number(inner.operands[0]) != number or inner.operands[1].type != a.type:
        return None
    return build.op("neg", inner.operands[1])


def _remainder(r: Rewriter, op: Op, build: Builder) -> Value | None:  # n - n // 2 * 2 -> n % 2
    n, product = op.operands
    times = r.derived_by(product, "mul")
    whole = None if times is None else r.by(times.operands[0], "floordiv")
    if times is None or whole is None or any(value.type.kind != "int" for value in (n, *whole.operands)):
        return None
    return build.op("mod", *whole.operands) if r.alike([n, times.operands[1]], whole.operands) else None


def _shift(r: Rewriter, op: Op, build: Builder) -> Value | None:  # (n - 1) - 1 -> n - 2
    a, b = op.operands
    outer = r.number(b)
    if not isinstance(outer, int):
        return None
    for name, sign in (("add", 1), ("sub", -1)):
        inner = r.by(a, name)
        if inner is None or a.hint is not None:
            continue
        constant = r.number(inner.operands[1])
        if not isinstance(constant, int):
            continue
        total = sign * constant + (outer if op.name == "add" else -outer)
        if total == 0:
            return inner.operands[0]
        return build.op("add" if total > 0 else "sub", inner.operands[0], build.const(abs(total)))
    return None
