"""Writes arithmetic by what is faster: squares as products, powers by halves with roots, whole constants as floats.

Before: ``%w = pow %v, 2``; ``%z = pow %x, -2.5``; ``%v_bar = mul 2, %g``.
After: ``%w = mul %v, %v``; ``%1 = sqrt %x; …; %z = div 1.0, %3``, with ``x * x * sqrt(x)`` for ``%3``;
``%v_bar = mul 2.0, %g``.  A derivative's cube of an array is ``x * x * x``.

A power of Python's numbers is a call of the C library, which takes four times as long as a product; a power of an array
that is no square takes ten times as long as a root, and five times as long as two products; a product with an int takes
CPython twice as long as one of floats.
A statement of the author's that computes arrays stays as it is, and so do the author's constants, also where his
arithmetic is computed again.
"""

from __future__ import annotations

from collections.abc import Sequence

from sct.analysis.liveness import users
from sct.analysis.numbering import array_statements
from sct.ir.nodes import Function, Op, Value
from sct.transform.build import Builder
from sct.transform.cubes import is_floats

_MIXED = frozenset({"add", "sub", "mul", "div"})
_EXACT = 2**53
_BY_HALVES = {0.5: "sqrt(x)", 1.5: "x * sqrt(x)", 2.5: "x * x * sqrt(x)"}


def by_halves(base: Value, number: object) -> str | None:
    """The power of an array ``x``, if there is one with a root."""
    if not is_floats(base) or not isinstance(number, int | float):
        return None
    text = _BY_HALVES.get(abs(number))
    return text if text is None or number > 0 else f"1.0 / ({text})"


def write_arithmetic(fn: Function, boundary: int) -> int:
    """Rewrite the arithmetic in ``fn``; the square of an expression that is used nowhere else stays as it is.

    Returns where the operations from ``boundary`` on begin then.
    """
    writer, body = _Writer(fn), fn.body
    forward, reverse = writer.ops(body.ops[:boundary]), writer.ops(body.ops[boundary:])
    body.ops = [*forward, *reverse]
    return len(forward)


class _Writer:
    def __init__(self, fn: Function) -> None:
        self.users = users(fn.body)
        self.numbers = {op.result: op.attrs["value"] for op in fn.body.walk() if op.name == "const"}
        self.kept = array_statements(fn)

    def ops(self, ops: Sequence[Op]) -> list[Op]:
        for op in ops:
            for block in op.blocks:
                block.ops = self.ops(block.ops)
        return [written for op in ops for written in self.written(op)]

    def written(self, op: Op) -> list[Op]:
        """What takes the place of an operation."""
        is_derived = op.origin is not None and not op.attrs.get("authored")
        if op.name in _MIXED and is_derived and op.result.type.kind == "float":
            return self.of_floats(op)
        if op.name != "pow" or op in self.kept or op.attrs.get("augmented"):
            return [op]
        base, number = op.operands[0], self.numbers.get(op.operands[1])
        has_name = base.hint is not None or len(self.users[base]) > 1
        if number == 2 and base.type.kind == "float" and has_name:
            op.name, op.operands = "mul", [base, base]
            op.attrs["style"] = "operator"
        elif number == 3 and is_derived and is_floats(base) and has_name:
            op.attrs.update(style="operator", as_product=True)
        text = by_halves(base, number)
        if text is None or number is None:
            return [op]
        user = self.users[op.result][0] if len(self.users[op.result]) == 1 else None
        if isinstance(user, Op) and user.name == "mul" and user.operands[1] is op.result and number < 0:
            user.name, text = "div", _BY_HALVES[-number]  # -1.5 * g * (1.0 / …)
        build = Builder.instead_of(op, "numpy")
        build.text(text, {"x": base})
        build.block.ops[-1].results = op.results
        return build.block.ops

    def of_floats(self, op: Op) -> list[Op]:
        """An operation with floats in the place of constant ints."""
        ints = {value: number for value in op.operands if type(number := self.numbers.get(value)) is int}
        if not ints:
            return [op]
        build = Builder.instead_of(op, "numpy")
        op.operands = [build.const(float(ints[v])) if v in ints and abs(ints[v]) < _EXACT else v for v in op.operands]
        return [*build.block.ops, op]
