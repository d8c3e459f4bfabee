"""What the author scales for a matrix product is multiplied as it is, and the result is scaled where that is smaller.

Before: ``%1 = mul %s, %A; %y = matmul %1, %x; …; %2 = transpose %1; %x_bar = matmul %2, %y_bar``.
After: ``…; %2 = transpose %A; %3 = matmul %2, %y_bar; %x_bar = mul %s, %3``.

So ``s * A`` need neither have a name nor be computed again.
"""

from __future__ import annotations

from collections.abc import Sequence

from sct.analysis.liveness import users
from sct.analysis.numbering import unwritten
from sct.ir.nodes import Block, Function, Op, Value
from sct.transform.build import Builder
from sct.transform.chains import extent


def multiply_unscaled(fn: Function, derived: Sequence[Op], only_named: bool) -> None:
    """Do so in the operations ``derived`` of ``fn``, and in what they own; of arrays with a name alone if asked to."""
    inside = set(Block(ops=list(derived)).walk())
    if not any(op.name == "matmul" for op in inside):
        return
    products = _Products(fn, inside, only_named)
    for block in fn.body.blocks():
        for op in [op for op in block.ops if op.name == "matmul" and op in inside]:
            products.unscale(op, block)


class _Products:
    def __init__(self, fn: Function, derived: set[Op], only_named: bool) -> None:
        self.fn, self.derived, self.only_named = fn, derived, only_named
        self.made = {result: op for op in fn.body.walk() for result in op.results}
        self.users = users(fn.body)

    def unscale(self, op: Op, block: Block) -> None:
        """``(s * A).T @ x_bar`` -> ``s * (A.T @ x_bar)``."""
        for k, value in enumerate(op.operands):
            view = next((made for made in block.ops if made is self.made.get(value) and self.is_view(made, op)), None)
            factors = self.factors(value if view is None else view.operands[0], view or op, extent(op.result))
            if factors is None:
                continue
            number, array = factors
            build, operands = Builder.instead_of(op), list(op.operands)
            operands[k] = array if view is None else build.op("transpose", array, **view.attrs)
            build.op("mul", number, build.op(op.name, *operands, **op.attrs))
            build.block.ops[-1].results = op.results
            place = block.ops.index(op)
            block.ops[place : place + 1] = build.block.ops
            if view is not None:
                block.ops.remove(view)
            return

    def is_view(self, made: Op, user: Op) -> bool:
        """Whether the reverse turns an array for one product."""
        return made.name == "transpose" and made in self.derived and self.users[made.result] == [user]

    def factors(self, value: Value, user: Op, dimensions: int) -> tuple[Value, Value] | None:
        """The number and the larger array that the author multiplies, where only ``user`` needs the product here."""
        op = self.made.get(value)
        if (
            op is None
            or op.name != "mul"
            or op in self.derived
            or value.hint is not None
            or dimensions >= extent(value)
        ):
            return None
        number, array = sorted(op.operands, key=lambda factor: factor.type.is_array)
        if number.type.kind != "float" or array.type.element != "float" or array.type.rank is None:
            return None
        if [other for other in self.users[value] if other in self.derived] != [user]:
            return None
        is_named = array.hint is not None or array in self.fn.body.args
        return (number, array) if (is_named or not self.only_named) and unwritten(self.fn, [array]) else None
