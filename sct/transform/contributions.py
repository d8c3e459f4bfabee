"""What an operation's adjoint gives those of its operands, by its rule.

Before: ``%y = mul %a, %b`` and ``%y_bar``.
After: ``mul %b, %y_bar`` for ``%a``, and ``mul %a, %y_bar`` for ``%b``; each summed over what was broadcast.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sct.errors import Diagnostic, RefusedError
from sct.frontend.rule_text import Update, is_update
from sct.ir.nodes import Block, Function, Op, Value
from sct.ir.types import Dim, Type
from sct.rules.table import Unsupported, lookup
from sct.transform.build import Builder
from sct.transform.clamps import Clamps
from sct.transform.repeated import equal_parts

NO_CLOSED_FORM = ("the derivative in this argument has no closed form", "let no derivative flow into it")


class Contributions:
    """The contributions of a function's operations to the adjoints of the ``active`` values."""

    def __init__(self, fn: Function, active: set[Value]) -> None:
        self._active = active
        self._parts = _parts(fn)
        self._first = equal_parts(fn, active)
        self._clamps = Clamps(fn, active)

    def of(self, op: Op, bar: Value, build: Builder) -> list[tuple[Value, Value | Update]]:
        """(operand, contribution to its adjoint) for each active operand; of equal ones to that of the first."""
        if not self._first.keys().isdisjoint(op.operands):
            op = Op(op.name, list(map(self._first.final, op.operands)), op.results, op.attrs, op.span, op.stmt)
        row = lookup(op.name)
        assert row is not None
        types = tuple(value.type for value in op.operands)
        names = [f"x{i}" for i in range(len(op.operands))] if row.variadic else list(row.operands)
        env: dict[str, Any] = {**op.attrs, **dict(zip(names, op.operands, strict=False)), "y": op.result, "y_bar": bar}
        attrs = op.attrs
        if bar.type.kind == "tuple":
            parts = build.block.ops[-1].operands
            env.update({f"y{k}_bar": part for k, part in enumerate(parts)})
            attrs = {**op.attrs, "seeded": _seeded(parts, build.block)}
        active = [value in self._active for value in op.operands]
        try:
            texts, named = row.bars(types, attrs), row.steps(types, attrs)
            texts = row.together if row.together is not None and all(active) else texts
        except Unsupported as problem:
            raise refused(op, problem.reason, problem.help) from None
        if row.required is not None:
            condition, message = row.required
            build.effect("assert", build.text(condition, env), build.op("const", value=message, text=f'"{message}"'))
        env.update({name: part for name, text in named.items() if (part := self._parts.get((op.result, text)))})
        steps = {**named, **{f"{name}_bar": text for name, text in zip(names, texts or (), strict=False)}}
        found: list[tuple[Value, Value | Update]] = []
        # What has the result's name comes last: its adjoint takes the place of the result's.
        order = sorted(range(len(op.operands)), key=lambda k: op.operands[k].hint == op.result.hint)
        for k in order:
            operand = op.operands[k]
            if not active[k]:
                continue
            if texts is not None:
                text = texts[k]
                if text is not None and is_update(text):
                    build.steps(text, named, env)
                    found += [(operand, update) for update in build.updates(text, env)]
                elif text is not None:
                    found.append((operand, self._stated(op, k, text, steps, env, build)))
            elif row.partials:
                alone = row.alone is not None and not any(active[:k] + active[k + 1 :])
                partial = row.alone[k] if alone and row.alone is not None else row.partials[k]
                if partial is None:
                    continue
                build.steps(partial, named, env)
                product = self._chain(op, operand, partial, env, bar, build)
                found.append(
                    (operand, product if _is_alone(operand, op) else unbroadcast(product, bar.type, operand, build))
                )
            else:
                raise refused(op, f"{op.name} has no derivative rule", "write it with functions that have one")
        return found

    def _chain(
        self, op: Op, operand: Value, partial: str, env: Mapping[str, object], bar: Value, build: Builder
    ) -> Value:
        """``partial * bar``."""
        if partial == "...":
            raise refused(op, *NO_CLOSED_FORM)
        if partial == "1":
            return bar
        if partial == "-1":
            return build.op("neg", bar)
        slope = self._clamps.masked(op, operand, build.text(partial, env), build)
        product = build.op("mul", slope, bar)
        if bar.type.shape is not None and product.type.is_array:  # the partial is no larger than the result
            product.type = replace(product.type, shape=bar.type.shape)
        return product

    def _stated(
        self, op: Op, k: int, text: str, steps: Mapping[str, str | None], env: dict[str, Any], build: Builder
    ) -> Value:
        """The contribution to the adjoint of the ``k``-th operand that the rule's text gives."""
        row, operand = lookup(op.name), op.operands[k]
        assert row is not None
        own = f"{row.operands[k]}_bar" if not row.variadic else ""
        if own not in env:
            build.steps(text, {name: step for name, step in steps.items() if name != own}, env)
            _name_steps(op, env)
            env[own] = build.text(text, env)
        value: Value = env[own] if own else env.pop(own)
        broadcasts = row.broadcasting(tuple(each.type for each in op.operands))
        if not broadcasts and (not row.partials or _is_alone(operand, op)):
            return value
        return unbroadcast(value, value.type, operand, build)


