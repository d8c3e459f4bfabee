"""Arrays that are divided by one number are multiplied by its reciprocal: a compiler may not exchange these.

Before: ``%1 = div %a_bar, %h; … %2 = div %b_bar, %h``, with arrays and a number ``%h``.
After: ``%r = div 1.0, %h; %1 = mul %a_bar, %r; … %2 = mul %b_bar, %r``.

A division takes several times as long as a product.  What the author's operations compute stays what it is, to the last
digit.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Collection, Sequence

from sct.ir.nodes import Function, Op, Value
from sct.transform.build import Builder

Known = ChainMap[Value, Value]
"""The reciprocals that are at hand."""


def multiply_by_reciprocals(fn: Function, boundary: int) -> int:
    """Do so in what the transformation wrote; returns where the operations from ``boundary`` on begin then."""
    body, known = fn.body, Known()
    constants = {op.result for op in body.walk() if op.name == "const"}
    forward, reverse = (_ops(ops, known, constants) for ops in (body.ops[:boundary], body.ops[boundary:]))
    body.ops = [*forward, *reverse]
    return len(forward)


def _ops(ops: Sequence[Op], known: Known, constants: Collection[Value]) -> list[Op]:
    found = list[Op]()
    for op in ops:
        if _divides_array(op) and op.operands[1] not in constants:
            array, number = op.operands
            if number not in known:
                build, name = Builder.instead_of(op), number.hint or number.temp
                # Python's division raises of 0, where one of arrays has infinities, or no elements at all.
                style = {"lib": "numpy", "style": "call", "temp": name and f"{name}_inverse"}
                known[number] = build.op("div", build.const(1.0), number, **style)
                found += build.block.ops
            op.name, op.operands = "mul", [array, known[number]]
        found.append(op)
        for owned in op.blocks:
            owned.ops = _ops(owned.ops, known.new_child(), constants)
    return found


def _divides_array(op: Op) -> bool:
    """Whether the transformation divides an array by a number."""
    is_own = op.name == "div" and op.origin is not None and not op.attrs.get("authored")
    return is_own and op.operands[0].type.is_array and op.operands[1].type.is_scalar
