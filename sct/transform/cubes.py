"""Sees the cube of an array in a product of three, so that it has one derivative; it is still written as a product.

Before: ``%1 = mul %u, %u; %2 = mul %1, %u``.
After: ``%2 = pow %u, 3  {as_product}``.

A product is how a cube of an array is computed fast, by the author and in what `transform.arithmetic` wrote of an
earlier derivative; ``3 * u**2`` is read off a power alone.
"""

from __future__ import annotations

from sct.analysis.liveness import use_counts
from sct.ir.nodes import Block, Function, Op, Value
from sct.transform.build import Builder


def see_cubes(fn: Function) -> None:
    """Replace products of three times the same array in ``fn`` by powers."""
    made = {op.result: op for op in fn.body.walk() if op.name == "mul"}
    count = use_counts(fn.body)
    cubes = {op: made[op.operands[0]] for op in made.values() if _is_cube(op, made) and count[op.operands[0]] == 1}
    if cubes:
        _write(fn.body, cubes, {*cubes.values()})


def is_floats(value: Value) -> bool:
    return value.type.is_array and value.type.element == "float"


def _is_cube(op: Op, made: dict[Value, Op]) -> bool:
    left, right = op.operands
    square = made.get(left)
    plain = square is not None and all(each.attrs.get("style") == "operator" for each in (op, square))
    return square is not None and plain and left.hint is None and square.operands == [right, right] and is_floats(right)


def _write(block: Block, cubes: dict[Op, Op], squares: set[Op]) -> None:
    ops, block.ops = block.ops, []
    for op in ops:
        for owned in op.blocks:
            _write(owned, cubes, squares)
        if op in cubes:
            build = Builder.instead_of(op)
            op.name, op.operands = "pow", [op.operands[1], build.const(3)]
            op.attrs["as_product"] = True
            block.ops += build.block.ops
        if op not in squares:
            block.ops.append(op)
