"""Rows of running sums and products.

Kinks: a product with zeros is exact; of equal elements, the last one is the running maximum, or minimum.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sct.ir.types import Type
from sct.rules.shapes import array, axes_of, flat_size
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
    return array((flat_size(x),), element)


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


# y[k] = a[k] * y[k - 1] + b[k] along the first axis, without a[0] (a helper in the generated module): its derivatives
# are of the same kind, and so are those of running products, which need no quotient then, and are right at zeros.
def _recurred_bar(a: str, y_bar: str, rank: int) -> str:
    """The adjoint of ``b``: the same from the end."""
    return f"recurrence(roll({a}, -1{', axis=0' if rank > 1 else ''})[::-1], {y_bar}[::-1])[::-1]"


rule(
    "recurrence(a, b)",
    tangent="recurrence(a, b_dot + a_dot * before)",
    adjoint=lambda types, attrs: ("before * b_bar", _recurred_bar("a", "y_bar", _rank(types))),
    steps={"before": "concatenate(zeros_like(y[:1]), y[:-1])"},
    infer=lambda types, attrs: array(types[1].shape, "float"),
    cheap=False,
)


def _product_steps(types: Types, attrs: Attrs) -> Mapping[str, str]:
    """The factors, the products and their derivatives with the axis in front, and the products before each."""
    rank, axis = _rank(types), attrs["axis"]
    moved = {name: name for name in ("x", "x_dot", "y", "y_bar")}
    if axis is None and rank > 1:
        moved.update(x="ravel(x)", x_dot="ravel(x_dot)")
    elif axis is not None and axis % rank:
        moved = {name: f"moveaxis({name}, {axis!r}, 0)" for name in moved}
    products = "y" if moved["y"] == "y" else "products"
    return {
        "factors": moved["x"],
        "products": moved["y"],
        "before": f"concatenate(ones_like({products}[:1]), {products}[:-1])",
        "along": f"recurrence(factors, before * {moved['x_dot']})",
        "along_bar": f"before * {_recurred_bar('factors', moved['y_bar'], 1 if axis is None else rank)}",
    }


def _product_bar(types: Types, attrs: Attrs) -> Texts:
    rank, axis = types[0].rank or 0, attrs["axis"]
    if not rank:
        return ("y_bar[0]",)
    if axis is None and rank > 1:
        return ("reshape(along_bar, shape(x))",)
    return (f"moveaxis(along_bar, 0, {axis!r})" if axis is not None and axis % rank else "along_bar",)


def _product_dot(types: Types, attrs: Attrs) -> str:
    rank, axis = _rank(types), attrs["axis"]
    if not rank:
        return "reshape(x_dot, (1,))"
    return f"moveaxis(along, 0, {axis!r})" if axis is not None and axis % rank else "along"


rule(
    "cumprod(x, axis=None)",
    tangent=_product_dot,
    adjoint=_product_bar,
    steps=lambda types, attrs: _product_steps(types, attrs) if types[0].rank else {},
    infer=running_sum,
)


def _extreme_so_far(types: Types, attrs: Attrs) -> Type:
    if types[0].rank != 1 or attrs["axis"] not in (0, -1):
        raise Unsupported("a running maximum or minimum of what is no vector", "let a loop go over its rows")
    return types[0]


_EXTREME: dict[str, Any] = {
    "tangent": "x_dot[leaders]",
    "transpose": ("add.at(x_bar[leaders], y_bar)",),
    "steps": {"leaders": "running_max(where(x == y, arange(size(x)), 0))"},
    "infer": _extreme_so_far,
    "cheap": False,
}
rule("running_max(x, axis=0)", **_EXTREME)
rule("running_min(x, axis=0)", **_EXTREME)
