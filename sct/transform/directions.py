"""Forward mode along many directions at once.

Before: ``F_tangent(x, x_dot)``: ``%y_dot = mul %s, %x_dot; %1 = getitem %y_dot, 0``.
After: ``x_dot`` and all that is computed from it has an axis more, the first: ``%1 = getitem %y_dot, :, 0``.

A pass then serves a chunk of directions (Revels, Lubin and Papamarkou, Forward-mode automatic differentiation in Julia,
2016, section 2), at the price of one interpreted pass.  What is computed from tangents is linear in them, so that few
operations occur: those of `_Wide`, and every elementwise one, where the other operands broadcast.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sct.errors import Diagnostic, RefusedError
from sct.ir.nodes import Block, Function, If, Loop, Op, Value
from sct.rules.table import Unsupported, lookup
from sct.transform.build import Builder
from sct.transform.leaves import paths
from sct.transform.stack_choices import StackChoices
from sct.transform.stack_products import StackProducts
from sct.transform.stack_shapes import StackShapes
from sct.transform.stacks import HELP, stacked

_AXIS = frozenset({"sum", "mean", "cumsum", "flip", "roll", "concatenate", "stack", "diff", "repeat"})
_LAST_AXES = frozenset({"tril", "triu"})
_ALIKE = frozenset({"copy", "ascontiguousarray"})


def widen(fn: Function, seeds: Sequence[Value], names: Sequence[str]) -> None:
    """Let the tangents in ``fn``, which it computes from ``seeds`` of these ``names``, be stacks of tangents.

    Raises
    ------
    RefusedError
        Where a tangent is computed in a way that has no form for stacks here.
    """
    wide = _Wide(fn, seeds)
    for value in wide.values:
        wide.plain[value] = value.type
        try:
            value.type = stacked(value.type)
        except Unsupported as problem:
            raise RefusedError([Diagnostic(fn.span, problem.reason, problem.help)]) from None
    wide.numbers = tuple(name for name, seed in zip(names, seeds, strict=True) if seed.type.is_array)
    wide.block(fn.body)
    build = Builder(fn.body)
    fn.body.ops[:0] = _counted(seeds, wide.count, fn)
    dots = _dots(fn)
    fn.body.yields = [wide.wide(v, build) if k in dots else v for k, v in enumerate(fn.body.yields)]


def _counted(seeds: Sequence[Value], count: Value, fn: Function) -> list[Op]:
    """How many directions there are: the length of a tangent, of one in a structure if there is no other."""
    leaves = [(seed, path) for seed in seeds for path in paths(seed.type)]
    stack, path = min(leaves, key=lambda leaf: len(leaf[1]))
    found, origin = list[Op](), next(iter(fn.body.ops), None)
    for index in path:
        part = Value(stack.type.items[index])
        found.append(Op("item", [stack], [part], {"index": index}, fn.span, origin=origin))
        stack = part
    return [*found, Op("len", [stack], [count], {"style": "call"}, fn.span, origin=origin)]


def _dots(fn: Function) -> range:
    """The positions of the tangents among the results: all but the value, where there is one."""
    count = len(fn.body.yields)
    differentiable = sum(fn.params[k].type.is_differentiable for k in fn.hands_back)
    return range(1 if count > differentiable else 0, count)


class _Wide(StackChoices, StackShapes, StackProducts):
    """Rewrites all that computes stacks."""

    def block(self, block: Block) -> None:
        ops, block.ops = block.ops, []
        for op in ops:
            build = Builder(block)
            build.at(op)
            try:
                self.op(op, block, build)
            except Unsupported as problem:
                assert op.span is not None
                raise RefusedError([Diagnostic(op.span, problem.reason, problem.help)]) from None

    def op(self, op: Op, block: Block, build: Builder) -> None:
        if isinstance(op, If):
            for owned in op.blocks:
                self.block(owned)
                inside = Builder(owned)
                inside.at(op)
                self.yielded(owned, op.results, inside)
            block.ops.append(op)
        elif isinstance(op, Loop):
            inits = [
                self.wide(v, build) if arg in self.values else v for v, arg in zip(op.inits, op.carried, strict=True)
            ]
            op.operands[len(op.operands) - len(inits) :] = inits
            self.block(op.body)
            inside = Builder(op.body)
            inside.at(op)
            self.yielded(op.body, op.carried, inside, op.stops)
            block.ops.append(op)
        elif op.name == "call_tangent" or self.touches(op):
            self.rewrite(op, build)
        else:
            block.ops.append(op)

    def touches(self, op: Op) -> bool:
        return any(value in self.values for value in (*op.operands, *op.results))

    def yielded(self, block: Block, places: Sequence[Value], build: Builder, stops: bool = False) -> None:
        values = block.yields[stops:]
        values = [self.wide(v, build) if p in self.values else v for v, p in zip(values, places, strict=True)]
        block.yields[stops:] = values

    def rewrite(self, op: Op, build: Builder) -> None:
        """Append what does to stacks what ``op`` does to tangents."""
        row = lookup(op.name)
        result = op.results[-1]
        own: Callable[[Op, Builder], Value | None] | None = getattr(self, f"do_{op.name}", None)
        if own is not None:
            made = own(op, build)
        elif row is not None and row.elementwise:
            rank = self.rank(self.was(result))
            made = self.again(op, [self.aligned(v, rank, build) for v in op.operands], build, augmented=False)
        elif op.name in _AXIS:
            made = self.over_axes(op, build)
        elif op.name in _ALIKE or (op.name in _LAST_AXES and self.rank(self.was(op.operands[0])) > 1):
            made = self.again(op, op.operands, build)
        else:
            raise Unsupported(f"the tangent of this, by `{op.name}`, along several directions", HELP)
        if made is not None:
            self.replace(op, made, build)

    def replace(self, op: Op, made: Value, build: Builder) -> None:
        """Let the last operation's result be that of ``op``."""
        last = next(other for other in reversed(build.block.ops) if made in other.results)
        assert made.type.rank is None or made.type.rank == op.result.type.rank, op.name
        last.results = [op.result]