def _name_steps(op: Op, env: Mapping[str, Any]) -> None:
    """Call the adjoint of an operand that another one's is made of after the operand, not as the rule does."""
    row = lookup(op.name)
    for name, operand in zip(row.operands if row is not None else (), op.operands, strict=False):
        made, subject = env.get(f"{name}_bar"), operand.hint or operand.temp
        if isinstance(made, Value) and made.temp == f"{name}_bar" and subject:
            made.temp = f"{subject}_bar"


def _is_alone(operand: Value, op: Op) -> bool:
    """Whether an elementwise operation broadcasts an operand to nothing: the others are numbers, or that one."""
    return all(other is operand or other.type.is_scalar for other in op.operands)


def _seeded(parts: Sequence[Value], block: Block) -> frozenset[int]:
    """Which parts of an adjoint are not known to be zero."""
    zeros = {op.result for op in block.ops if op.name == "zeros_like" or op.attrs.get("value") == 0.0}
    return frozenset(k for k, part in enumerate(parts) if part not in zeros)


def _parts(fn: Function) -> dict[tuple[Value, str], Value]:
    """The parts of operations' results that the author took out beside them, as a rule's text calls them: ``y[0]``."""
    found: dict[tuple[Value, str], Value] = {}
    blocks = [fn.body, *(block for op in fn.body.walk() for block in op.blocks)]
    for block in blocks:
        here = {result for op in block.ops for result in op.results}
        for op in block.ops:
            if op.name == "item" and op.operands[0] in here:
                found.setdefault((op.operands[0], f"y[{op.attrs['index']}]"), op.result)
    return found


def unbroadcast(value: Value, type_: Type, operand: Value, build: Builder) -> Value:
    """Sum ``value``, of the type ``type_``, over the dimensions along which ``operand`` was broadcast."""
    target = operand.type
    if target.is_scalar and type_.is_scalar:
        return value
    if target.is_scalar and type_.is_array:
        return build.op("sum", value, axis=None, keepdims=False, lib="numpy", style="call")
    if type_.shape is None or target.shape is None:
        return build.op("unbroadcast", value, operand)
    extra = len(type_.shape) - len(target.shape)
    if extra < 0 or not all(map(_sure, type_.shape[extra:], target.shape)):
        return build.op("unbroadcast", value, operand)
    for _ in range(extra):
        value = build.op("sum", value, axis=0, keepdims=False, lib="numpy", style="call")
    for axis, (a, b) in enumerate(zip(type_.shape[extra:], target.shape, strict=True)):
        if a != b and b == 1:
            value = build.op("sum", value, axis=axis, keepdims=False, lib="numpy", style="call")
            value = build.op("expand_dims", value, axis=axis, lib="numpy")
    return value


def _sure(wide: Dim, narrow: Dim) -> bool:
    """Whether it is known if a dimension was broadcast: it was 1, or it is surely the other one."""
    certain = all(isinstance(dim, int) or dim.endswith("+") for dim in (wide, narrow))
    return wide == narrow or narrow == 1 or certain


def refused(op: Op, reason: str, help_: str) -> RefusedError:
    assert op.span is not None
    return RefusedError([Diagnostic(op.span, reason, help_)])
