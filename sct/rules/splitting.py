"""Rows of functions that split an array."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sct.ir.sizes import divided, fresh
from sct.ir.types import Dim, Type
from sct.rules.shapes import array, axes_of
from sct.rules.table import Texts, Unsupported, rule

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]
Axis = Callable[[int, Attrs], int]


def _pieces(attrs: Attrs) -> int:
    cuts = attrs["indices_or_sections"]
    return cuts if isinstance(cuts, int) else len(cuts) + 1


def _split(name: str, axis_of: Axis, least: int = 1, even: bool = True) -> None:
    """Add the row of a function that splits along an axis, evenly where it is told the number of pieces."""

    def infer(types: Types, attrs: Attrs) -> Type:
        x = types[0]
        if x.shape is None or len(x.shape) < least:
            raise Unsupported(f"{name.partition('(')[0]} of an array of this rank", "annotate the array's shape")
        axis, count = axis_of(len(x.shape), attrs), _pieces(attrs)
        alike = even and isinstance(attrs["indices_or_sections"], int)
        sizes: list[Dim] = [divided(x.shape[axis], count) if alike else fresh() for _ in range(count)]
        return Type("tuple", items=tuple(array((*x.shape[:axis], n, *x.shape[axis + 1 :]), x.element) for n in sizes))

    def bar(types: Types, attrs: Attrs) -> Texts:
        parts = ", ".join(f"y{k}_bar" for k in range(_pieces(attrs)))
        axis = attrs["axis"] if "axis" in attrs else axis_of(types[0].rank or 1, attrs)
        return (f"concatenate({parts}, axis={axis!r})",)

    rule(name, transpose=bar, infer=infer, view=True)


def _given(rank: int, attrs: Attrs) -> int:
    return axes_of(rank, attrs["axis"])[0]


_split("split(x, indices_or_sections=..., axis=0)", _given)
_split("array_split(x, indices_or_sections=..., axis=0)", _given, even=False)
_split("hsplit(x, indices_or_sections=...)", lambda rank, attrs: 0 if rank == 1 else 1)
_split("vsplit(x, indices_or_sections=...)", lambda rank, attrs: 0, least=2)
_split("dsplit(x, indices_or_sections=...)", lambda rank, attrs: 2, least=3)
