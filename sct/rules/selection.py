"""Rows of functions that take some of an array's elements, or put them in their places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sct.ir.sizes import added, fresh, shift
from sct.ir.types import Type
from sct.rules.reductions import by_numbers, over, widened
from sct.rules.shapes import array, axes_of, boolean, flat_size, reduced_int, reduced_real
from sct.rules.table import Steps, Texts, Unsupported, rule, zero

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def _triangle(types: Types, attrs: Attrs) -> Type:
    if types[0].rank is not None and types[0].rank < 2:
        raise Unsupported("a triangle of a vector or number", "use an array of two or more dimensions")
    return types[0]


# Triangles and diagonals.
rule("tril(x, k: value = 0)", transpose=("tril(y_bar, k)", None), infer=_triangle)
rule("triu(x, k: value = 0)", transpose=("triu(y_bar, k)", None), infer=_triangle)


def _is_square(type_: Type) -> bool:
    return type_.shape is not None and len(type_.shape) == 2 and type_.shape[0] == type_.shape[1]


def _diagonal(types: Types, attrs: Attrs) -> Type:
    x, k = types[0], types[1].dim
    if x.rank == 1 and x.shape is not None:
        n = added((x.shape[0], abs(k))) if isinstance(k, int) else fresh()
        return array((n, n), x.element)
    return _diagonal_of(types, attrs)


def _diagonal_of(types: Types, attrs: Attrs) -> Type:
    x, k = types[0], types[1].dim
    if x.shape is None:
        raise Unsupported("a diagonal of an array of unknown rank", "annotate the shape of the matrix")
    if len(x.shape) != 2:
        raise Unsupported(f"a diagonal of an array of rank {x.rank}", "take one matrix at a time: `x[:, :, k]`")
    return array((shift(x.shape[0], -abs(k)) if isinstance(k, int) and _is_square(x) else fresh(),), x.element)


def _traced(types: Types, attrs: Attrs) -> Type:
    _diagonal_of(types, attrs)
    return array((), types[0].element if types[0].element != "bool" else "int")


def _on_diagonal(types: Types, k: str) -> str:
    """``y_bar`` added to a diagonal of ``x_bar``."""
    offset, places = types[1].dim, "arange(len(y))"
    if isinstance(offset, int):
        rows = f"{places} + {-offset}" if offset < 0 else places
        columns = f"{places} + {offset}" if offset > 0 else places
    else:
        rows, columns = f"{places} + maximum(-{k}, 0)", f"{places} + maximum({k}, 0)"
    return f"x_bar[{rows}, {columns}] += y_bar"


def _diag_bar(types: Types, attrs: Attrs) -> Texts:
    known = types[0].rank == 1 or _is_square(types[0])
    return ("diag(y_bar, k)" if known else _on_diagonal(types, "k"), None)


def _diagonal_bar(types: Types, attrs: Attrs) -> Texts:
    return ("diag(y_bar, offset)" if _is_square(types[0]) else _on_diagonal(types, "offset"), None)


def _trace_bar(types: Types, attrs: Attrs) -> Texts:
    shape = "len(x)" if _is_square(types[0]) else "shape(x)[0], shape(x)[1]"
    return (f"y_bar * astype_like(eye({shape}, k=offset), x)", None)


rule("diag(x, k: value = 0)", transpose=_diag_bar, infer=_diagonal, view=True)
rule("diagonal(x, offset: value = 0)", transpose=_diagonal_bar, infer=_diagonal_of, view=True)


def _flat_diagonal(types: Types, attrs: Attrs) -> Type:
    return _diagonal((array((flat_size(types[0]),), types[0].element), types[1]), attrs)


def _flat_diagonal_bar(types: Types, attrs: Attrs) -> Texts:
    text = "diagonal(y_bar, k)"
    return ({0: f"{text}[0]", 1: text}.get(types[0].rank or 0, f"reshape({text}, shape(x))"), None)


rule(
    "diagflat(x, k: value = 0)",
    transpose=_flat_diagonal_bar,
    infer=_flat_diagonal,
)
rule("trace(x, offset: value = 0)", transpose=_trace_bar, infer=_traced)


def _along(types: Types, attrs: Attrs) -> str:
    axis = attrs["axis"]
    return "" if types[0].rank == 1 and axis in (0, -1) else f", axis={axis!r}"


def _sorted(types: Types, attrs: Attrs) -> Type:
    if not types[0].rank or attrs["axis"] is None:
        raise Unsupported(
            "sort of an array of unknown rank, or of all elements", "annotate the shape; sort `x.ravel()`"
        )
    return types[0]


def _sort_bar(types: Types, attrs: Attrs) -> Texts:
    along = _along(types, attrs)
    if not along:
        return ("x_bar[argsort(x)] += y_bar",)
    return (f"take_along_axis(y_bar, argsort(argsort(x{along}){along}){along})",)


def _sort_dot(types: Types, attrs: Attrs) -> str:
    along = _along(types, attrs)
    return f"take_along_axis(x_dot, argsort(x{along}){along})" if along else "x_dot[argsort(x)]"


# Orders.  Where elements are equal, one of their orders is taken.
rule("sort(x, axis=-1)", tangent=_sort_dot, adjoint=_sort_bar, infer=_sorted)


def _parted_bar(types: Types, attrs: Attrs) -> Texts:
    along = _along(types, attrs)
    if not along:
        return ("x_bar[argsort(x)] += y_bar[argsort(y)]", None)
    bar = f"take_along_axis(y_bar, argsort(y{along}){along})"
    return (f"take_along_axis({bar}, argsort(argsort(x{along}){along}){along})", None)


def _parted_dot(types: Types, attrs: Attrs) -> str:
    along = _along(types, attrs)
    back = f"argsort(argsort(y{along}){along})"
    return f"take_along_axis({_sort_dot(types, attrs)}, {back}{along})" if along else f"x_dot[argsort(x)][{back}]"


# NumPy does not tell which order a partition takes: the one that it gave is matched by the order of its values.
rule("partition(x, kth, axis=-1)", tangent=_parted_dot, adjoint=_parted_bar, infer=_sorted)


def _ordered(types: Types, attrs: Attrs) -> Type:
    by_numbers(types, attrs)
    return array(types[0].shape if attrs["axis"] is not None else (flat_size(types[0]),), "int")


zero("argsort(x, axis=-1, kind=None)", "argpartition(x, kth, axis=-1)", infer=_ordered, cheap=False)


def _searched(types: Types, attrs: Attrs) -> Type:
    return array(types[1].shape if types[1].is_array else (), "int")


zero("searchsorted(a, v, side='left')", infer=_searched, cheap=False)
zero("digitize(x, bins, right=False)", infer=lambda types, attrs: _searched(types[::-1], attrs), cheap=False)
zero("isin(x, values)", infer=lambda types, attrs: boolean(types[:1], attrs), cheap=False)
zero("count_nonzero(x, axis=None)", infer=reduced_int, cheap=False)


def _quantile(types: Types, attrs: Attrs) -> Type:
    q = attrs.get("q", 0)
    if not types[0].rank or isinstance(attrs["axis"], tuple) or not isinstance(q, int | float):
        raise Unsupported(
            "a quantile of a number, of unknown rank, over several axes, or several at once", "take one after the other"
        )
    return reduced_real(types, attrs)


def _quantile_steps(share: float | None) -> Steps:
    def steps(types: Types, attrs: Attrs) -> Mapping[str, str]:
        axis, rank = attrs["axis"], types[0].rank or 1
        along = "" if axis is None or rank == 1 else f", axis={axis!r}"
        order = f"argsort(argsort(x{along}){along})"
        if axis is None and rank > 1:
            order = "reshape(argsort(argsort(ravel(x))), shape(x))"
        count = "size(x)" if axis is None or rank == 1 else f"shape(x)[{axes_of(rank, axis)[0]}]"
        place = f"{count} - 1" if share is None else f"{attrs['q'] * share!r} * ({count} - 1)"
        off = f"abs({order} - {place})" if share is not None else f"abs({order} - ({place}) / 2)"
        return {"weights": f"astype_like(maximum(1 - {off}, 0), x)"}

    return steps


def _quantile_bar(types: Types, attrs: Attrs) -> Texts:
    return (f"weights * {widened('y_bar', types, attrs)}",)


def _quantile_dot(types: Types, attrs: Attrs) -> str:
    return f"sum(weights * x_dot{over(attrs)})"


# Quantiles: a mean of the two elements next to the place, weighed by how near they are.
rule(
    "median(x, axis=None, *, keepdims=False)",
    tangent=_quantile_dot,
    adjoint=_quantile_bar,
    steps=_quantile_steps(None),
    infer=_quantile,
)
rule(
    "quantile(x, q=..., axis=None, *, keepdims=False)",
    tangent=_quantile_dot,
    adjoint=_quantile_bar,
    steps=_quantile_steps(1.0),
    infer=_quantile,
)
rule(
    "percentile(x, q=..., axis=None, *, keepdims=False)",
    tangent=_quantile_dot,
    adjoint=_quantile_bar,
    steps=_quantile_steps(0.01),
    infer=_quantile,
)


def _taken(types: Types, attrs: Attrs) -> Type:
    x, i = types
    if x.shape is None or i.rank is None or i.element != "int":
        raise Unsupported("take of unknown rank, or with indices that are no integers", "annotate the shapes")
    if attrs["axis"] is None and len(x.shape) > 1:
        raise Unsupported("take from all elements of a matrix", "name the axis, or take from `x.ravel()`")
    (axis,) = axes_of(len(x.shape), attrs["axis"] or 0)
    return array((*x.shape[:axis], *(i.shape or ()), *x.shape[axis + 1 :]), x.element)


def _take_bar(types: Types, attrs: Attrs) -> Texts:
    (axis,) = axes_of(types[0].rank or 1, attrs["axis"] or 0)
    return (f"add.at(x_bar[{':, ' * axis}indices], y_bar)", None)


rule("take(x, indices, axis=None)", transpose=_take_bar, infer=_taken)


def _along_axis(types: Types, attrs: Attrs) -> Type:
    return array(types[1].shape, types[0].element)


def _along_axis_bar(types: Types, attrs: Attrs) -> Texts:
    rank = types[0].rank
    if rank not in (1, 2) or attrs["axis"] is None:
        raise Unsupported(
            "the derivative of take_along_axis of more than a matrix", "index with arrays (`x[rows, columns]`)"
        )
    (axis,) = axes_of(rank, attrs["axis"])
    others = "expand_dims(arange(len(x)), 1), " if axis else "", "" if axis or rank == 1 else ", arange(shape(x)[1])"
    return (f"add.at(x_bar[{others[0]}indices{others[1]}], y_bar)", None)


rule("take_along_axis(x, indices, axis=-1)", transpose=_along_axis_bar, infer=_along_axis)


def _compressed(types: Types, attrs: Attrs) -> Type:
    x, axis = types[1], attrs["axis"]
    if x.shape is None or (axis is None and len(x.shape) > 1):
        raise Unsupported("compress of unknown rank, or of all elements", "annotate the shape, name the axis")
    (axis,) = axes_of(len(x.shape), axis or 0)
    return array(tuple(fresh() if k == axis else dim for k, dim in enumerate(x.shape)), x.element)


def _compressed_bar(types: Types, attrs: Attrs) -> Texts:
    (axis,) = axes_of(types[1].rank or 1, attrs["axis"] or 0)
    length = "len(x)" if types[1].rank == 1 else f"shape(x)[{axis}]"
    return (None, f"x_bar[{':, ' * axis}compress(condition, arange({length}))] += y_bar")


rule("compress(condition, x, axis=None)", transpose=_compressed_bar, infer=_compressed)


def _deleted(types: Types, attrs: Attrs) -> Type:
    x, places = types
    at_places = places.element == "int" or (places.element == "bool" and places.rank == 1)
    if x.shape is None or (attrs["axis"] is None and len(x.shape) > 1) or not at_places:
        reason = "delete of unknown rank, from all elements, or other than at ints or by a mask"
        raise Unsupported(reason, "name the axis, and ints or a mask of rank 1")
    (axis,) = axes_of(len(x.shape), attrs["axis"] or 0)
    left = shift(x.shape[axis], -1) if places.is_scalar else fresh()
    return array((*x.shape[:axis], left, *x.shape[axis + 1 :]), x.element)


def _deleted_bar(types: Types, attrs: Attrs) -> Texts:
    (axis,) = axes_of(types[0].rank or 1, attrs["axis"] or 0)
    length = f"shape(x)[{axis}]" if (types[0].rank or 1) > 1 else "len(x)"
    return (f"x_bar[{':, ' * axis}delete(arange({length}), places)] += y_bar", None)


rule("delete(x, places, axis=None)", transpose=_deleted_bar, infer=_deleted)


def _inserted(types: Types, attrs: Attrs) -> Type:
    x, place, values = types
    if place.kind != "int" or x.element != "float" or x.shape is None:
        raise Unsupported("insert at other than one place of an array of floats", "use `np.concatenate`")
    rank, axis = len(x.shape), attrs["axis"]
    if values.rank != rank - 1 and not (rank == 1 and values.rank == 1):
        raise Unsupported("insert of what is no element, vector or row of the array", "use `np.concatenate`")
    if rank not in (1, 2) or (rank == 2 and axis is None):
        raise Unsupported("insert into all elements, or into more than a matrix", "name the axis, or use `x.ravel()`")
    (axis,) = axes_of(rank, axis or 0)
    more = (values.shape or (1,))[0] if rank == 1 else 1
    return array((*x.shape[:axis], added((x.shape[axis], more)), *x.shape[axis + 1 :]), "float")


def _inserted_bar(types: Types, attrs: Attrs) -> Texts:
    rank, k = types[0].rank or 1, types[1].dim
    (axis,) = axes_of(rank, attrs["axis"] or 0)
    length = f"shape(x)[{axis}]" if rank > 1 else "len(x)"
    start = "start" if not isinstance(k, int) else str(k) if k >= 0 else f"{length} - {-k}"
    along, lead = f", axis={axis}" if rank > 1 else "", ":, " * axis
    if rank == types[2].rank:
        places, own = f"arange({start}, {start} + len(values))", f"y_bar[{start} : {start} + len(values)]"
    else:
        places, own = start, f"y_bar[{lead}{start}]"
    return (f"delete(y_bar, {places}{along})", None, own)


def _inserted_steps(types: Types, attrs: Attrs) -> Mapping[str, str]:
    (axis,) = axes_of(types[0].rank or 1, attrs["axis"] or 0)
    length = f"shape(x)[{axis}]" if (types[0].rank or 1) > 1 else "len(x)"
    return {"start": f"where(place < 0, place + {length}, place)"}


rule(
    "insert(x, place, values, axis=None)",
    transpose=_inserted_bar,
    steps=_inserted_steps,
    broadcasts=lambda types: types[0].rank == 2,  # a row of one element is repeated
    infer=_inserted,
)
