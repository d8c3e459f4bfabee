"""Rows of functions that join arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sct.ir.sizes import added
from sct.ir.types import Dim, Type
from sct.rules.shapes import array, axes_of, element_of, flat_size, promoted
from sct.rules.table import SHAPES, Texts, Unsupported, rule

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def _joined(types: Types, axis: int, least: int, layered: bool = False) -> Type:
    """Arrays joined along ``axis``, each one of at least ``least`` dimensions or, ``layered``, one layer."""
    dtype = promoted(types) or "float"
    ranks = [type_.rank for type_ in types]
    if None in ranks or not types:
        return array(None, dtype)
    full = max(types, key=lambda type_: type_.rank or 0).shape or ()
    size: Dim = len(types) if layered else _length([type_.shape or () for type_ in types], axis, len(full))
    if len(full) < least:
        full = (*full[:axis], size, *full[axis:]) if len(full) >= axis else (1,) * (least - len(full)) + full
        full += (1,) * (least - len(full))  # numbers, one below the other
    return array(tuple(size if k == axis else dim for k, dim in enumerate(full)), dtype)


def _length(shapes: list[tuple[Dim, ...]], axis: int, rank: int) -> Dim:
    """The length of the whole along ``axis``; what has no such axis is one layer."""
    return added(shape[axis] if len(shape) == rank > axis else 1 for shape in shapes)


def _concatenated(types: Types, attrs: Attrs) -> Type:
    rank = types[0].rank
    if attrs["axis"] is None:
        return array((added(map(flat_size, types)),), promoted(types) or "float")
    return _joined(types, axes_of(rank, attrs["axis"])[0], rank) if rank else array(None, promoted(types) or "float")


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
        raise Unsupported(f"{name} of arrays of unknown rank", SHAPES)
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
    number = sum(int(width or 1) for width in widths if width.isdigit() or not width)
    named = [width for width in widths if width and not width.isdigit()]
    return " + ".join([*named, *([str(number)] if number else [])])


def _width(types: Types, k: int, axis: int) -> str:
    """How wide the ``k``-th array is along an axis."""
    dims = types[k].shape or ()
    if isinstance(dims[axis], int):
        return str(dims[axis])
    rank = len(dims)
    return f"shape(x{k})[{axis}]" if axis or rank > 1 else f"len(x{k})"


def _parts(types: Types, attrs: Attrs) -> Texts:
    ranks = _ranks(types, "concatenate")
    if attrs.get("axis", 0) is None:
        raise Unsupported("concatenate with `axis=None`", "write `np.concatenate([a.ravel(), b.ravel()])`")
    (axis,) = axes_of(ranks[0], attrs.get("axis", 0))
    return _taken([_width(types, k, axis) for k in range(len(ranks))], axis)


def _layers(types: Types, attrs: Attrs) -> Texts:
    (axis,) = axes_of(_ranks(types, "stack")[0] + 1, attrs.get("axis", 0))
    return _taken([""] * len(types), axis)


def _hstacked(types: Types, attrs: Attrs) -> Type:
    return _joined(types, 0 if all((type_.rank or 0) <= 1 for type_ in types) else 1, 1)


def _hstack_bar(types: Types, attrs: Attrs) -> Texts:
    ranks = _ranks(types, "hstack")
    axis = 0 if max(ranks) <= 1 else 1
    return _taken([_width(types, k, axis) if rank else "" for k, rank in enumerate(ranks)], axis)


def _vstacked(types: Types, attrs: Attrs) -> Type:
    return _joined(types, 0, 2, layered=all((type_.rank or 0) <= 1 for type_ in types))


def _vstack_bar(types: Types, attrs: Attrs) -> Texts:
    ranks = _ranks(types, "vstack")
    texts = _taken([_width(types, k, 0) if rank > 1 else "" for k, rank in enumerate(ranks)], 0)
    return tuple(text if rank else f"{text}[0]" for text, rank in zip(texts, ranks, strict=True))


def _column_stacked(types: Types, attrs: Attrs) -> Type:
    if any(not type_.rank for type_ in types):
        raise Unsupported("column_stack of a number", "stack arrays")
    return _joined(types, 1, 2, layered=all(type_.rank == 1 for type_ in types))


def _column_bar(types: Types, attrs: Attrs) -> Texts:
    return _taken([_width(types, k, 1) if rank > 1 else "" for k, rank in enumerate(_ranks(types, "column_stack"))], 1)


# Joining.
rule("concatenate(*xs, axis=0)", transpose=_parts, infer=_concatenated)
rule("stack(*xs, axis=0)", transpose=_layers, infer=_stacked)
rule("array(*xs, dtype=None)", transpose=_layers, infer=_arrayed)
rule("hstack(*xs)", transpose=_hstack_bar, infer=_hstacked)
rule("vstack(*xs)", transpose=_vstack_bar, infer=_vstacked)
rule("column_stack(*xs)", transpose=_column_bar, infer=_column_stacked)


def _dstacked(types: Types, attrs: Attrs) -> Type:
    ranks = _ranks(types, "dstack")
    found = _joined(types, 2, 3, layered=max(ranks) < 3)
    if max(ranks) >= 2 or found.shape is None:
        return found
    return array((1, *(types[ranks.index(max(ranks))].shape or (1,)), len(types)), found.element)


def _dstack_bar(types: Types, attrs: Attrs) -> Texts:
    ranks = _ranks(types, "dstack")
    texts = _taken([_width(types, k, 2) if rank > 2 else "" for k, rank in enumerate(ranks)], 2)
    lead = {0: "y_bar[0, 0, ", 1: "y_bar[0, :, "}
    return tuple(
        text and text.replace("y_bar[:, :, ", lead.get(rank, "y_bar[:, :, "))
        for text, rank in zip(texts, ranks, strict=True)
    )


rule("dstack(*xs)", transpose=_dstack_bar, infer=_dstacked)


def _appended(types: Types, attrs: Attrs) -> Type:
    if attrs["axis"] is not None:
        return _concatenated(types, attrs)
    return array((added(map(flat_size, types)),), promoted(types) or "float")


def _appended_bar(types: Types, attrs: Attrs) -> Texts:
    ranks, names = _ranks(types, "append"), ("x", "values")
    if attrs["axis"] is not None:
        (axis,) = axes_of(ranks[0], attrs["axis"])
        lead, width = ":, " * axis, f"shape(x)[{axis}]" if ranks[0] > 1 else "len(x)"
        return (f"y_bar[{lead}:{width}]", f"y_bar[{lead}{width}:]")
    width = {0: "1", 1: "len(x)"}.get(ranks[0], "size(x)")
    parts = ["y_bar[0]" if not ranks[0] else f"y_bar[:{width}]", f"y_bar[{width}:]" if ranks[1] else f"y_bar[{width}]"]
    return tuple(
        text if rank < 2 else f"reshape({text}, shape({name}))"
        for text, rank, name in zip(parts, ranks, names, strict=True)
    )


rule("appended(x, values, axis=None)", transpose=_appended_bar, infer=_appended)


def _rowed(types: Types, attrs: Attrs) -> Type:
    if len({rank for rank in _ranks(types, "`np.r_`") if rank}) > 1:
        raise Unsupported("`np.r_` of arrays of different ranks", "use `np.concatenate`")
    return _joined(types, 0, 1)


def _rowed_bar(types: Types, attrs: Attrs) -> Texts:
    return _taken([_width(types, k, 0) if rank else "" for k, rank in enumerate(_ranks(types, "`np.r_`"))], 0)


def _columned(types: Types, attrs: Attrs) -> Type:
    ranks = _ranks(types, "`np.c_`")
    if not min(ranks) or max(ranks) > 2:
        raise Unsupported("`np.c_` of a number, or of arrays of more than two dimensions", "use `np.concatenate`")
    return _column_stacked(types, attrs)


# What is written in the brackets of np.r_ and np.c_.
rule("row_pieces(*xs: value)", transpose=_rowed_bar, infer=_rowed)
rule("column_pieces(*xs: value)", transpose=_column_bar, infer=_columned)
