"""Rows of lists of numbers or of arrays: sums, joining, what becomes an array and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sct.ir.nodes import FLOAT, INT, Type, map_arrays
from sct.rules.shapes import element_of, infer_getitem
from sct.rules.sizes import fresh, fresh_like
from sct.rules.table import Unsupported, rule, zero

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]


def of_any(type_: Type) -> Type:
    """The type of some item of a list: what is unknown of it need not be the same in another one."""
    known: dict[int | str, int | str] = {}

    def renewed(dim: int | str, _: str) -> int | str:
        return known.setdefault(dim, fresh_like(dim)) if isinstance(dim, str) and dim.startswith("?") else dim

    return map_arrays(type_, renewed)


def _item(xs: Type, what: str) -> Type:
    (item,) = xs.items
    if not (item.is_scalar or item.kind == "undef" or (item.is_array and item.shape is not None)):
        raise Unsupported(f"{what} of such a list", "use a list of numbers, or of arrays of one shape")
    return of_any(item)


def _total(types: Types, attrs: Attrs) -> Type:
    item = _item(types[0], "the sum")
    return INT if item.kind in ("undef", "bool") else Type("int") if item.kind == "int" else item


def _array(types: Types, attrs: Attrs) -> Type:
    item = _item(types[0], "an array")
    return Type("array", (fresh(), *(item.shape or ())), "float" if item.kind == "undef" else item.element)  # type: ignore[arg-type]


def _table(types: Types, attrs: Attrs) -> Type:
    """An array of a constant of the module: a tuple of numbers, or of such tuples."""
    shape, kinds = _sizes(types[0])
    kind = max(kinds, key=("bool", "int", "float").index)
    return Type("array", shape, kind if attrs.get("dtype") is None else element_of(attrs["dtype"]))  # type: ignore[arg-type]


def _sizes(type_: Type) -> tuple[tuple[int, ...], set[str]]:
    """The shape of nested tuples of numbers, and the kinds of these."""
    if type_.is_scalar:
        return (), {type_.kind}
    inner = [_sizes(item) for item in type_.items]
    if type_.kind != "tuple" or len({shape for shape, _ in inner}) != 1:
        raise Unsupported("an array of rows of different lengths, or of other things than numbers", "write rows alike")
    return (len(inner), *inner[0][0]), set().union(*(kinds for _, kinds in inner))


def _listed(types: Types, attrs: Attrs) -> Type:
    return Type("list", items=(infer_getitem((types[0], INT)),))


def _total_from(types: Types, attrs: Attrs) -> Type:
    item, start = _item(types[0], "the sum"), types[1]
    if not (item.is_scalar or item.kind == "undef") or not start.is_scalar:
        raise Unsupported("a sum with a start, of other than numbers", "add it: `start + sum(xs)`")
    return INT if item.kind != "float" and start.kind != "float" else FLOAT


def _filled(types: Types, attrs: Attrs) -> Type:
    item, count = types
    if not (item.is_scalar or item.kind == "none" or (item.is_array and item.shape is not None)):
        raise Unsupported("a list that repeats such an item", "write a comprehension: `[… for _ in range(n)]`")
    if count.kind not in ("int", "bool"):
        raise Unsupported("a list is repeated an int number of times", "make an array of it: `np.array([…])`")
    return Type("list", items=(item,))


def _spread(types: Types, attrs: Attrs) -> Type:
    return Type("list", items=types[:1])


def _joined(types: Types, attrs: Attrs) -> Type:
    return types[0]  # the front end knows better


rule("total(xs)", transpose=("spread(y_bar, xs)",), infer=_total)
rule("spread(x, xs)", transpose=("total(y_bar)", None), infer=_spread)
rule("total_from(xs, start)", transpose=("spread(y_bar, xs)", "y_bar"), infer=_total_from)
rule("filled(x, n)", transpose=("total(y_bar)", None), infer=_filled)
rule("array_of_list(xs, dtype=None, *, copy=True)", transpose=("listed(y_bar)",), infer=_array)
zero("array_of_table(xs, dtype=None, *, copy=True)", infer=_table)
rule("listed(x)", transpose=("array_of_list(y_bar)",), infer=_listed)
rule("concat(xs, ys)", transpose=("y_bar[:len(xs)]", "y_bar[len(xs):]"), infer=_joined)
