"""Rows of functions that take some of an array's elements, or put them in their places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sct.ir.nodes import Type
from sct.rules.shapes import array, fresh
from sct.rules.table import Texts, Unsupported, rule

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
        n = x.shape[0] if k == 0 else fresh()
        return array((n, n), x.element)
    return _diagonal_of(types, attrs)


def _diagonal_of(types: Types, attrs: Attrs) -> Type:
    x, k = types[0], types[1].dim
    if x.shape is None or len(x.shape) != 2:
        raise Unsupported("a diagonal of an array that is no matrix", "annotate the shape of the matrix")
    return array((x.shape[0] if k == 0 and _is_square(x) else fresh(),), x.element)


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
rule("trace(x, offset: value = 0)", transpose=_trace_bar, infer=_traced)
