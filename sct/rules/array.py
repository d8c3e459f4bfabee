"""Rows of array functions: reductions, shapes, joining, construction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sct.ir.nodes import Type
from sct.rules.shapes import (
    axes_of,
    broadcasted,
    evenly,
    expanded,
    filled,
    first,
    flat,
    joined,
    length,
    like,
    made,
    ranged,
    reduced,
    reduced_bool,
    reduced_int,
    reduced_real,
    shape_of,
    shaped,
    stacked,
    transposed,
    whole,
)
from sct.rules.table import Texts, Unsupported, rule, zero

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def _widened(name: str, attrs: Attrs) -> str:
    """``name`` (a reduction's result or its adjoint) with the reduced axis back, of length 1."""
    axis = attrs.get("axis")
    if axis is None or attrs.get("keepdims"):
        return name
    if isinstance(axis, tuple):
        for a in sorted(axis):
            if a < 0:
                raise Unsupported("a negative axis in a tuple of axes", "count the axes from the front")
            name = f"expand_dims({name}, {a})"
        return name
    return f"expand_dims({name}, axis)"


def _spread(name: str, types: Types, attrs: Attrs) -> str:
    """``name`` repeated to the shape of ``x``."""
    if types[0].is_scalar:
        return name
    if attrs.get("axis") is None and not attrs.get("keepdims"):
        return f"full_like(x, {name})"
    return f"broadcast_to({_widened(name, attrs)}, shape(x))"


def _count(types: Types, attrs: Attrs) -> str:
    """How many elements a reduction takes together."""
    axis = attrs.get("axis")
    if axis is None:
        return "size(x)"
    rank = types[0].rank
    if rank is None:
        raise Unsupported("a mean over an axis of an array of unknown rank", "annotate the array's shape")
    return " * ".join(f"shape(x)[{a}]" for a in axes_of(rank, axis))


def _sum_bar(types: Types, attrs: Attrs) -> Texts:
    return (_spread("y_bar", types, attrs),)


def _mean_bar(types: Types, attrs: Attrs) -> Texts:
    count = _count(types, attrs)
    return (_spread(f"y_bar / ({count})" if "*" in count else f"y_bar / {count}", types, attrs),)


def _ties(equal: str, over: list[str]) -> str:
    """How many elements are equal, in the kind of ``x``: a count of integers would make float64 of float32."""
    return f"sum({', '.join([f'astype_like({equal}, x)', *over])})"


def _extreme_bar(types: Types, attrs: Attrs) -> Texts:
    if types[0].is_scalar:
        return ("y_bar",)
    y, y_bar = _widened("y", attrs), _widened("y_bar", attrs)
    axis = attrs.get("axis")
    ties = _ties(f"x == {y}", [] if axis is None else [f"axis={axis!r}", "keepdims=True"])
    return (f"where(x == {y}, {y_bar} / {ties}, 0)",)


def _extreme_dot(types: Types, attrs: Attrs) -> str:
    if types[0].is_scalar:
        return "x_dot"
    y, axis = _widened("y", attrs), attrs.get("axis")
    over = [] if axis is None else [f"axis={axis!r}"]
    over += ["keepdims=True"] if attrs.get("keepdims") else []
    total = ", ".join([f"where(x == {y}, x_dot, 0)", *over])
    return f"sum({total}) / {_ties(f'x == {y}', over)}"


def _prod_bar(types: Types, attrs: Attrs) -> Texts:
    if types[0].is_scalar:
        return ("y_bar",)
    if attrs.get("axis") is not None or attrs.get("keepdims"):
        raise Unsupported("the derivative of a product over an axis", "write the product as a loop")
    return ("y_bar * others_prod(x)",)


# Reductions.
rule("sum(x, axis=None, keepdims=False)", transpose=_sum_bar, infer=reduced)
rule("mean(x, axis=None, keepdims=False)", transpose=_mean_bar, infer=reduced_real)
rule("max(x, axis=None, keepdims=False)", tangent=_extreme_dot, adjoint=_extreme_bar, infer=reduced)
rule("min(x, axis=None, keepdims=False)", tangent=_extreme_dot, adjoint=_extreme_bar, infer=reduced)
rule("prod(x, axis=None, keepdims=False)", tangent="sum(x_dot * others_prod(x))", adjoint=_prod_bar, infer=reduced)
zero("argmax(x, axis=None)", "argmin(x, axis=None)", infer=reduced_int, cheap=False)
zero("astype_like(x, like)", infer=first)
zero("any(x, axis=None)", "all(x, axis=None)", infer=reduced_bool, cheap=False)
# The product of all the other elements, right where some are zero (a helper in the generated module).
zero("others_prod(x)", infer=first, cheap=False)


def _untransposed(types: Types, attrs: Attrs) -> Texts:
    axes = attrs.get("axes")
    if axes is None:
        return ("transpose(y_bar)",)
    order = [a + len(axes) if a < 0 else a for a in axes]
    return (f"transpose(y_bar, axes={tuple(order.index(k) for k in range(len(order)))!r})",)


def _unreshaped(types: Types, attrs: Attrs) -> Texts:
    return ("reshape(y_bar, shape(x))", None)


def _unraveled(types: Types, attrs: Attrs) -> Texts:
    return ("y_bar" if types[0].rank == 1 else "reshape(y_bar, shape(x))",)


# Shapes.
rule("reshape(x, shape)", transpose=_unreshaped, infer=shaped, view=True)
rule("ravel(x)", transpose=_unraveled, infer=flat, view=True)
rule("flatten(x)", transpose=_unraveled, infer=flat)
rule("transpose(x, axes=None)", transpose=_untransposed, infer=transposed, view=True)
rule("copy(x)", transpose=("y_bar",), infer=first, cheap=True)
zero("stop_gradient(x)", infer=first, view=True)  # by declaration; at run time it is its argument
zero("shape(x)", infer=shape_of)
zero("len_(x)", infer=length)
zero("size(x)", "ndim(x)", infer=whole)
zero("int_(x)", "round_(x)", infer=whole)


def _expanded_bar(types: Types, attrs: Attrs) -> Texts:
    return (f"sum(y_bar, axis={attrs['axis']!r})",)


def _broadcasted_bar(types: Types, attrs: Attrs) -> Texts:
    raise Unsupported("the derivative of broadcast_to", "let the arithmetic broadcast instead")


rule("expand_dims(x, axis=0)", transpose=_expanded_bar, infer=expanded, view=True)
rule("broadcast_to(x, shape)", transpose=_broadcasted_bar, infer=broadcasted, view=True)


def _parts(types: Types, attrs: Attrs) -> Texts:
    """The slice of ``y_bar`` that each operand of ``concatenate`` became."""
    rank = types[0].rank
    if rank is None:
        raise Unsupported("concatenate of arrays of unknown rank", "annotate the arrays' shapes")
    (axis,) = axes_of(rank, attrs.get("axis", 0))
    lengths = [f"shape(x{k})[{axis}]" if axis or rank > 1 else f"len(x{k})" for k in range(len(types))]
    lead, texts = ":, " * axis, []
    for k in range(len(types)):
        start = " + ".join(lengths[:k])
        stop = " + ".join(lengths[: k + 1]) if k + 1 < len(types) else ""
        texts.append(f"y_bar[{lead}{start}:{stop}]")
    return tuple(texts)


def _layers(types: Types, attrs: Attrs) -> Texts:
    rank = types[0].rank
    if rank is None:
        raise Unsupported("stack of arrays of unknown rank", "annotate the arrays' shapes")
    (axis,) = axes_of(rank + 1, attrs.get("axis", 0))
    return tuple(f"y_bar[{':, ' * axis}{k}]" for k in range(len(types)))


# Joining.
rule("concatenate(*xs, axis=0)", transpose=_parts, infer=joined)
rule("stack(*xs, axis=0)", transpose=_layers, infer=stacked)
rule("array(*xs)", transpose=_layers, infer=stacked)

# Construction.
zero("zeros(shape, dtype=None)", "ones(shape, dtype=None)", "empty(shape, dtype=None)", infer=made, cheap=False)
zero("zeros_like(x, dtype=None)", "ones_like(x, dtype=None)", "empty_like(x, dtype=None)", infer=like, cheap=False)
rule("full(shape, value)", transpose=(None, "sum(y_bar)"), tangent="full(shape, value_dot)", infer=filled)
rule("full_like(x, value)", transpose=(None, "sum(y_bar)"), tangent="full_like(x, value_dot)", infer=like)
zero("arange(*xs)", infer=ranged)


def _ends(types: Types, attrs: Attrs) -> Texts:
    share = "astype_like(arange(num), y) / (num - 1)"
    return (f"sum(y_bar * (1 - {share}))", f"sum(y_bar * {share})", None)


rule(
    "linspace(start, stop, num)",
    transpose=_ends,
    tangent="linspace(start_dot, stop_dot, num)",
    infer=evenly,
)
