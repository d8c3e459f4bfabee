"""Writes a power by what is faster: a number's square as a product, an array's power by halves with a root.

Before: ``%w = pow %v, 2``; ``%z = pow %x, -2.5``.
After: ``%w = mul %v, %v``; ``%1 = sqrt %x; …; %z = div 1.0, %3``, with ``x * x * sqrt(x)`` for ``%3``.

A power of Python's numbers is a call of the C library, which takes four times as long as a product; a power of an array
that is no square takes ten times as long as a root.  A statement of the author's that computes arrays stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sct.analysis.liveness import uses
from sct.analysis.numbering import array_statements
from sct.ir.nodes import Block, Function, Op, Value
from sct.transform.build import Builder

_BY_HALVES = {0.5: "sqrt(x)", 1.5: "x * sqrt(x)", 2.5: "x * x * sqrt(x)"}


def by_halves(base: Value, number: object) -> str | None:
    """The power of an array ``x``, if there is one with a root."""
    if not base.type.is_array or base.type.element != "float" or not isinstance(number, int | float):
        return None
    text = _BY_HALVES.get(abs(number))
    return text if text is None or number > 0 else f"1.0 / ({text})"


def write_powers(fn: Function) -> None:
    """Rewrite the powers in ``fn``; the square of an expression that is used nowhere else stays as it is."""
    users = {value: user for user, value in uses(fn.body)}
    count = Counter(value for _, value in uses(fn.body))
    numbers = {op.result: op.attrs["value"] for op in fn.body.walk() if op.name == "const"}
    kept = array_statements(fn)
    for block in fn.body.blocks():
        found: list[Op] = []
        for op in block.ops:
            number = numbers.get(op.operands[1]) if op.name == "pow" and op not in kept else None
            base = op.operands[0] if op.operands else None
            if number is None or base is None or op.attrs.get("augmented"):
                found.append(op)
                continue
            named = base.hint is not None or count[base] > 1
            if number == 2 and base.type.kind == "float" and named:
                op.name, op.operands = "mul", [base, base]
                op.attrs["style"] = "operator"
            text = by_halves(base, number)
            if text is None:
                found.append(op)
                continue
            user = users.get(op.result)
            if number < 0 and count[op.result] == 1 and isinstance(user, Op) and _scales(user, op.result, numbers):
                user.name, text = "div", _BY_HALVES[-number]
            build = Builder(Block(), op.stmt)
            build.span, build.origin, build.lib = op.span, op.origin, "numpy"
            build.text(text, {"x": base})
            build.block.ops[-1].results = op.results
            found += build.block.ops
        block.ops = found


def _scales(user: Op, value: Value, numbers: Mapping[Value, object]) -> bool:
    """Whether an operation is a number times the value."""
    return user.name == "mul" and user.operands[0] in numbers and user.operands[1] is value
