"""Rows of functions that join arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sct.ir.nodes import Dim, Type
from sct.rules.shapes import array, axes_of, element_of, fresh, promoted
from sct.rules.table import Texts, Unsupported, rule

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def _joined(types: Types, axis: int, least: int, layered: bool = False) -> Type:
    """Arrays joined along ``axis``, each one of at least ``least`` dimensions or, ``layered``, one layer."""
    dtype = promoted(types) or "float"
    ranks = [type_.rank for type_ in types]
    if None in ranks or not types:
        return array(None, dtype)
    full = max(types, key=lambda type_: type_.rank or 0).shape or ()
    size: Dim = len(types) if layered else fresh()
    if len(full) < least:
        full = (*full[:axis], size, *full[axis:]) if len(full) >= axis else (1,) * (least - len(full)) + full
    return array(tuple(size if k == axis else dim for k, dim in enumerate(full)), dtype)


def _concatenated(types: Types, attrs: Attrs) -> Type:
    rank = types[0].rank
    if attrs["axis"] is None or not rank:
        return array((fresh(),) if attrs["axis"] is None else None, promoted(types) or "float")
    return _joined(types, axes_of(rank, attrs["axis"])[0], rank)


def _stacked(types: Types, attrs: Attrs) -> Type:
    rank = types[0].rank
    if rank is None:
        return array(None, promoted(types) or "float")
    return _joined(types, axes_of(rank + 1, attrs.get("axis", 0))[0], rank + 1, layered=True)


def _arrayed(types: Types, attrs: Attrs) -> Type:
    found = _stacked(types, {}) if types else array((0,), "float")
    return array(found.shape, element_of(attrs["dtype"])) if attrs.get("dtype") else found


def _ranks(types: Types, name: str) -> list[int]:
    ranks = [type_.rank for type_ in types]
    if None in ranks:
        raise Unsupported(f"{name} of arrays of unknown rank", "annotate the arrays' shapes")
    return [rank for rank in ranks if rank is not None]


def _taken(widths: list[str], axis: int) -> Texts:
    """The slice of ``y_bar`` along ``axis`` that each operand became; one of no width was a layer of its own."""
    lead, texts = ":, " * axis, []
    for k, width in enumerate(widths):
        start = _total(widths[:k])
        if not width:
            texts.append(f"y_bar[{lead}{start or '0'}]")
        else:
            stop = _total(widths[: k + 1]) if k + 1 < len(widths) else ""
            texts.append(f"y_bar[{lead}{start}:{stop}]")
    return tuple(texts)


def _total(widths: list[str]) -> str:
    layers = sum(not width for width in widths)
    return " + ".join([*filter(None, widths), *([str(layers)] if layers else [])])


def _width(k: int, rank: int, axis: int) -> str:
    return f"shape(x{k})[{axis}]" if axis or rank > 1 else f"len(x{k})"


def _parts(types: Types, attrs: Attrs) -> Texts:
    ranks = _ranks(types, "concatenate")
    if attrs.get("axis", 0) is None:
        raise Unsupported("concatenate with `axis=None`", "write `np.concatenate([a.ravel(), b.ravel()])`")
    (axis,) = axes_of(ranks[0], attrs.get("axis", 0))
    return _taken([_width(k, rank, axis) for k, rank in enumerate(ranks)], axis)


def _layers(types: Types, attrs: Attrs) -> Texts:
    (axis,) = axes_of(_ranks(types, "stack")[0] + 1, attrs.get("axis", 0))
    return _taken([""] * len(types), axis)


def _hstacked(types: Types, attrs: Attrs) -> Type:
    return _joined(types, 0 if all((type_.rank or 0) <= 1 for type_ in types) else 1, 1)


def _hstack_bar(types: Types, attrs: Attrs) -> Texts:
    ranks = _ranks(types, "hstack")
    axis = 0 if max(ranks) <= 1 else 1
    return _taken([_width(k, rank, axis) if rank else "" for k, rank in enumerate(ranks)], axis)


def _vstacked(types: Types, attrs: Attrs) -> Type:
    return _joined(types, 0, 2, layered=all((type_.rank or 0) <= 1 for type_ in types))


def _vstack_bar(types: Types, attrs: Attrs) -> Texts:
    ranks = _ranks(types, "vstack")
    texts = _taken([_width(k, rank, 0) if rank > 1 else "" for k, rank in enumerate(ranks)], 0)
    return tuple(text if rank else f"{text}[0]" for text, rank in zip(texts, ranks, strict=True))


def _column_stacked(types: Types, attrs: Attrs) -> Type:
    if any(not type_.rank for type_ in types):
        raise Unsupported("column_stack of a number", "stack arrays")
    return _joined(types, 1, 2, layered=all(type_.rank == 1 for type_ in types))


def _column_bar(types: Types, attrs: Attrs) -> Texts:
    return _taken([_width(k, rank, 1) if rank > 1 else "" for k, rank in enumerate(_ranks(types, "column_stack"))], 1)


# Joining.
rule("concatenate(*xs, axis=0)", transpose=_parts, infer=_concatenated)
rule("stack(*xs, axis=0)", transpose=_layers, infer=_stacked)
rule("array(*xs, dtype=None)", transpose=_layers, infer=_arrayed)
rule("hstack(*xs)", transpose=_hstack_bar, infer=_hstacked)
rule("vstack(*xs)", transpose=_vstack_bar, infer=_vstacked)
rule("column_stack(*xs)", transpose=_column_bar, infer=_column_stacked)


def _pieces(types: Types, attrs: Attrs) -> int:
    cuts = attrs["indices_or_sections"]
    return cuts if isinstance(cuts, int) else len(cuts) + 1


def _split(types: Types, attrs: Attrs) -> Type:
    x = types[0]
    if x.shape is None:
        raise Unsupported("split of an array of unknown rank", "annotate the array's shape")
    (axis,) = axes_of(len(x.shape), attrs["axis"])
    count = _pieces(types, attrs)
    even = isinstance(attrs["indices_or_sections"], int)
    sizes: list[Dim] = [f"?({x.shape[axis]})/{count}" if even else fresh() for _ in range(count)]
    return Type("tuple", items=tuple(array((*x.shape[:axis], n, *x.shape[axis + 1 :]), x.element) for n in sizes))


def _split_bar(types: Types, attrs: Attrs) -> Texts:
    parts = ", ".join(f"y{k}_bar" for k in range(_pieces(types, attrs)))
    return (f"concatenate({parts}, axis={attrs['axis']!r})",)


rule("split(x, indices_or_sections=..., axis=0)", transpose=_split_bar, infer=_split, view=True)


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


def _widths(types: Types, attrs: Attrs) -> list[tuple[int, int]]:
    rank, width = types[0].rank, attrs["pad_width"]
    if not rank or attrs["mode"] != "constant":
        raise Unsupported("pad other than with zeros, or of unknown rank", "annotate the shape, or concatenate")
    if isinstance(width, int):
        return [(width, width)] * rank
    pairs = [width] * rank if isinstance(width[0], int) else list(width)
    return [(pair[0], pair[-1]) for pair in (pairs * rank if len(pairs) == 1 else pairs)]


def _padded(types: Types, attrs: Attrs) -> Type:
    widths = _widths(types, attrs)
    return array(
        tuple(d if w == (0, 0) else fresh() for d, w in zip(types[0].shape or (), widths, strict=True)),
        types[0].element,
    )


def _padded_bar(types: Types, attrs: Attrs) -> Texts:
    parts = [f"{before or ''}:{-after or ''}" for before, after in _widths(types, attrs)]
    return (f"y_bar[{', '.join(parts)}]",)


rule("pad(x, pad_width=..., mode='constant')", transpose=_padded_bar, infer=_padded)
