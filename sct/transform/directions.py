"""Forward mode along many directions at once.

Before: ``F_tangent(x, x_dot)``: ``%y_dot = mul %s, %x_dot; %1 = getitem %y_dot, 0``.
After: ``x_dot`` and all that is computed from it has an axis more, the first: ``%1 = getitem %y_dot, :, 0``.

A pass then serves a chunk of directions (Revels, Lubin and Papamarkou, Forward-mode automatic differentiation in Julia,
2016, section 2), at the price of one interpreted pass.  What is computed from tangents is linear in them, so that few
operations occur: those below, and every elementwise one, where the other operands broadcast.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sct.errors import Diagnostic, RefusedError
from sct.ir.nodes import Block, Function, If, Loop, Op, Value, While
from sct.ir.paths import TRANSPOSED, shortest, split
from sct.ir.types import INT, Type
from sct.rules.shapes import infer_getitem
from sct.rules.table import Unsupported, lookup
from sct.transform.build import Builder
from sct.transform.leaves import paths

_HELP = "use `sct.jvp`, a direction at a time, or reverse mode"
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
            value.type = _stacked(value.type)
        except Unsupported as problem:
            raise RefusedError([Diagnostic(fn.span, problem.reason, problem.help)]) from None
    wide.numbers = tuple(name for name, seed in zip(names, seeds, strict=True) if seed.type.is_array)
    wide.block(fn.body)
    build = Builder(fn.body)
    fn.body.ops[:0] = _counted(seeds, wide.count, fn)
    dots = _dots(fn, seeds)
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


def _dots(fn: Function, seeds: Sequence[Value]) -> range:
    """The positions of the tangents among the results: all but the value, where there is one."""
    count = len(fn.body.yields)
    differentiable = sum(fn.params[k].type.is_differentiable for k in fn.hands_back)
    return range(1 if count > differentiable else 0, count)


def _stacked(type_: Type) -> Type:
    if type_.kind == "tuple":
        return replace(type_, items=tuple(map(_stacked, type_.items)))
    if type_.kind == "none":
        return type_
    if type_.is_scalar:
        return Type("array", ("directions",))
    if not type_.is_array or type_.shape is None:
        raise Unsupported("a tangent of unknown rank, or in a list, along several directions", _HELP)
    return Type("array", ("directions", *type_.shape))


class _Wide:
    """The values that are stacks, their types as they were, and the rewriting of what computes them."""

    def __init__(self, fn: Function, seeds: Sequence[Value]) -> None:
        self.count = Value(INT, hint="directions")
        self.makers = {result: op for op in fn.body.walk() for result in op.results}
        self.numbers: tuple[str, ...] = ()  # the parameters whose dtype zeros have
        self.plain: dict[Value, Type] = {}
        self.values: dict[Value, None] = dict.fromkeys(seeds)
        while True:
            before = len(self.values)
            self.reach(fn.body)
            if len(self.values) == before:
                break

    def reach(self, block: Block) -> None:
        """Add what is computed from stacks in a block."""
        for op in block.ops:
            if isinstance(op, If):
                pairs = zip(op.results, op.then.yields, op.orelse.yields, strict=True)
                self.together([list(group) for group in pairs], first_only=True)
            elif isinstance(op, Loop):
                groups = list(zip(op.results, op.carried, op.inits, op.nexts, strict=True))
                self.together([[result, arg, start, after] for result, arg, start, after in groups], until=2)
                for k, arg in enumerate(op.test.args if isinstance(op, While) else []):
                    if op.carried[k] in self.values:
                        self.values[arg] = None
            elif op.name == "call_tangent":
                self.values.update(dict.fromkeys(op.results[_has_value(op) :]))
            elif any(v in self.values for v in op.operands):
                self.values.update(dict.fromkeys(op.results))
            for owned in op.blocks:
                self.reach(owned)

    def together(self, groups: list[list[Value]], first_only: bool = False, until: int = 1) -> None:
        """Where one of a group is a stack, its first ones are."""
        for group in groups:
            if any(value in self.values for value in group):
                self.values.update(dict.fromkeys(group[:until]))

    # stacks

    def wide(self, value: Value, build: Builder) -> Value:
        """The value as a stack: one that does not depend on the directions is zero."""
        if value in self.values or value.type.kind == "none":
            return value
        plain = value.type
        if plain.kind == "tuple":
            items = [build.op("item", value, index=k) for k in range(len(plain.items))]
            made = build.op("tuple", *(self.wide(item, build) for item in items), form=plain.form)
        else:
            maker = self.makers.get(value)
            like = maker.operands[0] if maker is not None and maker.name == "zeros_like" else value
            dims = [build.text(f"shape(x)[{k}]", {"x": like}) for k in range(self.rank(plain))]
            shape = build.op("tuple", self.count, *dims) if dims else self.count
            made = build.op("zeros", shape, dtype=self.numbers or None, lib="numpy")
        made.hint, made.temp = value.hint, value.temp
        made.type = _stacked(plain)
        self.values[made] = None
        self.plain[made] = plain
        return made

    def rank(self, plain: Type) -> int:
        if plain.rank is None:
            raise Unsupported("a tangent of unknown rank along several directions", _HELP)
        return plain.rank

    def was(self, value: Value) -> Type:
        """The type of a value, of one direction."""
        return self.plain.get(value, value.type)

    def aligned(self, value: Value, rank: int, build: Builder) -> Value:
        """The value with axes of length 1 behind the first, so that it broadcasts as one of ``rank`` does."""
        missing = rank - self.rank(self.was(value))
        if value not in self.values or missing <= 0:
            return value
        return build.op("getitem", value, _full(build), *(build.const(None) for _ in range(missing)))

    # the walk

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
            raise Unsupported(f"the tangent of this, by `{op.name}`, along several directions", _HELP)
        if made is not None:
            self.replace(op, made, build)

    def again(self, op: Op, operands: Sequence[Value], build: Builder, **attrs: Any) -> Value:
        return build.op(op.name, *operands, **{**op.attrs, **attrs})

    def replace(self, op: Op, made: Value, build: Builder) -> None:
        """Let the last operation's result be that of ``op``."""
        last = next(other for other in reversed(build.block.ops) if made in other.results)
        assert made.type.rank is None or made.type.rank == op.result.type.rank, op.name
        last.results = [op.result]

    # what is chosen by a number

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
        parts = [(value, None) if self.is_zero(value) else self.scaled(value, build) for value in branches]
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

    def is_zero(self, value: Value) -> bool:
        made = self.makers.get(value)
        return made is not None and made.name == "const" and made.attrs["value"] == 0

    # what moves tangents

    def do_bind(self, op: Op, build: Builder) -> None:
        build.append(Op(op.name, [self.wide(op.operands[0], build)], op.results, op.attrs))

    def do_item(self, op: Op, build: Builder) -> Value | None:
        array = op.operands[0]
        if self.was(array).is_array:
            return build.op("getitem", array, _full(build), build.const(op.attrs["index"]))
        build.block.ops.append(op)
        return None

    def do_tuple(self, op: Op, build: Builder) -> None:
        op.operands = [self.wide(v, build) if v.type.is_differentiable else v for v in op.operands]
        build.block.ops.append(op)

    def path(self, array: Value, indices: Sequence[Value], build: Builder) -> list[Value]:
        """The path behind the first axis."""
        groups, steps = split(indices)
        if any(step.type == TRANSPOSED for step in steps):
            raise Unsupported("a part of a transposed array, along several directions", _HELP)
        found: list[Value] = []
        for k, group in enumerate(groups):
            fancy = [j for j, index in enumerate(group) if index.type.is_array or index.type.kind == "unknown"]
            taken = [j for j, index in enumerate(group) if index.type.is_array or index.type.kind in ("int", "bool")]
            if fancy and taken[-1] - taken[0] + 1 != len(taken):
                raise Unsupported("arrays of indices that stand apart, along several directions", _HELP)
            found += [self.step(steps[k - 1], build)] if k else []
            found += [_full(build), *group] if group else []
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
            "a function with a rule of its own, which is for one direction, along several directions", _HELP
        )

    # axes

    def over_axes(self, op: Op, build: Builder) -> Value:
        operands = [self.wide(v, build) for v in op.operands] if op.name in ("concatenate", "stack") else op.operands
        rank, axis = self.rank(self.was(operands[0])), op.attrs.get("axis", 0)
        if axis is None and op.name in ("sum", "mean", "flip"):
            axis = tuple(range(rank)) if rank > 1 else 0
        if axis is None and rank > 1:
            raise Unsupported(f"`{op.name}` of all elements along several directions", _HELP)
        return self.again(op, operands, build, axis=_behind(axis or 0))

    def do_array(self, op: Op, build: Builder) -> Value:
        if op.attrs.get("nested") or any(v.type.kind == "tuple" for v in op.operands):
            raise Unsupported("nested lists along several directions", _HELP)
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
            raise Unsupported("`squeeze` without an axis, along several directions", _HELP)
        return self.do_expand_dims(op, build)

    def shape(self, shape: Value, build: Builder) -> Value:
        """The shape of a stack, given that of one of its entries."""
        if shape.type.kind == "tuple":
            return build.op(
                "tuple", self.count, *(build.op("item", shape, index=k) for k in range(len(shape.type.items)))
            )
        if shape.type.kind == "int":
            return build.op("tuple", self.count, shape)
        raise Unsupported("a shape of unknown length, along several directions", _HELP)

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

    # products: one operand is a stack, the other one is not

    def do_matmul(self, op: Op, build: Builder) -> Value:
        a, b = op.operands
        ranks = self.rank(self.was(a)), self.rank(self.was(b))
        env = {"a": a, "b": b}
        if (a in self.values and b in self.values) or max(ranks) > 2:
            raise Unsupported("this product along several directions", _HELP)
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
            raise Unsupported("this product along several directions", _HELP)
        env = {"a": a, "b": b}
        return build.text("a[:, :, None] * b" if a in self.values else "a[:, None] * b[:, None, :]", env)

    def do_solve(self, op: Op, build: Builder) -> Value:
        A, b = op.operands
        if A in self.values or self.rank(self.was(A)) != 2:
            raise Unsupported("this system along several directions", _HELP)
        if self.rank(self.was(b)) == 2:
            return self.again(op, op.operands, build)
        return build.text("transpose(solve(A, transpose(b)))", {"A": A, "b": b})


def _behind(axis: Any) -> Any:
    """An axis, or several, of an entry of a stack."""
    if isinstance(axis, tuple):
        return tuple(map(_behind, axis))
    return axis + 1 if axis >= 0 else axis


def _full(build: Builder) -> Value:
    """The index ``:``."""
    return build.op("slice", *(build.const(None) for _ in range(3)))


def _has_value(op: Op) -> bool:
    """Whether a ``call_tangent`` has the callee's value as its first result."""
    return bool(op.attrs["summary"].type.kind not in ("none", "str"))
