"""The tangent of what one operation makes, from those of its operands.

Before: ``%v = mul %x1, %x2``.
After: ``%1 = mul %x2, %x1_dot; %2 = mul %x1, %x2_dot; %v_dot = add %1, %2``.

A structure's tangent is a structure of the same form, with None in the place of what carries no derivative.
"""

from __future__ import annotations

from typing import Any

from sct.frontend.rule_text import names_in
from sct.ir.indices import is_whole
from sct.ir.nodes import Op, Value
from sct.ir.types import Type, are_alike
from sct.rules.table import Unsupported, lookup
from sct.transform.build import Builder
from sct.transform.clamps import Clamps
from sct.transform.contributions import NO_CLOSED_FORM, refused
from sct.transform.leaves import adjoint_type


class Pushforward:
    """The tangents of values, ``dots``, as far as they are known.

    Attributes
    ----------
    narrow : set of Value
        Those that another operand may have widened, and not their tangents.
    handed : dict of Value to Value
        The tangents of arrays that a call writes into, as it hands them back.
    """

    def __init__(self, clamps: Clamps) -> None:
        self.clamps = clamps
        self.dots: dict[Value, Value] = {}
        self.narrow: set[Value] = set()
        self.handed: dict[Value, Value] = {}

    def dot(self, value: Value, build: Builder, like: Type | None = None) -> Value:
        """The tangent of ``value``, in its shape, with zeros where it has none.

        As one of the type ``like`` has it, which is that of what the value becomes: a part that is an int here may be a
        float on another path, and has a zero then, not None.
        """
        like = value.type if like is None else like
        found = self.dots.get(value)
        if value.type.kind == like.kind == "tuple" and (found is None or _carriers(value.type) != _carriers(like)):
            return self.structure(value, self.parts(value, like, build), build)
        if found is not None:
            return self.widened(found, value, build) if value in self.narrow else found
        if value.type.kind == "undef" and not (like.is_scalar or like.kind == "undef"):
            return build.op("undef")
        if value.type.kind == "list":
            found = build.op("blank", value, path=())
            found.type = adjoint_type(like)
            return found
        if value.type.is_scalar or value.type.kind == "undef" or (value.type.kind == "none" and like.is_scalar):
            return build.op("const", value=0.0, text="0.0")
        if not like.is_differentiable:
            return build.const(None)
        return build.op("zeros_like", value, lib="numpy")

    def parts(self, value: Value, like: Type, build: Builder) -> list[Value]:
        """The tangents of the parts of a structure; None for one without."""
        found = []
        for k, type_ in enumerate(like.items[: len(value.type.items)]):
            item = build.op("item", value, index=k)
            if value in self.dots and value.type.items[k].is_differentiable:
                self.dots[item] = build.op("item", self.dots[value], index=k)
            found.append(self.part_of(item, type_, build))
        return found

    def part_of(self, value: Value, like: Type, build: Builder) -> Value:
        """The tangent of a part of a structure, whose place has the type ``like``."""
        return self.dot(value, build, like) if like.is_differentiable or like.kind == "undef" else build.const(None)

    def widened(self, dot: Value, value: Value, build: Builder) -> Value:
        return build.op("broadcast_to", dot, build.op("shape", value, style="attr"), lib="numpy")

    def part(self, value: Value, build: Builder) -> Value:
        """The tangent of an operand that stands beside others: of integers it is zeros too."""
        if value.type.is_array and not value.type.is_differentiable:
            return build.op("zeros_like", value, lib="numpy")
        return self.dot(value, build)

    def structure(self, like: Value, dots: list[Value], build: Builder) -> Value:
        """The tangents of the parts of a structure in one of its form."""
        form = like.type.form
        if form is not None and form.kind == "class" and not form.name:
            return build.op("rebuild", like, *dots)
        return build.op("tuple", *dots, form=form)

    def name(self, value: Value) -> str | None:
        return f"{value.hint}_dot" if value.hint else None

    def derivative(self, op: Op, build: Builder) -> Value | None:
        match op.name:
            case "getitem":
                array, *indices = op.operands
                return build.op("getitem", self.dot(array, build), *build.path(indices))
            case "item":
                attrs = {key: op.attrs[key] for key in ("index", "count") if key in op.attrs}
                return build.op("item", self.dot(op.operands[0], build), **attrs)
            case "tuple":
                types = op.result.type.items * (len(op.operands) if op.result.type.kind == "list" else 1)
                dots = [self.part_of(item, type_, build) for item, type_ in zip(op.operands, types, strict=True)]
                return build.op("tuple", *dots, form=op.attrs.get("form"))
            case "put":
                x, value = op.operands
                part = op.result.type.items[op.attrs["index"]]
                before = self.dot(x, build, op.result.type)
                if not part.is_differentiable and op.attrs["index"] < len(x.type.items):
                    return before
                dots = [before, self.part_of(value, part, build)]
                return build.op("put", *dots, **{k: v for k, v in op.attrs.items() if k in ("index", "key", "label")})
            case "append":
                xs, value = op.operands
                dots = [self.dot(xs, build, op.result.type), self.part_of(value, op.result.type.items[0], build)]
                return build.op("append", *dots, hint=self.name(op.result))
            case "shorten":
                xs, last = op.operands
                return build.op("shorten", self.dot(xs, build), last, hint=self.name(op.result))
            case "concat":
                return build.op("concat", *(self.dot(value, build) for value in op.operands))
            case "part":
                return build.op("part", self.dot(op.operands[0], build), slice=op.attrs["slice"])
            case "store":
                array, value, *indices = op.operands
                adds = bool(op.attrs.get("adds"))
                if is_whole(indices) and value.type == array.type and value.type.rank is not None and not adds:
                    return build.op("bind", self.dot(value, build), hint=self.name(op.result))
                path, hint = build.path(indices), self.name(op.result)
                before = build.buffer(self.dot(array, build), path)
                dot = self.dots[value] if value in self.narrow else self.dot(value, build)
                return build.op("store", before, dot, *path, hint=hint, adds=adds)
            case "written":
                handed = self.handed.get(op.result)
                path = build.path(op.operands[1:])
                if handed is None or not path:
                    return handed
                before = build.buffer(self.dot(op.operands[0], build), path)
                return build.op("store", before, handed, *path, hint=self.name(op.result))
            case "bind":
                return self.dot(op.operands[0], build)
            case "copy" if op.attrs.get("own"):  # of a parameter: whether its tangent needs one, ownership tells
                return build.op("bind", self.dot(op.operands[0], build), hint=self.name(op.result))
            case "call":
                return self.stated(op, build)
        return self.ruled(op, build)

    def stated(self, op: Op, build: Builder) -> Value:
        """The tangent of a call that a rule of the user's differentiates."""
        rule = op.attrs["rule"]
        stated = rule.statements.get("tangent")
        if stated is None:
            raise refused(op, f"`{rule.key[1]}` has no tangent rule", rule.missing("tangent"))
        dots = [self.dot(op.operands[k], build) for k in sorted(stated.live)]
        made = [adjoint_type(op.result.type)]
        (dot,) = build.typed("call_rule", [op.result, *op.operands, *dots], made, callee=stated.ref)
        return dot

    def ruled(self, op: Op, build: Builder) -> Value | None:
        row = lookup(op.name)
        assert row is not None
        names = [f"x{i}" for i in range(len(op.operands))] if row.variadic else list(row.operands)
        env: dict[str, Any] = {**op.attrs, **dict(zip(names, op.operands, strict=False)), "y": op.result}
        active = [value in self.dots for value in op.operands]
        if row.partials and not (row.tangential is not None and all(active)):
            return self.chain(op, active, env, build)
        types = tuple(value.type for value in op.operands)
        try:
            text, steps = row.tangent(types, op.attrs), row.steps(types, op.attrs)
            texts = (row.bars(types, op.attrs) or ()) if row.is_linear else ()
        except Unsupported as problem:
            raise refused(op, problem.reason, problem.help) from None
        if text is not None:
            asked = {name for part in (text, *steps.values()) for name in names_in(part)}
            for name, operand in zip(names, op.operands, strict=False):
                if f"{name}_dot" in asked:
                    env[f"{name}_dot"] = self.dots[operand] if row.partials else self.part(operand, build)
            build.steps(text, steps, env)
            return build.text(text, env)
        if row.is_multilinear:
            return self.product(op, active, build)
        if row.is_linear:
            linear = [text is not None for text in texts]
            operands = [
                self.part(value, build) if is_linear else value
                for value, is_linear in zip(op.operands, linear, strict=True)
            ]
            return build.op(op.name, *operands, **op.attrs)
        raise refused(op, f"{op.name} has no tangent rule", "use reverse mode, or functions that have one")

    def product(self, op: Op, active: list[bool], build: Builder) -> Value | None:
        """The sum of the products with each operand in turn replaced by its tangent."""
        total: Value | None = None
        for k, operand in enumerate(op.operands):
            if active[k]:
                operands = [*op.operands[:k], self.dot(operand, build), *op.operands[k + 1 :]]
                term = build.op(op.name, *operands, **op.attrs)
                total = term if total is None else build.op("add", total, term)
        return total

    def chain(self, op: Op, active: list[bool], env: dict[str, Any], build: Builder) -> Value | None:
        """The sum of each partial times its operand's tangent."""
        row = lookup(op.name)
        assert row is not None
        steps = row.steps(tuple(value.type for value in op.operands), op.attrs)
        total: Value | None = None
        shaping = set[Value]()  # what gives the sum its shape
        for k, operand in enumerate(op.operands):
            if not active[k]:
                continue
            alone = row.alone is not None and not any(active[:k] + active[k + 1 :])
            partial = row.alone[k] if alone and row.alone is not None else row.partials[k]
            if partial is None:
                continue
            if partial == "...":
                raise refused(op, *NO_CLOSED_FORM)
            dot = self.dots[operand]
            build.steps(partial, steps, env)
            shaping |= {operand} - self.narrow | {env[name] for name in names_in(partial) if name in env}
            if partial == "1":
                term = dot
            elif partial == "-1":
                term = build.op("neg", dot)
            else:
                term = build.op("mul", self.clamps.masked(op, operand, build.text(partial, env), build), dot)
            if total is None:
                total = term
            else:
                total = build.op("add", total, term, augmented=op.attrs.get("augmented", False))
        if total is None or not op.result.type.is_array:
            return total
        if not _fills(total.type, op.result.type):
            return self.widened(total, op.result, build)
        widening = {value for value in op.operands if value.type.is_array} - shaping
        if not are_alike(total.type, op.result.type) and widening and op.result not in shaping:
            self.narrow.add(op.result)
        return total


def _carriers(type_: Type) -> tuple[Any, ...] | bool:
    """Which parts of a type carry a derivative."""
    if type_.kind == "tuple" and type_.is_differentiable:
        return tuple(map(_carriers, type_.items))
    return type_.is_differentiable


def _fills(dot: Type, value: Type) -> bool:
    """Whether a tangent may have the shape of its value: another operand is not known to have widened that."""
    if dot.shape is None or value.shape is None:
        return dot.is_array
    return len(dot.shape) == len(value.shape) and all(
        a != 1 or b == 1 for a, b in zip(dot.shape, value.shape, strict=True)
    )
