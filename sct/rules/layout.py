"""Rows of functions that lay the same elements out in another way: shapes, axes, orders, copies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sct.ir.sizes import fresh, multiplied
from sct.ir.types import FLOAT, INT, STR, UNKNOWN, Dim, Type
from sct.rules.shapes import (
    array,
    axes_of,
    dims_of,
    element_of,
    first,
    flat_size,
    items_of,
    of_array,
    reshaped,
    same,
    whole,
)
from sct.rules.table import Infer, Texts, Unsupported, rule, zero

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def _shaped(types: Types, attrs: Attrs) -> Type:
    return reshaped(*types)


def _flat(types: Types, attrs: Attrs) -> Type:
    x = types[0]
    if attrs.get("order") not in (None, "C"):
        raise Unsupported(f"elements in the order `{attrs['order']}`", "write `x.T.ravel()` for the order `F`")
    return array((flat_size(x),), x.element)


def _squeezed(types: Types, attrs: Attrs) -> Type:
    x = types[0]
    if x.is_scalar:
        return x
    if x.shape is None:
        raise Unsupported("squeeze of an array of unknown rank", "annotate the array's shape")
    if attrs["axis"] is not None:
        axes = axes_of(len(x.shape), attrs["axis"])
        return array(tuple(dim for k, dim in enumerate(x.shape) if k not in axes), x.element)
    if any(isinstance(dim, str) and not dim.endswith("+") for dim in x.shape):
        raise Unsupported("it is not known which dimensions squeeze takes away", "name them: `axis=0`")
    return array(tuple(dim for dim in x.shape if dim != 1), x.element)


def _shape(types: Types, attrs: Attrs) -> Type:
    x = types[0]
    if x.is_scalar:
        return Type("tuple")
    return UNKNOWN if x.shape is None else Type("tuple", items=tuple(Type("int", dim=dim) for dim in x.shape))


def _count(types: Types, attrs: Attrs) -> Type:
    return INT if types[0].shape is None else Type("int", dim=flat_size(types[0]))


def _length(types: Types, attrs: Attrs) -> Type:
    x = types[0]
    if x.kind == "tuple":
        return Type("int", dim=len(x.items))
    return Type("int", dim=x.shape[0]) if x.shape else INT


def _unraveled(types: Types, attrs: Attrs) -> Texts:
    return ("y_bar" if types[0].rank == 1 else "reshape(y_bar, shape(x))",)


# Shapes.
rule("reshape(x, shape)", transpose=("reshape(y_bar, shape(x))", None), infer=_shaped, view=True)
rule("ravel(x, order='C')", transpose=_unraveled, infer=_flat, view=True)
rule("flatten(x, order='C')", transpose=_unraveled, infer=_flat)
rule("squeeze(x, axis=None)", transpose=("reshape(y_bar, shape(x))",), infer=_squeezed, view=True)
zero("shape(x)", infer=_shape)
zero("len_(x)", infer=_length)
zero("size(x)", infer=_count)
zero("ndim(x)", infer=whole)
zero("dtype(x)", "kind(x)", infer=lambda types, attrs: STR)
zero("int_(x)", "round_(x)", infer=whole)


def _only(types: Types, attrs: Attrs) -> Type:
    return Type(types[0].element) if types[0].is_array else types[0]  # type: ignore[arg-type]


rule("only(x)", transpose=lambda types, attrs: ("full_like(x, y_bar)" if types[0].is_array else "y_bar",), infer=_only)


def _expanded(types: Types, attrs: Attrs) -> Type:
    x, axis = types[0], attrs["axis"]
    if x.rank is None:
        return x
    rank = x.rank + (1 if isinstance(axis, int) else len(axis))
    axes, dims = axes_of(rank, axis), iter(x.shape or ())
    return array(tuple(1 if k in axes else next(dims) for k in range(rank)), x.element)


def _expanded_bar(types: Types, attrs: Attrs) -> Texts:
    if types[0].is_array and isinstance(attrs["axis"], int):
        return (f"sum(y_bar, axis={attrs['axis']!r})",)
    return ("reshape(y_bar, shape(x))" if types[0].is_array else "sum(y_bar)",)


def _broadcasted(types: Types, attrs: Attrs) -> Type:
    return array(dims_of(types[1]), types[0].element)


rule("expand_dims(x, axis=...)", transpose=_expanded_bar, infer=_expanded, view=True)
rule("broadcast_to(x, shape)", transpose=("y_bar", None), broadcasts=True, infer=_broadcasted, view=True)


def _unbroadcast(types: Types, attrs: Attrs) -> Type:
    like = types[1]
    return Type("array", like.shape) if like.is_array else FLOAT if like.is_scalar else UNKNOWN


def _transposed(types: Types, attrs: Attrs) -> Type:
    x, axes = types[0], attrs.get("axes")
    if x.shape is None:
        return x
    rank = len(x.shape)
    order = tuple(reversed(range(rank))) if axes is None else [a + rank if a < 0 else a for a in axes]
    return Type("array", tuple(x.shape[k] for k in order), x.dtype)


def _untransposed(types: Types, attrs: Attrs) -> Texts:
    axes = attrs.get("axes")
    if axes is None:
        return ("y_bar" if types[0].rank == 0 else "transpose(y_bar)",)
    order = [a + len(axes) if a < 0 else a for a in axes]
    return (f"transpose(y_bar, axes={tuple(order.index(k) for k in range(len(order)))!r})",)


def _swapped(types: Types, attrs: Attrs) -> Type:
    x, axes = types[0], [items_of(type_) for type_ in types[1:]]
    if x.shape is None:
        return x
    if None in axes:
        raise Unsupported("it is not known which axes are swapped", "write the numbers of the axes")
    order = list(range(len(x.shape)))
    (a,), (b,) = (axes_of(len(order), axis) for axis in axes)
    order[a], order[b] = order[b], order[a]
    return Type("array", tuple(x.shape[k] for k in order), x.dtype)


def _moved(types: Types, attrs: Attrs) -> Type:
    x, source, destination = types[0], items_of(types[1]), items_of(types[2])
    if x.shape is None:
        return x
    if source is None or destination is None:
        raise Unsupported("it is not known which axes are moved", "write the numbers of the axes")
    rank = len(x.shape)
    starts, ends = ([axes_of(rank, axis)[0] for axis in axes] for axes in (source, destination))
    rest = iter([k for k in range(rank) if k not in starts])
    order = [starts[ends.index(k)] if k in ends else next(rest) for k in range(rank)]
    return Type("array", tuple(x.shape[k] for k in order), x.dtype)


# Axes and orders.
rule("unbroadcast(x, like)", transpose=("unbroadcast(y_bar + zeros_like(x), x)", None), infer=_unbroadcast)
rule("transpose(x, axes=None)", transpose=_untransposed, infer=_transposed, view=True)
rule("swapaxes(x, axis1, axis2)", transpose=("swapaxes(y_bar, axis1, axis2)", None, None), infer=_swapped, view=True)
rule(
    "moveaxis(x, source, destination)",
    transpose=("moveaxis(y_bar, destination, source)", None, None),
    infer=_moved,
    view=True,
)


def _rolled_axis(types: Types) -> tuple[int, int]:
    """Where the axis that ``rollaxis`` moves is, and where it goes."""
    rank, axis, start = types[0].rank, types[1].dim, types[2].dim
    if rank is None or not isinstance(axis, int) or not isinstance(start, int):
        raise Unsupported("it is not known which axis is moved", "write its number, and annotate the array's shape")
    axis, start = axis % rank, start + rank if start < 0 else start
    return axis, start - 1 if start > axis else start


def _axis_rolled(types: Types, attrs: Attrs) -> Type:
    axis, start = _rolled_axis(types)
    rest = [dim for k, dim in enumerate(types[0].shape or ()) if k != axis]
    rest.insert(start, (types[0].shape or ())[axis])
    return Type("array", tuple(rest), types[0].dtype)


def _axis_rolled_bar(types: Types, attrs: Attrs) -> Texts:
    axis, start = _rolled_axis(types)
    return (f"moveaxis(y_bar, {start}, {axis})", None, None)


rule("rollaxis(x, axis, start: value = 0)", transpose=_axis_rolled_bar, infer=_axis_rolled, view=True)
rule("flip(x, axis=None)", transpose=("flip(y_bar, axis)",), infer=first, view=True)
rule("fliplr(x)", transpose=("fliplr(y_bar)",), infer=first, view=True)
rule("flipud(x)", transpose=("flipud(y_bar)",), infer=first, view=True)


def _rolled_bar(types: Types, attrs: Attrs) -> Texts:
    if types[1].kind != "tuple":
        return ("roll(y_bar, -shift, axis)", None)
    shifts = items_of(types[1])
    if shifts is None:
        raise Unsupported("roll by a tuple of numbers that are not literals", "roll one axis after the other")
    return (f"roll(y_bar, {tuple(-shift for shift in shifts)!r}, axis)", None)


rule("roll(x, shift, axis=None)", transpose=_rolled_bar, infer=first)


def _times(dim: Dim, times: Dim | None) -> Dim:
    return fresh() if times is None else multiplied((dim, times))


def _repeated(types: Types, attrs: Attrs) -> Type:
    x, axis = types[0], attrs.get("axis")
    if axis is None or x.is_scalar:
        return array((_times(flat_size(x), types[1].dim),), x.element)
    if x.shape is None:
        return x
    (axis,) = axes_of(len(x.shape), axis)
    return array(tuple(_times(d, types[1].dim) if k == axis else d for k, d in enumerate(x.shape)), x.element)


def _repeated_bar(types: Types, attrs: Attrs) -> Texts:
    rank, axis = types[0].rank, attrs.get("axis")
    if rank is None:
        raise Unsupported("repeat of an array of unknown rank", "annotate the array's shape")
    if types[1].kind != "int":
        raise Unsupported("repeat by a different number for each element", "repeat by one number")
    if not rank:
        return ("sum(y_bar)", None)
    if axis is None:
        shape = "(size(x), repeats)" if rank > 1 else "(len(x), repeats)"
        bar = f"sum(reshape(y_bar, {shape}), axis=1)"
        return (f"reshape({bar}, shape(x))" if rank > 1 else bar, None)
    (axis,) = axes_of(rank, axis)
    dims = [f"shape(x)[{k}]" for k in range(rank)]
    shape = ", ".join([*dims[: axis + 1], "repeats", *dims[axis + 1 :]]) if rank > 1 else "len(x), repeats"
    return (f"sum(reshape(y_bar, ({shape})), axis={axis + 1})", None)


def _tiled(types: Types, attrs: Attrs) -> Type:
    x, reps = types[0], (types[1],) if types[1].kind == "int" else types[1].items
    if x.rank is None or types[1].kind not in ("int", "tuple"):
        return array(None, x.element)
    rank = max(x.rank, len(reps))
    dims = (*(1,) * (rank - x.rank), *(x.shape or ()))
    times = (*(1,) * (rank - len(reps)), *(item.dim for item in reps))
    return array(tuple(map(_times, dims, times)), x.element)


def _tiled_bar(types: Types, attrs: Attrs) -> Texts:
    rank, reps = types[0].rank, types[1]
    if rank is None:
        raise Unsupported("tile of an array of unknown rank", "annotate the array's shape")
    if not rank:
        return ("sum(y_bar)", None)
    times = ["reps"] if reps.kind == "int" else [f"reps[{k}]" for k in range(len(reps.items))]
    literal = items_of(reps)
    if literal is not None:
        times = [str(number) for number in literal]
    dims = ["len(x)"] if rank == 1 else [f"shape(x)[{k}]" for k in range(rank)]
    bar, ones = "y_bar", max(0, len(times) - rank)
    dims, times = ["1"] * ones + dims, ["1"] * (rank - len(times)) + times
    shape = [part for pair in zip(times, dims, strict=True) for part in pair]
    kept = [(k, part) for k, part in enumerate(shape) if part != "1"]
    over = [place for place, (k, _) in enumerate(kept) if k % 2 == 0]
    bar = f"reshape(y_bar, ({', '.join(part for _, part in kept)},))"
    for axis in reversed(over):
        bar = f"sum({bar}, axis={axis})"
    return (bar, None)


rule("repeat(x, repeats, axis=None)", transpose=_repeated_bar, infer=_repeated)
rule("tile(x, reps)", transpose=_tiled_bar, infer=_tiled)


def _at_least(rank: int) -> Infer:
    def infer(types: Types, attrs: Attrs) -> Type:
        x = types[0]
        if x.rank is None:
            raise Unsupported(f"atleast_{rank}d of an array of unknown rank", "annotate the array's shape")
        before, after = {(1, 2): (1, 0), (1, 3): (1, 1), (2, 3): (0, 1)}.get((x.rank, rank), (rank - x.rank, 0))
        return array((1,) * before + (x.shape or ()) + (1,) * after, x.element)

    return infer


def _at_least_bar(rank: int, added: Mapping[int, str]) -> Callable[[Types, Attrs], Texts]:
    """What undoes it: the index, by the rank that was, of what is of length 1 in the axes that were ``added``."""

    def bar(types: Types, attrs: Attrs) -> Texts:
        x = types[0]
        if x.rank is None:
            return ("reshape(y_bar, shape(x))",)
        return ("y_bar" if x.rank >= rank else f"y_bar[{added[x.rank]}]" if x.rank else "sum(y_bar)",)

    return bar


rule("atleast_1d(x)", transpose=_at_least_bar(1, {}), infer=_at_least(1), view=True)
rule("atleast_2d(x)", transpose=_at_least_bar(2, {1: "0"}), infer=_at_least(2), view=True)
rule("atleast_3d(x)", transpose=_at_least_bar(3, {1: "0, :, 0", 2: "..., 0"}), infer=_at_least(3), view=True)


def _rotated(types: Types, attrs: Attrs) -> Type:
    x, k = types[0], types[1].dim
    if x.shape is None or len(x.shape) < 2 or not isinstance(k, int):
        raise Unsupported("rot90 by a number that is not known", "write the number, and annotate the array's shape")
    a, b, *rest = x.shape
    return array((b, a, *rest) if k % 2 else x.shape, x.element)


rule("rot90(x, k: value = 1)", transpose=("rot90(y_bar, -k)", None), infer=_rotated, view=True)


def _as_like(types: Types, attrs: Attrs) -> Type:
    """The shape of the first operand, and the elements of the second."""
    x, like = types
    return array(x.shape if x.is_array else (), like.element) if like.element in ("float", "int", "bool") else x


# Copies, and the same numbers as another array.
rule("copy(x)", transpose=("y_bar",), infer=first, cheap=True)
rule("astype_like(x, like)", transpose=("astype_like(y_bar, x)", None), infer=_as_like, cheap=True)
zero("stop_gradient(x)", infer=first, view=True)  # by declaration; at run time it is its argument


def _converted(types: Types, attrs: Attrs) -> Type:
    x = types[0]
    if not (x.is_scalar or x.is_array):
        raise Unsupported("an array of what is not known", "annotate it")
    dtype = attrs.get("dtype")
    return array(() if x.is_scalar else x.shape, x.element if dtype is None else element_of(dtype))


def _converted_bar(types: Types, attrs: Attrs) -> Texts:
    return ("y_bar" if attrs.get("dtype") is None else "astype_like(y_bar, x)",)


rule("real(x)", transpose=("y_bar",), infer=same, view=True)
rule("asarray(x, dtype=None)", transpose=_converted_bar, infer=_converted, view=True)
rule(
    "ascontiguousarray(x, dtype=None)",
    transpose=_converted_bar,
    infer=of_array("an array of a number", _converted),
    view=True,
)


def _copied(types: Types, attrs: Attrs) -> Type:
    if attrs.get("copy") is not True:
        raise Unsupported("`np.array` of an array that it may not copy", "write `np.asarray(…)`, or leave `copy` out")
    return _converted(types, attrs)


rule("array_of(x, dtype=None, *, copy=True)", transpose=_converted_bar, infer=_copied)
rule("astype(x, dtype=...)", transpose=_converted_bar, infer=_converted)
