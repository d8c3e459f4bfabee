"""Rows of functions that take many elements together: sums, means, extremes, products, spreads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sct.ir.types import Type
from sct.rules.shapes import axes_of, first, of_array, reduced, reduced_bool, reduced_int, reduced_real
from sct.rules.table import Texts, Unsupported, rule, zero

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def widened(name: str, types: Types, attrs: Attrs) -> str:
    """``name`` (a reduction's result or its adjoint) with the reduced axis back, of length 1; a number as it is."""
    axis, rank = attrs.get("axis"), types[0].rank
    if axis is None or attrs.get("keepdims") or (rank is not None and len(axes_of(rank, axis)) == rank):
        return name
    if isinstance(axis, tuple):
        if rank is None:
            raise Unsupported("several axes of an array of unknown rank", "annotate the array's shape")
        axes, name = axes_of(rank, axis), name if name.isidentifier() else f"({name})"
        return f"{name}[{', '.join('None' if k in axes else ':' for k in range(rank))}]"
    return f"expand_dims({name}, axis)"


def _spread(name: str, types: Types, attrs: Attrs) -> str:
    """``name`` repeated to the shape of ``x``."""
    if types[0].is_scalar:
        return name
    if reduced(types, attrs).is_scalar:
        return f"full_like(x, {name})"
    return f"broadcast_to({widened(name, types, attrs)}, shape(x))"


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


def mean_bar(types: Types, attrs: Attrs) -> Texts:
    if types[0].is_scalar:
        return ("y_bar",)
    count = _count(types, attrs)
    return (_spread(f"y_bar / ({count})" if "*" in count else f"y_bar / {count}", types, attrs),)


def extreme_steps(types: Types, attrs: Attrs) -> Mapping[str, str]:
    return {} if types[0].is_scalar else {"ties": f"x == {widened('y', types, attrs)}"}


def _number_of_ties(over: list[str]) -> str:
    """How many elements are equal, in the kind of ``x``: a count of integers would make float64 of float32."""
    return f"sum({', '.join(['astype_like(ties, x)', *over])})"


def extreme_bar(types: Types, attrs: Attrs) -> Texts:
    if types[0].is_scalar:
        return ("y_bar",)
    axis = attrs.get("axis")
    number = _number_of_ties([] if axis is None else [f"axis={axis!r}", "keepdims=True"])
    return (f"where(ties, {widened('y_bar', types, attrs)} / {number}, 0)",)


def extreme_dot(types: Types, attrs: Attrs) -> str:
    if types[0].is_scalar:
        return "x_dot"
    axis = attrs.get("axis")
    over = [] if axis is None else [f"axis={axis!r}"]
    over += ["keepdims=True"] if attrs.get("keepdims") else []
    total = ", ".join(["where(ties, x_dot, 0)", *over])
    return f"sum({total}) / {_number_of_ties(over)}"


def _prod_bar(types: Types, attrs: Attrs) -> Texts:
    if types[0].is_scalar:
        return ("y_bar",)
    others = _others(types, attrs)
    return (f"{widened('y_bar', types, attrs)} * {others}",)


def _prod_dot(types: Types, attrs: Attrs) -> str:
    return "x_dot" if types[0].is_scalar else f"sum(x_dot * {_others(types, attrs)}{over(attrs)})"


def _others(types: Types, attrs: Attrs) -> str:
    axis = attrs.get("axis")
    if isinstance(axis, tuple):
        raise Unsupported("the derivative of a product over several axes", "take one after the other")
    axis = axis % types[0].rank if axis is not None and types[0].rank else axis
    return "others_prod(x)" if axis is None else f"others_prod(x, axis={axis!r})"


EXTREME: dict[str, Any] = {
    "tangent": extreme_dot,
    "adjoint": extreme_bar,
    "steps": extreme_steps,
    "infer": reduced,
}


def by_numbers(types: Types, attrs: Attrs) -> None:
    """Refuse the keys of ``min(xs, key=…)`` and ``sorted(xs, key=…)`` that are no numbers."""
    if attrs.get("of_keys") and types[0].rank != 1:
        raise Unsupported("items are chosen by keys that are no numbers", "let the key of an item be a number")


def _place(types: Types, attrs: Attrs) -> Type:
    by_numbers(types, attrs)
    return reduced_int(types, attrs)


# Reductions.
rule("sum(x, axis=None, *, keepdims=False)", transpose=_sum_bar, infer=reduced)
rule("mean(x, axis=None, *, keepdims=False)", transpose=mean_bar, infer=reduced_real)
rule("max(x, axis=None, *, keepdims=False)", **EXTREME)
rule("min(x, axis=None, *, keepdims=False)", **EXTREME)
rule("prod(x, axis=None, *, keepdims=False)", tangent=_prod_dot, adjoint=_prod_bar, infer=reduced)
zero("argmax(x, axis=None)", "argmin(x, axis=None)", infer=_place, cheap=False)
zero("any(x, axis=None)", "all(x, axis=None)", infer=reduced_bool, cheap=False)


def _pairs(types: Types, attrs: Attrs) -> Mapping[str, str]:
    """For each pair of elements, the product of all but these two: a symmetric matrix, with zeros on its diagonal."""
    if types[0].rank != 1:
        raise Unsupported("the second derivative of a product over an array of rank 2 or more", "multiply rows: `x[i]`")
    return {"own": "eye(len(x)) == 1", "pairs": "where(own, 0.0, others_prod(where(own, 1.0, x), axis=1))"}


# The product of all the other elements, right where some are zero (a helper in the generated module).
rule(
    "others_prod(x, axis=None)",
    tangent="pairs @ x_dot",
    adjoint=("pairs @ y_bar",),
    steps=_pairs,
    infer=first,
    cheap=False,
)


def over(attrs: Attrs, keepdims: bool = False) -> str:
    """The arguments of a reduction like this one, behind its operand."""
    axis = attrs.get("axis")
    found = [] if axis is None else [f"axis={axis!r}"]
    found += ["keepdims=True"] if attrs.get("keepdims") or (keepdims and axis is not None) else []
    return "".join(f", {text}" for text in found)


def _freedom(types: Types, attrs: Attrs) -> str:
    """What a variance divides by."""
    count, ddof = _count(types, attrs), attrs["ddof"]
    return f"({count} - {ddof!r})" if ddof else f"({count})" if "*" in count else count


def _around(attrs: Attrs) -> str:
    """``x`` less its mean."""
    return f"(x - mean(x{over(attrs, keepdims=True)}))"


def _var_bar(types: Types, attrs: Attrs) -> Texts:
    return (f"{_around(attrs)} * (2 * {widened('y_bar', types, attrs)} / {_freedom(types, attrs)})",)


def _var_dot(types: Types, attrs: Attrs) -> str:
    return f"2 * sum({_around(attrs)} * x_dot{over(attrs)}) / {_freedom(types, attrs)}"


def _std_bar(types: Types, attrs: Attrs) -> Texts:
    y, y_bar = widened("y", types, attrs), widened("y_bar", types, attrs)
    return (f"{_around(attrs)} * ({y_bar} / ({_freedom(types, attrs)} * where({y} > 0, {y}, 1)))",)


def _std_dot(types: Types, attrs: Attrs) -> str:
    return f"sum({_around(attrs)} * x_dot{over(attrs)}) / ({_freedom(types, attrs)} * where(y > 0, y, 1))"


_varied = of_array("the variance of a number", reduced_real)


# Spread.  Where all elements are equal, the standard deviation has slope 0.
rule("var(x, axis=None, *, ddof=0, keepdims=False)", tangent=_var_dot, adjoint=_var_bar, infer=_varied)
rule("std(x, axis=None, *, ddof=0, keepdims=False)", tangent=_std_dot, adjoint=_std_bar, infer=_varied)


_ranging = of_array("the range of a number", reduced)


def _ptp_steps(types: Types, attrs: Attrs) -> Mapping[str, str]:
    keep = over(attrs, keepdims=True)
    return {
        "highest": f"astype_like(x == max(x{keep}), x)",
        "lowest": f"astype_like(x == min(x{keep}), x)",
        "slope": f"highest / sum(highest{keep}) - lowest / sum(lowest{keep})",
    }


def _ptp_bar(types: Types, attrs: Attrs) -> Texts:
    return (f"slope * {widened('y_bar', types, attrs)}",)


def _ptp_dot(types: Types, attrs: Attrs) -> str:
    return f"sum(slope * x_dot{over(attrs)})"


rule("ptp(x, axis=None, *, keepdims=False)", tangent=_ptp_dot, adjoint=_ptp_bar, steps=_ptp_steps, infer=_ranging)
