"""Axes of length 1: what an index adds, the adjoint is summed over, and a sum over one takes it away.

Before: ``%y = getitem %x, :, None; …; %1 = expand_dims (sum %g, axis=1), axis=1; %x_bar = sum %1, axis=1``.
After: ``%x_bar = sum %g, axis=1``.

``%x_bar = index_add (zeros_like %x), %1, :, None`` would say the same of what is no more than another shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sct.ir.indices import is_whole
from sct.ir.nodes import Op, Value
from sct.ir.paths import is_step
from sct.ir.types import Type
from sct.rules.shapes import axes_of
from sct.transform.build import Builder
from sct.transform.reads import BASIC

if TYPE_CHECKING:
    from sct.transform.simplify import Rewriter


def without_new_axes(path: Sequence[Value], type_: Type) -> tuple[list[Value], list[int]]:
    """A path without the ``None`` of its last subscript, and which axes of what it shows, of a type, these add."""
    start = max((k + 1 for k, index in enumerate(path) if is_step(index)), default=0)
    last = list(path[start:])
    if any(index.type.kind not in BASIC for index in last):
        return list(path), []
    axes, axis = list[int](), 0
    for k, index in enumerate(last):
        if index.type.kind == "ellipsis":
            if type_.rank is None:
                return list(path), []
            axis = type_.rank - sum(other.type.kind != "int" for other in last[k + 1 :])
        elif index.type.kind == "none":
            axes.append(axis)
        axis += index.type.kind in ("slice", "none")
    last = [index for index in last if index.type.kind != "none"]
    if all(is_whole([index]) for index in last):
        return list(path[: max(start - 1, 0)]), axes
    return [*path[:start], *last], axes


def over_axis(r: Rewriter, op: Op, build: Builder) -> Value | None:
    """``sum(x[:, None], axis=1) -> x``; ``sum(x[None, :], axis=1) -> sum(x, axis=0)[None]``."""
    (value,) = op.operands
    axis, shape = op.attrs.get("axis"), value.type.shape
    if not isinstance(axis, int) or op.attrs.get("keepdims") or shape is None:
        return None
    axis %= len(shape)
    if shape[axis] == 1:
        return _narrow(r, value, axis, build)
    wide = r.derived_by(value, "expand_dims")
    added = _added(wide)
    if wide is None or added is None or value.hint is not None:
        return None
    inner = build.op("sum", wide.operands[0], **{**op.attrs, "axis": axis - (added < axis)})
    return build.op("expand_dims", inner, axis=added - (axis < added), lib="numpy")


def _added(wide: Op | None) -> int | None:
    """Which axis an ``expand_dims`` adds."""
    if wide is None or wide.result.type.rank is None or not isinstance(wide.attrs["axis"], int):
        return None
    return axes_of(wide.result.type.rank, wide.attrs["axis"])[0]


def _narrow(r: Rewriter, value: Value, axis: int, build: Builder) -> Value:
    """The value without an axis of length 1."""
    wide = r.by(value, "expand_dims")
    added = _added(wide)
    if wide is not None and added == axis:
        return wide.operands[0]
    if wide is not None and added is not None and wide is r.derived_by(value, "expand_dims") and value.hint is None:
        inner = _narrow(r, wide.operands[0], axis - (added < axis), build)
        return build.op("expand_dims", inner, axis=added - (axis < added), lib="numpy")
    for name in ("neg", "mul") if value.hint is None else ():
        scaled = r.derived_by(value, name)
        if scaled is not None and all(factor.type.is_scalar for factor in scaled.operands[:-1]):
            return build.op(name, *scaled.operands[:-1], _narrow(r, scaled.operands[-1], axis, build))
    index = [":"] * axis + ["0"]
    return build.text(f"x[{', '.join(index)}]", {"x": value})
