"""Rows of functions that repeat arrays along each other, or put a border around them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sct.ir.sizes import added
from sct.ir.types import Type
from sct.rules.shapes import array, broadcast
from sct.rules.table import SHAPES, Texts, Unsupported, rule

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def _meshed(types: Types, attrs: Attrs) -> Type:
    if any(type_.rank != 1 for type_ in types) or attrs["indexing"] not in ("xy", "ij"):
        raise Unsupported("meshgrid of what is no vector", "annotate the vectors' shapes")
    dims = [type_.shape[0] for type_ in types if type_.shape]
    if attrs["indexing"] == "xy":
        dims[:2] = dims[1::-1]
    return Type("tuple", items=tuple(array(tuple(dims), type_.element) for type_ in types))


def _meshed_bar(types: Types, attrs: Attrs) -> Texts:
    order = list(range(len(types)))
    if attrs["indexing"] == "xy":
        order[:2] = order[1::-1]
    texts = []
    for k in range(len(types)):
        text = f"y{k}_bar"
        for axis in reversed(range(len(types))):
            text = text if order[axis] == k else f"sum({text}, axis={axis})"
        texts.append(text)
    return tuple(texts)


rule("meshgrid(*xs: value, indexing='xy')", transpose=_meshed_bar, infer=_meshed)


def _broadcasted(types: Types, attrs: Attrs) -> Type:
    if any(type_.rank is None for type_ in types):
        raise Unsupported("broadcast_arrays of arrays of unknown rank", SHAPES)
    shape = broadcast(types, "float").shape or ()
    return Type("tuple", items=tuple(array(shape, type_.element) for type_ in types))


rule(
    "broadcast_arrays(*xs: value)",
    transpose=lambda types, attrs: tuple(f"y{k}_bar" for k in range(len(types))),
    broadcasts=True,
    infer=_broadcasted,
    view=True,
)


_GATHERED = ("edge", "reflect", "symmetric", "wrap")


def _widths(types: Types, attrs: Attrs) -> list[tuple[int, int]]:
    rank, width = types[0].rank, attrs["pad_width"]
    if (
        not rank
        or attrs["mode"] not in ("constant", *_GATHERED)
        or not isinstance(attrs["constant_values"], int | float)
    ):
        raise Unsupported(
            f"pad of unknown rank, or with `mode={attrs['mode']!r}`", "annotate the shape, or concatenate"
        )
    if isinstance(width, int):
        return [(width, width)] * rank
    pairs = [width] * rank if isinstance(width[0], int) else list(width)
    return [(pair[0], pair[-1]) for pair in (pairs * rank if len(pairs) == 1 else pairs)]


def _padded(types: Types, attrs: Attrs) -> Type:
    widths = _widths(types, attrs)
    return array(
        tuple(added((dim, sum(width))) for dim, width in zip(types[0].shape or (), widths, strict=True)),
        types[0].element,
    )


def _padded_bar(types: Types, attrs: Attrs) -> Texts:
    widths = _widths(types, attrs)
    if attrs["mode"] == "constant":
        parts = [f"{before or ''}:{-after or ''}" for before, after in widths]
        return (f"y_bar[{', '.join(parts)}]",)
    lengths = ["len(x)"] if len(widths) == 1 else [f"shape(x)[{axis}]" for axis in range(len(widths))]
    places = [f"pad(arange({n}), {width}, mode={attrs['mode']!r})" for n, width in zip(lengths, widths, strict=True)]
    index = places[0] if len(places) == 1 else f"ix({', '.join(places)})"
    return (f"add.at(x_bar[{index}], y_bar)",)


# What is padded with elements of the array's own is read at the places that the numbers of its elements get.
rule(
    "pad(x, pad_width=..., mode='constant', constant_values=0)",
    tangent="pad(x_dot, pad_width, mode=mode)",
    adjoint=_padded_bar,
    infer=_padded,
)
