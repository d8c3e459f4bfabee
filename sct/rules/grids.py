"""Rows of functions that repeat arrays along each other, or put a border around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sct.ir.sizes import added, fresh
from sct.ir.types import Dim, Type
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
    return Type("tuple", items=tuple(replace(array(shape, type_.element), shape=shape) for type_ in types))


rule(
    "broadcast_arrays(*xs: value)",
    transpose=lambda types, attrs: tuple(f"y{k}_bar" for k in range(len(types))),
    broadcasts=True,
    infer=_broadcasted,
    view=True,
)


_OF_ELEMENTS = ("edge", "reflect", "symmetric", "wrap")
"""The modes in which the border shows elements again."""
_Width = tuple[str, Dim | None]
"""How much is added at an end: as a text, and as a size."""


def _widths(types: Types, attrs: Attrs) -> list[tuple[_Width, _Width]]:
    """What is added before and after each axis."""
    x, width = types
    if not x.rank or attrs["mode"] not in ("constant", *_OF_ELEMENTS):
        raise Unsupported("pad with what is computed, or of unknown rank", "annotate the shape, or concatenate")
    if width.kind == "int":
        return [(_width(width, "pad_width"),) * 2] * x.rank
    pairs = [(k, item) for k, item in enumerate(width.items) if item.kind == "tuple"]
    ends = [_ends(item, f"pad_width[{k}]") for k, item in pairs] or [_ends(width, "pad_width")]
    if width.kind != "tuple" or len(ends) not in (1, x.rank) or len(pairs) not in (0, len(width.items)):
        raise Unsupported("widths that are not written out", "write `((1, 1), (k, k))`, a pair for each axis")
    return ends * x.rank if len(ends) == 1 else ends


def _ends(pair: Type, text: str) -> tuple[_Width, _Width]:
    if pair.kind != "tuple" or len(pair.items) not in (1, 2) or any(item.kind != "int" for item in pair.items):
        raise Unsupported("widths that are not written out", "write `((1, 1), (k, k))`, a pair for each axis")
    found = [_width(item, f"{text}[{k}]") for k, item in enumerate(pair.items)]
    return found[0], found[-1]


def _width(number: Type, text: str) -> _Width:
    return (text if number.literal is None else str(number.literal[0]), number.dim)


def _padded(types: Types, attrs: Attrs) -> Type:
    dims = zip(types[0].shape or (), _widths(types, attrs), strict=True)
    return array(tuple(_widened(dim, before[1], after[1]) for dim, (before, after) in dims), types[0].element)


def _widened(*dims: Dim | None) -> Dim:
    known = [dim for dim in dims if dim is not None]
    return added(known) if len(known) == len(dims) else fresh()


def _padded_bar(types: Types, attrs: Attrs) -> Texts:
    rank = types[0].rank or 1
    inner, shown = [], []
    for axis, ((before, _), (after, _)) in enumerate(_widths(types, attrs)):
        size = f"shape(x)[{axis}]" if rank > 1 else "len(x)"
        end = f"-{after}" if after.isdecimal() else f"{before} + {size}"
        inner.append(f"{before if before != '0' else ''}:{end if after != '0' else ''}")
        shown.append(f"pad(arange({size}), ({before}, {after}), mode='{attrs['mode']}')")
    if attrs["mode"] == "constant":
        return (f"y_bar[{', '.join(inner)}]", None)
    place = shown[0] if rank == 1 else f"ix({', '.join(shown)})"
    return (f"add.at(x_bar[{place}], y_bar)", None)


# What is padded with elements of the array's own is read at the places that the numbers of its elements get.
rule(
    "pad(x, pad_width, mode='constant', constant_values=0)",
    tangent="pad(x_dot, pad_width, mode=mode)",
    adjoint=_padded_bar,
    infer=_padded,
)
