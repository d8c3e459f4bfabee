"""What moves tangents, along many directions: their first axis stays where it is.

Before: ``%1 = getitem %y_dot, 0; %2 = sum %x_dot axis=0``.
After: ``%1 = getitem %y_dot, :, 0; %2 = sum %x_dot axis=1``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sct.ir.nodes import Op, Value
from sct.ir.paths import TRANSPOSED, shortest, split
from sct.rules.shapes import infer_getitem
from sct.rules.table import Unsupported
from sct.transform.build import Builder
from sct.transform.stacks import HELP, Stacks, full


class StackShapes(Stacks):
    """Rewrites what reads parts of tangents, writes into them, or gives them another shape."""

    def do_bind(self, op: Op, build: Builder) -> None:
        build.append(Op(op.name, [self.wide(op.operands[0], build)], op.results, op.attrs))

    def do_item(self, op: Op, build: Builder) -> Value | None:
        array = op.operands[0]
        if self.was(array).is_array:
            return build.op("getitem", array, full(build), build.const(op.attrs["index"]))
        build.block.ops.append(op)
        return None

    def do_tuple(self, op: Op, build: Builder) -> None:
        op.operands = [self.wide(v, build) if v.type.is_differentiable else v for v in op.operands]
        build.block.ops.append(op)

    def path(self, array: Value, indices: Sequence[Value], build: Builder) -> list[Value]:
        """The path behind the first axis."""
        groups, steps = split(indices)
        if any(step.type == TRANSPOSED for step in steps):
            raise Unsupported("a part of a transposed array, along several directions", HELP)
        found: list[Value] = []
        for k, group in enumerate(groups):
            fancy = [j for j, index in enumerate(group) if index.type.is_array or index.type.kind == "unknown"]
            taken = [j for j, index in enumerate(group) if index.type.is_array or index.type.kind in ("int", "bool")]
            if fancy and taken[-1] - taken[0] + 1 != len(taken):
                raise Unsupported("arrays of indices that stand apart, along several directions", HELP)
            found += [self.step(steps[k - 1], build)] if k else []
            found += [full(build), *group] if group else []
        return shortest(found)

    def step(self, step: Value, build: Builder) -> Value:
        """The same step of a path, of a stack of views."""
        shape = self.makers[step].operands if step.type.dim == "R" else []
        return build.op("step", self.shape(shape[0], build), reshapes=True) if shape else build.op("step")

    def do_getitem(self, op: Op, build: Builder) -> Value:
        array, *indices = op.operands
        return self.again(op, [array, *self.path(array, indices, build)], build)

    def do_store(self, op: Op, build: Builder) -> Value:
        array, value, *indices = op.operands
        part = infer_getitem((self.was(array), *(index.type for index in indices)))
        value = self.aligned(value, self.rank(part), build)
        return self.again(op, [self.wide(array, build), value, *self.path(array, indices, build)], build)

    def do_call_tangent(self, op: Op, build: Builder) -> None:
        count = len(op.attrs["wrt"])
        primals, dots = op.operands[:-count], op.operands[-count:]
        op.operands = [*primals, *(self.wide(dot, build) for dot in dots)]
        op.attrs["directions"] = True
        build.block.ops.append(op)

    def do_call_rule(self, op: Op, build: Builder) -> None:
        raise Unsupported(
            "a function with a rule of its own, which is for one direction, along several directions", HELP
        )

    # axes

    def over_axes(self, op: Op, build: Builder) -> Value:
        operands = [self.wide(v, build) for v in op.operands] if op.name in ("concatenate", "stack") else op.operands
        rank, axis = self.rank(self.was(operands[0])), op.attrs.get("axis", 0)
        if axis is None and op.name in ("sum", "mean", "flip"):
            axis = tuple(range(rank)) if rank > 1 else 0
        if axis is None and rank > 1:
            raise Unsupported(f"`{op.name}` of all elements along several directions", HELP)
        return self.again(op, operands, build, axis=_behind(axis or 0))

    def do_array(self, op: Op, build: Builder) -> Value:
        if op.attrs.get("nested") or any(v.type.kind == "tuple" for v in op.operands):
            raise Unsupported("nested lists along several directions", HELP)
        operands = [self.wide(v, build) for v in op.operands]
        return build.op("stack", *operands, axis=1, sequence="list", lib="numpy", style="call")

    def do_transpose(self, op: Op, build: Builder) -> Value:
        (x,) = op.operands
        rank, axes = self.rank(self.was(x)), op.attrs.get("axes")
        axes = tuple(reversed(range(rank))) if axes is None else axes
        axes = (0, *(_behind(axis % rank) for axis in axes))
        return build.op("transpose", x, axes=axes, lib="numpy", style="call")

    def do_expand_dims(self, op: Op, build: Builder) -> Value:
        return self.again(op, op.operands, build, axis=_behind(op.attrs["axis"]))

    def do_squeeze(self, op: Op, build: Builder) -> Value:
        if op.attrs["axis"] is None:
            raise Unsupported("`squeeze` without an axis, along several directions", HELP)
        return self.do_expand_dims(op, build)

    def shape(self, shape: Value, build: Builder) -> Value:
        """The shape of a stack, given that of one of its entries."""
        if shape.type.kind == "tuple":
            return build.op(
                "tuple", self.count, *(build.op("item", shape, index=k) for k in range(len(shape.type.items)))
            )
        if shape.type.kind == "int":
            return build.op("tuple", self.count, shape)
        raise Unsupported("a shape of unknown length, along several directions", HELP)

    def do_reshape(self, op: Op, build: Builder) -> Value:
        x, shape = op.operands
        return build.op("reshape", x, self.shape(shape, build), lib="numpy", style="call")

    def do_broadcast_to(self, op: Op, build: Builder) -> Value:
        x, shape = op.operands
        rank = self.rank(self.was(op.result))
        return build.op("broadcast_to", self.aligned(x, rank, build), self.shape(shape, build), lib="numpy")

    def do_ravel(self, op: Op, build: Builder) -> Value:
        return self.do_reshape(Op("reshape", [op.operands[0], build.const(-1)], op.results, {}), build)

    do_flatten = do_ravel


def _behind(axis: Any) -> Any:
    """An axis, or several, of an entry of a stack."""
    if isinstance(axis, tuple):
        return tuple(map(_behind, axis))
    return axis + 1 if axis >= 0 else axis
