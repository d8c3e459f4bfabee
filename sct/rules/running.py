"""Rows of running sums and products.

Kinks: a product with zeros is exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sct.ir.nodes import Type
from sct.rules.shapes import array, axes_of, fresh
from sct.rules.table import Texts, Unsupported, rule

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def _backwards(name: str, rank: int, axis: int) -> str:
    return f"{name}[{':, ' * axis}::-1{', :' * (rank - axis - 1)}]"


def running_sum(types: Types, attrs: Attrs) -> Type:
    x, axis = types[0], attrs.get("axis")
    element = "int" if x.element == "bool" else x.element
    if x.rank == 1 or (axis is not None and x.is_array):
        return array(x.shape, element)
    return array((1,) if x.is_scalar else (fresh(),), element)


def _rank(types: Types) -> int:
    rank = types[0].rank
    if rank is None:
        raise Unsupported("a running sum or product of an array of unknown rank", "annotate the array's shape")
    return rank


def running_sum_bar(types: Types, attrs: Attrs) -> Texts:
    rank, axis = _rank(types), attrs.get("axis")
    if rank <= 1:
        return ("cumsum(y_bar[::-1])[::-1]" if rank else "y_bar[0]",)
    if axis is None:
        return ("reshape(cumsum(y_bar[::-1])[::-1], shape(x))",)
    return (_from_the_end("y_bar", rank, axis),)


def _from_the_end(name: str, rank: int, axis: int) -> str:
    """The running sum of ``name`` from the end of an axis to its front."""
    (axis,) = axes_of(rank, axis)
    along = f", axis={axis}" if rank > 1 else ""
    return _backwards(f"cumsum({_backwards(name, rank, axis)}{along})", rank, axis)


rule("cumsum(x, axis=None)", transpose=running_sum_bar, infer=running_sum)


# Up to the first zero, y / x is the product of the others; the zero's others are the product of what is ``filled``;
# behind it nothing has a slope.
def _product_steps(types: Types, attrs: Attrs) -> Mapping[str, str]:
    rank, axis = _rank(types), attrs["axis"]
    flat = "x" if axis is not None or rank == 1 else "ravel(x)"
    along = "" if axis is None or rank == 1 else f", axis={axis!r}"
    ends = (rank, axis) if along else (1, 0)
    return {
        "first": f"logical_and({flat} == 0, cumsum({flat} == 0{along}) == 1)",
        "filled": f"cumprod(where(first, 1, {flat}){along})",
        "divisor": f"where({flat} == 0, 1, {flat})",
        "whole": "y * y_bar",
        "rest": "filled * y_bar",
        "flat_bar": f"{_from_the_end('whole', *ends)} / divisor + where(first, {_from_the_end('rest', *ends)}, 0)",
    }


def _product_bar(types: Types, attrs: Attrs) -> Texts:
    if not types[0].rank:
        return ("y_bar[0]",)
    return ("flat_bar" if attrs["axis"] is not None or types[0].rank == 1 else "reshape(flat_bar, shape(x))",)


def _product_dot(types: Types, attrs: Attrs) -> str:
    rank, axis = _rank(types), attrs["axis"]
    if not rank:
        return "reshape(x_dot, (1,))"
    dot = "x_dot" if axis is not None or rank == 1 else "ravel(x_dot)"
    along = "" if axis is None or rank == 1 else f", axis={axis!r}"
    return f"y * cumsum({dot} / divisor{along}) + filled * cumsum(where(first, {dot}, 0){along})"


rule(
    "cumprod(x, axis=None)",
    tangent=_product_dot,
    adjoint=_product_bar,
    steps=lambda types, attrs: _product_steps(types, attrs) if types[0].rank else {},
    infer=running_sum,
)
