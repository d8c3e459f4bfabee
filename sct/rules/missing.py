"""Rows of functions that pass over what is no number: its slope is 0.

Kinks: as of the functions that pass over nothing; where nothing is left, all slopes are 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sct.ir.types import Type
from sct.rules.reductions import EXTREME, over, widened
from sct.rules.running import running_sum, running_sum_bar
from sct.rules.shapes import of_array, reduced, reduced_real
from sct.rules.table import Texts, Unsupported, rule

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]

rule("nanmax(x, axis=None, *, keepdims=False)", **EXTREME)
rule("nanmin(x, axis=None, *, keepdims=False)", **EXTREME)
rule(
    "nansum(x, axis=None, *, keepdims=False)",
    tangent=lambda types, attrs: f"sum(where(isnan(x), 0.0, x_dot){over(attrs)})",
    adjoint=lambda types, attrs: (f"where(isnan(x), 0.0, {widened('y_bar', types, attrs)})",),
    infer=reduced,
)


_some = of_array("the mean or the variance of a number", reduced_real)


def _count(types: Types, attrs: Attrs) -> Mapping[str, str]:
    """How many numbers there are; 1 where there are none, so that a division by it is harmless."""
    return {
        "present": "astype_like(logical_not(isnan(x)), x)",
        "count": f"maximum(sum(present{over(attrs)}), 1)",
    }


rule(
    "nanmean(x, axis=None, *, keepdims=False)",
    tangent=lambda types, attrs: f"sum(where(isnan(x), 0.0, x_dot){over(attrs)}) / count",
    adjoint=lambda types, attrs: (f"where(isnan(x), 0.0, {widened('share', types, attrs)})",),
    steps=lambda types, attrs: {**_count(types, attrs), "share": "y_bar / count"},
    infer=_some,
)


def _others(types: Types, attrs: Attrs) -> Mapping[str, str]:
    if isinstance(attrs["axis"], tuple):
        raise Unsupported("the derivative of a product over several axes", "take one after the other")
    axis = attrs["axis"]
    along = "" if axis is None else f", axis={axis % types[0].rank if types[0].rank else axis!r}"
    return {"others": f"others_prod(where(isnan(x), 1.0, x){along})"}


rule(
    "nanprod(x, axis=None, *, keepdims=False)",
    tangent=lambda types, attrs: f"sum(where(isnan(x), 0.0, others * x_dot){over(attrs)})",
    adjoint=lambda types, attrs: (f"where(isnan(x), 0.0, others * {widened('y_bar', types, attrs)})",),
    steps=_others,
    infer=of_array("the product of a number", reduced),
)


def _spread(types: Types, attrs: Attrs) -> Mapping[str, str]:
    """What a variance divides by, and each number less their mean."""
    ddof = attrs["ddof"]
    return {
        **_count(types, attrs),
        "freedom": f"count - {ddof!r}" if ddof else "count",
        "around": f"where(isnan(x), 0.0, x - nanmean(x{over(attrs, keepdims=True)}))",
    }


def _var_bar(types: Types, attrs: Attrs) -> Texts:
    return (f"around * {widened('share', types, attrs)}",)


rule(
    "nanvar(x, axis=None, *, ddof=0, keepdims=False)",
    tangent=lambda types, attrs: f"2 * sum(around * x_dot{over(attrs)}) / freedom",
    adjoint=_var_bar,
    steps=lambda types, attrs: {**_spread(types, attrs), "share": "2 * y_bar / freedom"},
    infer=_some,
)
rule(
    "nanstd(x, axis=None, *, ddof=0, keepdims=False)",
    tangent=lambda types, attrs: f"sum(around * x_dot{over(attrs)}) / (freedom * where(y > 0, y, 1))",
    adjoint=_var_bar,
    steps=lambda types, attrs: {**_spread(types, attrs), "share": "y_bar / (freedom * where(y > 0, y, 1))"},
    infer=_some,
)
rule(
    "nancumsum(x, axis=None)",
    tangent=lambda types, attrs: f"cumsum(where(isnan(x), 0.0, x_dot){over(attrs)})",
    adjoint=lambda types, attrs: (f"where(isnan(x), 0.0, {running_sum_bar(types, attrs)[0]})",),
    infer=running_sum,
)
