"""Rows of lists of numbers or of arrays: sums, joining, what becomes an array and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sct.ir.sizes import fresh, fresh_like
from sct.ir.types import FLOAT, INT, Dim, Type, map_arrays
from sct.rules.shapes import element_of, infer_getitem, promoted
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
    shape, element = _rows(types[0])
    return Type("array", shape, element if attrs.get("dtype") is None else element_of(attrs["dtype"]))  # type: ignore[arg-type]


def _rows(xs: Type) -> tuple[tuple[Dim, ...], str]:
    """The shape of an array of a list, or of lists of equal length, and the kind of its elements."""
    if xs.kind == "tuple":
        found = _of_tuple((xs,), {})
        return found.shape or (), found.element
    if xs.kind != "list":
        item = _item(Type("list", items=(xs,)), "an array")
        return item.shape or (), "float" if item.kind == "undef" else item.element
    shape, element = _rows(xs.items[0])
    return (fresh(), *shape), element


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


def _of_tuple(types: Types, attrs: Attrs) -> Type:
    """An array of a tuple of numbers, of arrays of one rank, or of such tuples."""
    xs = types[0]
    if xs.kind != "tuple":
        return _converted(xs)
    if xs.form is not None and xs.form.kind in ("dict", "class"):
        raise Unsupported("an array of a structure with labels", "write its parts out: `np.array([p.x, p.y])`")
    items = [_of_tuple((item,), {}) for item in xs.items]
    if not items or len({item.rank for item in items}) > 1 or items[0].rank is None:
        raise Unsupported("an array of parts of different kinds", "write rows alike")
    dtype = promoted(tuple(items)) if attrs.get("dtype") is None else element_of(attrs["dtype"])
    return Type("array", (len(items), *(items[0].shape or ())), dtype or "float")


def _converted(item: Type) -> Type:
    return _array((item,), {}) if item.kind == "list" else _item(Type("list", items=(item,)), "an array")


def _parts(xs: Type, bar: str, part: str) -> str:
    """The adjoint of a tuple that an array was made of: of each part, the row that it became."""
    if xs.kind == "list":
        return f"listed({bar}, {part})"
    if xs.kind != "tuple":
        return bar
    parts = [_parts(item, f"{bar}[{k}]", f"{part}[{k}]") for k, item in enumerate(xs.items)]
    return f"({', '.join(parts)},)"


def _listed(types: Types, attrs: Attrs) -> Type:
    """A list of the rows of an array; these are lists or tuples where the items of ``xs`` are."""
    x, xs = types
    if attrs.get("of_numbers") and x.rank != 1:
        raise Unsupported("a sorted list of other than numbers", "sort by a key: `order = np.argsort(keys)`")
    found = _taken_apart(x, xs if xs.kind == "list" else Type("list", items=(infer_getitem((x, INT)),)))
    of_arrays = attrs.get("of_numbers") and any(item.shape == () for item in xs.items)
    return replace(found, items=(replace(found.items[0], shape=()),)) if of_arrays else found


def _taken_apart(x: Type, like: Type) -> Type:
    """The rows of an array in containers like those that it was made of."""
    if like.kind not in ("tuple", "list"):
        return x
    row = infer_getitem((x, INT))
    return replace(like, items=tuple(_taken_apart(row, item) for item in like.items))


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
rule("array_of_list(xs, dtype=None, *, copy=True)", transpose=("listed(y_bar, xs)",), infer=_array)
rule(
    "array_of_tuple(xs, dtype=None, *, copy=True)",
    transpose=lambda types, attrs: (_parts(types[0], "y_bar", "xs"),),
    infer=_of_tuple,
)
zero("array_of_table(xs, dtype=None, *, copy=True)", infer=_table)
rule("listed(x, xs)", transpose=("array_of_list(y_bar)", None), infer=_listed)
rule("concat(xs, ys)", transpose=("y_bar[:len(xs)]", "y_bar[len(xs):]"), infer=_joined)
