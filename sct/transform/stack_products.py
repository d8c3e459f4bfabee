"""Products of tangents along many directions: one operand is a stack, the other one is not.

Before: ``%y_dot = matmul %A, %x_dot``, with a stack ``%x_dot`` of vectors.
After: ``%y_dot = matmul %x_dot, (transpose %A)``.
"""

from __future__ import annotations

from sct.ir.nodes import Op, Value
from sct.rules.table import Unsupported
from sct.transform.build import Builder
from sct.transform.stacks import HELP, Stacks


class StackProducts(Stacks):
    """Rewrites products, and solutions of systems."""

    def do_matmul(self, op: Op, build: Builder) -> Value:
        a, b = op.operands
        ranks = self.rank(self.was(a)), self.rank(self.was(b))
        env = {"a": a, "b": b}
        if (a in self.values and b in self.values) or max(ranks) > 2:
            raise Unsupported("this product along several directions", HELP)
        if ranks[1] == 1 and b in self.values:
            return build.text("b @ a" if ranks[0] == 1 else "b @ transpose(a)", env)
        return build.op("matmul", a, b, style="operator")

    def do_dot(self, op: Op, build: Builder) -> Value:
        if all(self.rank(self.was(v)) for v in op.operands):
            return self.do_matmul(op, build)
        rank = self.rank(self.was(op.result))
        return build.op("mul", *(self.aligned(v, rank, build) for v in op.operands))

    def do_outer(self, op: Op, build: Builder) -> Value:
        a, b = op.operands
        if self.rank(self.was(a)) != 1 or self.rank(self.was(b)) != 1:
            raise Unsupported("this product along several directions", HELP)
        env = {"a": a, "b": b}
        return build.text("a[:, :, None] * b" if a in self.values else "a[:, None] * b[:, None, :]", env)

    def do_solve(self, op: Op, build: Builder) -> Value:
        A, b = op.operands
        if A in self.values or self.rank(self.was(A)) != 2:
            raise Unsupported("this system along several directions", HELP)
        if self.rank(self.was(b)) == 2:
            return self.again(op, op.operands, build)
        return build.text("transpose(solve(A, transpose(b)))", {"A": A, "b": b})
