"""Kinds and shapes of results, for the rows of the table and for indexing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sct.errors import NO_COMPLEX, USE_REAL
from sct.ir.sizes import cut, difference, divided, ending, fresh, moved, multiplied, scaled, shift, together
from sct.ir.types import BOOL, FLOAT, INT, UNKNOWN, Dim, DType, Type, is_key
from sct.rules.table import Infer, Unsupported

Types = tuple[Type, ...]
Attrs = Mapping[str, Any]
_ORDER: tuple[DType, ...] = ("float", "int", "bool")
_NUMBERS: Mapping[DType, Type] = {"bool": BOOL, "int": INT, "float": FLOAT}


def promoted(types: Types) -> DType | None:
    """The kind of element that operands of these types give, or None if one is unknown."""
    kinds = {type_.element for type_ in types}
    return next((kind for kind in _ORDER if kind in kinds), None) if kinds.issubset(_ORDER) else None


def broadcast(types: Types, dtype: DType) -> Type:
    """The type of an elementwise result."""
    if all(type_.is_scalar for type_ in types):
        return _NUMBERS[dtype]
    if any(not (type_.is_scalar or type_.is_array) for type_ in types):
        return UNKNOWN
    if any(type_.is_array and type_.shape is None for type_ in types):
        return Type("array", None, dtype)
    shapes = [type_.shape or () for type_ in types]
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    return Type("array", tuple(_together(dims) for dims in zip(*padded, strict=True)), dtype)


def _together(dims: tuple[Dim, ...]) -> Dim:
    wide = [dim for dim in dict.fromkeys(dims) if dim != 1]
    if len(wide) <= 1:
        return wide[0] if wide else 1
    certain = [dim for dim in wide if isinstance(dim, int) or dim.endswith("+")]
    return certain[0] if len(certain) == len(wide) else fresh()


# inference functions of rows


def same(types: Types, attrs: Attrs) -> Type:
    """Elementwise, of the operands' own kind."""
    dtype = promoted(types)
    return UNKNOWN if dtype is None else broadcast(types, "int" if dtype == "bool" else dtype)


def clipped(types: Types, attrs: Attrs) -> Type:
    if any(type_.kind == "none" for type_ in types):
        raise Unsupported("clip with one bound", "write `np.maximum(x, lo)`, or `np.minimum(x, hi)`")
    return same(types, attrs)


def plus(types: Types, attrs: Attrs) -> Type:
    """A sum; of two integers of known value, the value is known, and of others, what it is the sum of."""
    found = same(types, attrs)
    a, b = types
    if found.kind == "int":
        if a.dim is not None and isinstance(b.dim, int):
            return Type("int", dim=moved(a.dim, b.dim))
        if b.dim is not None and isinstance(a.dim, int):
            return Type("int", dim=moved(b.dim, a.dim))
        if a.dim is not None and b.dim is not None:
            return Type("int", dim=together(a.dim, b.dim))
    return found


def minus(types: Types, attrs: Attrs) -> Type:
    """A difference; of two integers of known value, the value is known, and of others, what it is the difference of."""
    found = same(types, attrs)
    a, b = types
    if found.kind == "int" and a.dim is not None and b.dim is not None:
        return Type("int", dim=difference(a.dim, b.dim))
    return found


def times(types: Types, attrs: Attrs) -> Type:
    """A product; of two integers of known value, the value is known, and of others, what it is the product of."""
    found = same(types, attrs)
    a, b = (type_.dim for type_ in types)
    known = found.kind == "int" and a is not None and b is not None
    return Type("int", dim=scaled(a, b)) if known else found


