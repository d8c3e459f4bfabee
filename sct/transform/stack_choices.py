"""What is chosen by a number, along many directions: a number that is chosen scales a stack.

Before: ``%y_dot = where %c, (mul %s, %x_dot), 0``, with a stack ``%x_dot``.
After: ``%1 = where %c, %s, 0; %y_dot = mul %1, %x_dot``.
"""

from __future__ import annotations

from sct.ir.nodes import Op, Value
from sct.ir.operations import is_zero
from sct.transform.build import Builder
from sct.transform.stacks import Stacks


class StackChoices(Stacks):
    """Rewrites choices of tangents."""

    def do_where(self, op: Op, build: Builder) -> Value:
        """A number that is chosen, times a stack: Python computes that alone which it chooses, and NumPy both."""
        found = self.chosen(op, build)
        if found is not None:
            return build.op("mul", *found)
        rank = self.rank(self.was(op.result))
        return self.again(op, [self.aligned(v, rank, build) for v in op.operands], build, augmented=False)

    def chosen(self, op: Op, build: Builder) -> tuple[Value, Value] | None:
        """The number that a choice of multiples of a stack, or zeros, scales it by; None for a mask of the stack."""
        condition, *branches = op.operands
        if condition in self.values or not condition.type.is_scalar or self.rank(self.was(op.result)):
            return None
        parts = [(value, None) if is_zero(self.makers.get(value)) else self.scaled(value, build) for value in branches]
        stacks = {stack for _, stack in parts if stack is not None}
        if len(stacks) != 1 or all(scale is None for scale, stack in parts if stack is not None):
            return None
        scales = [build.const(1.0) if scale is None else scale for scale, _ in parts]
        return build.op("where", condition, *scales), stacks.pop()

    def scaled(self, value: Value, build: Builder) -> tuple[Value | None, Value]:
        """The number that another stack is scaled by to make this one, and that stack; None for the stack itself."""
        made = self.makers.get(value) if value in self.values else None
        if made is None or made.origin is None or made.name not in ("mul", "div", "neg", "where"):
            return None, value
        if made.name == "where":
            return self.chosen(made, build) or (None, value)
        stacks = [v for v in made.operands if v in self.values]
        numbers = [v for v in made.operands if v not in self.values]
        is_linear = len(stacks) == 1 and (made.name != "div" or made.operands[0] in self.values)
        if not is_linear or not all(v.type.is_scalar for v in numbers):
            return None, value
        scale, stack = self.scaled(stacks[0], build)
        if made.name == "neg":
            return (build.const(-1.0) if scale is None else build.op("neg", scale)), stack
        if made.name == "div":
            scale = build.const(1.0) if scale is None else scale
        return numbers[0] if scale is None else build.op(made.name, scale, numbers[0]), stack
