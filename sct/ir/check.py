"""The checker of the IR, which the tests run after every pass.

It holds a function to what every pass relies on: each value is defined once, and before it is used, in the same block
or in one around it; an operation stands in one place; and the blocks of an ``If`` or a loop hand on as many values as
their owner takes.
"""

from __future__ import annotations

from collections.abc import Callable

from sct.ir.nodes import Block, Function, If, Loop, Op, Value, While


class InvalidIR(AssertionError):
    """A pass has broken the IR."""


def check(fn: Function, elsewhere: Callable[[Value], bool] = lambda value: False) -> None:
    """Check a function.

    Parameters
    ----------
    fn : Function
        What a pass has handed on.
    elsewhere : callable
        Which values may be named outside the block that defines them.  A reverse sweep names any forward value before
        its residuals are provided, and any version of an array that is written in place after that.

    Raises
    ------
    InvalidIR
        With every violation.
    """
    checker = _Checker(elsewhere)
    checker.block(fn.body, set())
    if len(fn.param_names) > len(fn.params):
        checker.problems.append(f"{len(fn.param_names)} parameters and {len(fn.params)} arguments")
    if checker.problems:
        raise InvalidIR(f"{fn.name}: " + "; ".join(checker.problems))


class _Checker:
    def __init__(self, elsewhere: Callable[[Value], bool]) -> None:
        self.elsewhere = elsewhere
        self.defined: set[Value] = set()
        self.placed: set[Op] = set()
        self.problems: list[str] = []

    def define(self, value: Value, where: str, visible: set[Value]) -> None:
        if value in self.defined:
            self.problems.append(f"{value} is defined twice, again by {where}")
        self.defined.add(value)
        visible.add(value)

    def use(self, value: Value, where: str, visible: set[Value]) -> None:
        if value not in visible and not (value in self.defined and self.elsewhere(value)):
            state = "out of sight" if value in self.defined else "not defined"
            self.problems.append(f"{where} uses {value}, which is {state} there")

    def block(self, block: Block, around: set[Value], owner: str = "the function") -> None:
        visible = set(around)
        for arg in block.args:
            self.define(arg, f"an argument of {owner}", visible)
        for op in block.ops:
            if op in self.placed:
                self.problems.append(f"{op.name} stands in two places")
            self.placed.add(op)
            for operand in op.operands:
                self.use(operand, op.name, visible)
            for owned in op.blocks:
                self.block(owned, visible, op.name)
            self.arity(op)
            for result in op.results:
                self.define(result, op.name, visible)
        for value in block.yields:
            self.use(value, f"the yield of {owner}", visible)

    def arity(self, op: Op) -> None:
        if isinstance(op, If):
            if len(op.operands) != 1 or any(owned.args for owned in op.blocks):
                self.problems.append("an if has a condition and no arguments")
            sizes = [len(owned.yields) for owned in op.blocks]
            if set(sizes) != {len(op.results)}:
                self.problems.append(f"an if hands on {sizes} values for {len(op.results)} results")
        elif isinstance(op, Loop):
            lists = (op.inits, op.carried, op.nexts, op.results)
            sizes = [len(values) for values in lists]
            if isinstance(op, While):
                sizes.append(len(op.test.args))
                if len(op.test.yields) != 1:
                    self.problems.append(f"a while's test yields {len(op.test.yields)} values")
            if len(set(sizes)) != 1:
                self.problems.append(f"a {op.name} has {sizes} initial, carried, next and resulting values")
