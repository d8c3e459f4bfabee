"""Rows of functions that join arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sct.ir.nodes import Dim, Type
from sct.rules.shapes import array, axes_of, fresh, promoted
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
rule("array(*xs)", transpose=_layers, infer=_stacked)
rule("hstack(*xs)", transpose=_hstack_bar, infer=_hstacked)
rule("vstack(*xs)", transpose=_vstack_bar, infer=_vstacked)
rule("column_stack(*xs)", transpose=_column_bar, infer=_column_stacked)