def quotient(types: Types, attrs: Attrs) -> Type:
    """A quotient that is rounded down; of two integers of known value, the value is known."""
    found = same(types, attrs)
    a, b = (type_.dim for type_ in types)
    return Type("int", dim=a // b) if found.kind == "int" and isinstance(a, int) and isinstance(b, int) and b else found


def negated(types: Types, attrs: Attrs) -> Type:
    (a,) = types
    return Type("int", dim=-a.dim) if isinstance(a.dim, int) else same(types, attrs)


def real(types: Types, attrs: Attrs) -> Type:
    """Elementwise, always a float."""
    return broadcast(types, "float")


def as_number(types: Types, attrs: Attrs) -> Type:
    """A float, of an array too whose rank is not known: it has no dimensions, as NumPy refuses any other."""
    return FLOAT if types[0].kind == "array" and types[0].rank is None else real(types, attrs)


def boolean(types: Types, attrs: Attrs) -> Type:
    """Elementwise, always a bool."""
    return BOOL if any(t.kind in ("str", "none", "tuple", "list") for t in types) else broadcast(types, "bool")


def bits(types: Types, attrs: Attrs) -> Type:
    """A bit operator: of booleans a boolean, else an integer."""
    if any(type_.element not in ("int", "bool", "undef") for type_ in types):
        raise Unsupported("bit operators take integers and booleans", "use arithmetic, or compare first: `(x > 0) & …`")
    return broadcast(types, promoted(types) or "int")


def contained(types: Types, attrs: Attrs) -> Type:
    """``x in items``; of a dict, its type tells whether it has a key."""
    form, key = types[1].form, types[0].literal
    if form is not None and form.kind == "dict" and key is not None and is_key(key[0]):
        return Type("bool", dim=key[0] in form.labels)
    if types[1].kind not in ("tuple", "list", "str", "undef", "unknown"):
        raise Unsupported("`in` needs a tuple or a list", "compare with each value, or use `np.any(a == x)`")
    return BOOL


def lacking(types: Types, attrs: Attrs) -> Type:
    """``x not in items``."""
    found = contained(types, attrs)
    return found if found.dim is None else Type("bool", dim=not found.dim)


def whole(types: Types, attrs: Attrs) -> Type:
    """An int."""
    return INT


def truth(types: Types, attrs: Attrs) -> Type:
    """A bool."""
    return BOOL


def number(types: Types, attrs: Attrs) -> Type:
    """A float."""
    return FLOAT


def chosen(types: Types, attrs: Attrs) -> Type:
    """``where``: the shape of all three, the kind of the last two."""
    dtype = promoted(types[1:])
    return UNKNOWN if dtype is None else broadcast(types, dtype)


def first(types: Types, attrs: Attrs) -> Type:
    """The type of the first operand."""
    return types[0]


def reduced(types: Types, attrs: Attrs) -> Type:
    """A reduction over ``axis``."""
    return _reduce(types[0], attrs, types[0].element if types[0].element != "bool" else "int")


def reduced_real(types: Types, attrs: Attrs) -> Type:
    return _reduce(types[0], attrs, "float")


def reduced_int(types: Types, attrs: Attrs) -> Type:
    return _reduce(types[0], attrs, "int")


def reduced_bool(types: Types, attrs: Attrs) -> Type:
    return _reduce(types[0], attrs, "bool")


def of_array(what: str, infer: Infer) -> Infer:
    """Refuse ``what``, where the operand is a number."""

    def inferred(types: Types, attrs: Attrs) -> Type:
        if types[0].is_scalar:
            raise Unsupported(what, "use an array")
        return infer(types, attrs)

    return inferred


def axes_of(rank: int, axis: int | tuple[int, ...] | None) -> tuple[int, ...]:
    """The axes that ``axis`` names, counted from the front."""
    if axis is None:
        return tuple(range(rank))
    found = tuple(sorted(a + rank if a < 0 else a for a in ((axis,) if isinstance(axis, int) else axis)))
    if any(not 0 <= a < rank for a in found):
        raise Unsupported(f"axis {axis} is out of range for an array of rank {rank}", "use an axis that the array has")
    return found


def _reduce(x: Type, attrs: Attrs, kind: str) -> Type:
    axis, keepdims = attrs.get("axis"), attrs.get("keepdims", False)
    if kind not in _ORDER:
        return UNKNOWN
    if x.is_scalar or (axis is None and not keepdims):
        return Type(kind)  # type: ignore[arg-type]
    if x.shape is None:
        return Type("array", None, kind)  # type: ignore[arg-type]
    axes = axes_of(len(x.shape), axis)
    if keepdims:
        shape = tuple(1 if k in axes else dim for k, dim in enumerate(x.shape))
    else:
        shape = tuple(dim for k, dim in enumerate(x.shape) if k not in axes)
    return Type("array", shape, kind) if shape else Type(kind)  # type: ignore[arg-type]


def dims_of(shape: Type) -> tuple[Dim, ...] | None:
    """The dimensions that a shape argument (an int or a tuple of ints) stands for."""
    items = (shape,) if shape.kind == "int" else shape.items
    if shape.kind not in ("int", "tuple"):
        return None
    return tuple(fresh() if item.dim is None or item.dim == -1 else item.dim for item in items)


def flat_size(x: Type) -> Dim:
    """The number of elements."""
    return 1 if x.is_scalar else fresh() if x.shape is None else multiplied(x.shape)


def reshaped(x: Type, shape: Type) -> Type:
    """The type of an array in another shape, in which -1 stands for what is left."""
    dims, items = dims_of(shape), (shape,) if shape.kind == "int" else shape.items
    if dims is not None and x.shape is not None:
        rest = divided(flat_size(x), multiplied(dim for dim, item in zip(dims, items, strict=True) if item.dim != -1))
        dims = tuple(rest if item.dim == -1 else dim for dim, item in zip(dims, items, strict=True))
    return array(dims, x.element)


def element_of(dtype: object) -> DType:
    """The kind of element that a ``dtype`` argument, as the author wrote it, stands for; or that of tangents."""
    if isinstance(dtype, tuple):
        return "float"
    text = "float" if dtype is None else str(dtype).strip("'\"").rpartition(".")[2]
    match = re.fullmatch(r"(float|int|uint|bool)(_|ing|p|c|\d+)?|(double|single|half|dtype)", text)
    if text.startswith(("complex", "cfloat", "cdouble", "csingle", "clongdouble")):
        raise Unsupported(NO_COMPLEX, USE_REAL)
    if match is None:
        raise Unsupported(f"the dtype `{dtype}`", "use float, int, bool, or one of NumPy's (`np.float32`)")
    if match[1] == "uint" or (match[1] == "int" and match[2] not in (None, "_", "p", "64")):
        raise Unsupported(f"the dtype `{dtype}`, whose integers wrap around in what a derivative computes", "use int")
    return {"int": "int", "uint": "int", "bool": "bool"}.get(match[1], "float")  # type: ignore[return-value]


def items_of(shape: Type) -> tuple[int, ...] | None:
    """The numbers of an int or a tuple of ints that are all known."""
    dims = [item.dim for item in ((shape,) if shape.kind == "int" else shape.items)]
    return tuple(dim for dim in dims if isinstance(dim, int)) if all(isinstance(dim, int) for dim in dims) else None


def array(shape: tuple[Dim, ...] | None, element: str) -> Type:
    """An array of such elements, or one element where there are no dimensions."""
    if element not in _ORDER:
        return UNKNOWN
    return Type(element) if shape == () else Type("array", shape, element)  # type: ignore[arg-type]


def infer_getitem(types: Types) -> Type:
    """The type of ``x[i, j, …]``, from the array's type and the indices', which may be a path (``sct.ir.paths``)."""
    found, indices = types[0], list[Type]()
    for type_ in types[1:]:
        if type_.kind != "step":
            indices.append(type_)
            continue
        found = _subscripted((found, *indices)) if indices else found
        indices = []
        if type_.dim == "T" and found.shape is not None:
            found = Type("array", found.shape[::-1], found.dtype)
        if type_.dim == "R":
            found = reshaped(found, type_.items[0])
    return _subscripted((found, *indices)) if indices else found


def _subscripted(types: Types) -> Type:
    x, *indices = types
    if not x.is_array:
        return UNKNOWN
    if any(t.kind in ("tuple", "list") for t in indices):
        reason = "a list or tuple, by its name, as an index"
        raise Unsupported(reason, "make an array of it, `np.array(k)`; or write the indices out")
    if any(t.kind == "bool" for t in indices):
        reason = "a truth value as an index of an array, for which NumPy adds a dimension"
        raise Unsupported(reason, "write `x[int(b)]` for one of two elements, or an `if`")
    if x.shape is None:
        return Type("array", None, x.dtype)
    consumed = sum(t.kind not in ("none", "ellipsis") for t in indices)
    consumed += sum((t.rank or 1) - 1 for t in indices if t.is_array and t.dtype == "bool")
    rest = len(x.shape) - consumed
    if rest < 0:
        raise Unsupported(f"too many indices for an array of rank {len(x.shape)}", "index with one entry a dimension")
    if not any(t.kind == "ellipsis" for t in indices):
        indices.append(Type("ellipsis"))
    shape: list[Dim] = []
    fancy: list[Type] = []
    place, axis = 0, 0
    for t in indices:
        if t.kind == "none":
            shape.append(1)
        elif t.kind == "ellipsis":
            shape += x.shape[axis : axis + rest]
            axis += rest
        elif t.kind == "slice":
            shape.append(_sliced(x.shape[axis], t))
            axis += 1
        elif t.is_array and t.dtype == "bool":
            place = len(shape)
            fancy.append(Type("array", (fresh(),), "int"))
            axis += t.rank or 1
        else:
            if t.is_array:
                place = len(shape)
                fancy.append(t)
            axis += 1
    if fancy:
        by_array = [k for k, t in enumerate(indices) if t.is_array or t.is_scalar]
        place = place if by_array[-1] - by_array[0] + 1 == len(by_array) else 0  # those that stand apart come first
        found = broadcast(tuple(fancy), "int").shape
        if found is None:
            return Type("array", None, x.dtype)
        shape[place:place] = found
    return Type("array", tuple(shape), x.dtype) if shape else Type(x.dtype)


def _sliced(dim: Dim, index: Type) -> Dim:
    """The length of a slice: exact where it starts and ends at known distances from the ends."""
    start, stop, step = index.items if index.items else (INT, INT, INT)
    if index.dim is not None:
        return index.dim
    if start.kind == "none" and stop.kind == "none" and (step.kind == "none" or step.dim == -1):
        return dim
    if not (step.kind == "none" or step.dim == 1):
        return _cut(dim, index.items)
    low = 0 if start.kind == "none" else start.dim
    if isinstance(low, int) and low >= 0:
        if isinstance(dim, int) and isinstance(stop.dim, int) and stop.dim >= 0:
            return len(range(dim)[low : stop.dim])
        if low == 0 and stop.dim == 1:
            return 1  # it may be none, of what is empty: then it is broadcast alike
        if stop.kind == "none":
            return shift(dim, -low)
        if isinstance(stop.dim, int) and stop.dim < 0:
            return shift(dim, stop.dim - low)
        if stop.dim is not None and (end := ending(dim, stop.dim)) is not None:
            return shift(end, -low)
    return _cut(dim, index.items)


def _cut(dim: Dim, bounds: Types) -> Dim:
    """The length of any other slice: the same as that of another one of the same dimension with the same bounds."""
    is_known = bounds and all(bound.kind == "none" or bound.dim is not None for bound in bounds)
    return cut(dim, [bound.dim for bound in bounds]) if is_known else fresh()
