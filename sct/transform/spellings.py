"""How operations that Numba lacks are said in those that it has, each as text in the names of the rule table.

Before: ``mean %x axis=0``.
After: ``sum(x, axis=0) / (shape(x)[0])``.

A row gives the text; the name of a helper of the generated module, maybe with an axis; or None, where Numba has the
operation as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from sct.analysis.sharing import Sharing
from sct.ir.nodes import Op, Value
from sct.ir.types import not_one
from sct.rules.shapes import axes_of
from sct.rules.table import lookup
from sct.transform.arithmetic import by_halves

Row = Callable[[Op], str | None]
SEQUENCES = frozenset({"concatenate", "stack", "hstack", "vstack", "column_stack", "dstack"})
OF_LISTS = frozenset({"stack_of", "concatenate_of", "vstack_of", "hstack_of", "column_stack_of", "split_like"})
_ALONG = {"max": "_max_along", "min": "_min_along", "prod": "_prod_along"}


def spelling_of(op: Op, sharing: Sharing) -> str | None:
    """The text of an operation, or the name of a helper; None where it stays as it is."""
    row, fast = _ROWS.get(op.name), _FASTER.get(op.name)
    text = row(op) if row is not None else None
    return fast(op, sharing) if text is None and fast is not None else text


# reductions


def _keep(op: Op) -> str:
    """The same without ``keepdims``, and the reduced axes put back."""
    (x, *_), axis = op.operands, op.attrs.get("axis")
    rank = x.type.rank or 0
    axes = axes_of(rank, axis)
    freedom = f", ddof={op.attrs['ddof']!r}" if op.attrs.get("ddof") else ""
    inner = f"{op.name}(x{_over(op)}{freedom})"
    if len(axes) == rank:
        return f"full(({'1, ' * rank}), {op.name}(x{freedom}))"
    return f"{inner}[{', '.join('None' if k in axes else ':' for k in range(rank))}]"


def _over(op: Op) -> str:
    axis = op.attrs.get("axis")
    return "" if axis is None else f", axis={axis!r}"


def _count(op: Op) -> str:
    rank, axis = op.operands[0].type.rank or 0, op.attrs.get("axis")
    return "size(x)" if axis is None else " * ".join(f"shape(x)[{a}]" for a in axes_of(rank, axis))


def _reduction(spelled: Row) -> Row:
    """A row of a reduction: of arrays of known rank; what is kept is put back first."""

    def row(op: Op) -> str | None:
        x = op.operands[0].type
        if not x.is_array or x.rank is None:
            return None
        return _keep(op) if op.attrs.get("keepdims") else spelled(op)

    return row


def _mean(op: Op) -> str | None:
    return None if op.attrs.get("axis") is None else f"sum(x{_over(op)}) / ({_count(op)})"


def _along(op: Op) -> str | None:
    axis, rank = op.attrs.get("axis"), op.operands[0].type.rank or 0
    if axis is None or isinstance(axis, tuple):
        return None
    return f"{op.name}(x)" if rank == 1 else f"{_ALONG[op.name]} {axes_of(rank, axis)[0]}"


def _place(op: Op) -> str | None:
    """Numba turns the matrix round, which takes five times as long as the loop."""
    x, axis = op.operands[0].type, op.attrs.get("axis")
    of_rows = x.is_array and x.rank == 2 and axis in (1, -1) and not op.attrs.get("keepdims")
    return f"_{op.name}_of_rows" if of_rows else None


def _var(op: Op) -> str | None:
    axis, ddof = op.attrs.get("axis"), op.attrs.get("ddof")
    if axis is None and not ddof:
        return None
    mean = "mean(x)" if axis is None else f"mean(x{_over(op)}, keepdims=True)"
    return f"sum((x - {mean}) ** 2{_over(op)}) / ({_count(op)} - {ddof!r})"


def _std(op: Op) -> str | None:
    if _var(op) is None:
        return None
    return f"sqrt(var(x{_over(op)}, ddof={op.attrs.get('ddof')!r}))"


def _ptp(op: Op) -> str | None:
    return None if op.attrs.get("axis") is None else f"max(x{_over(op)}) - min(x{_over(op)})"


def _norm(op: Op) -> str | None:
    """Numba has norms of whole vectors and matrices alone."""
    order, axis, keeps = op.attrs["ord"], op.attrs["axis"], op.attrs["keepdims"]
    rank = op.operands[0].type.rank or 0
    if isinstance(axis, tuple) or (axis is None and rank < 3 and not keeps and order != "fro"):
        return None
    over = f"{_over(op)}{', keepdims=True' if keeps else ''}"
    if order in (None, "fro", 2):
        return f"sqrt(sum(x**2{over}))"
    if order == inf:
        return f"max(abs(x){over})"
    return f"sum(abs(x){over})" if order == 1 else f"sum(abs(x) ** {order!r}{over}) ** (1 / {order!r})"


# products


def _product(op: Op) -> str | None:
    a, b = (value.type for value in op.operands)
    names = lookup(op.name)
    assert names is not None
    first, second = names.operands
    if a.rank is None or b.rank is None or not a.rank or not b.rank:
        return None
    if op.name == "matmul" and max(a.rank, b.rank) > 2 and min(a.rank, b.rank) > 1:
        return "_matmul"
    left, right = first, f"transpose({second})" if op.name == "inner" and b.rank > 1 else second
    if a.element != b.element and "float" in (a.element, b.element):
        left = left if a.element == "float" else f"astype_like({left}, {second})"
        right = right if b.element == "float" else f"astype_like({right}, {first})"
    elif op.attrs.get("style") == "operator" or op.name == "dot":
        return None
    return f"dot({left}, {right})" if op.name == "dot" else f"{left} @ {right}"


def _dot(op: Op, sharing: Sharing) -> str | None:
    """A sum, for vectors of which one has gaps between its elements: for BLAS it would be copied."""
    if any(value.type.rank != 1 or value.type.element != "float" for value in op.operands):
        return None
    names = lookup(op.name)
    assert names is not None
    return f"sum({' * '.join(names.operands)})" if any(_has_gaps(v, sharing) for v in op.operands) else None


def _has_gaps(vector: Value, sharing: Sharing) -> bool:
    """Whether the vector is known to go along another axis of an array than the last, or is made of one that does."""
    view = sharing.maker(vector)
    if view is None or not vector.type.is_array:
        return False
    row = lookup(view.name)
    if row is not None and row.elementwise and vector.hint is None:
        return any(_has_gaps(value, sharing) for value in view.operands)
    if view.name != "getitem" or not view.operands[0].type.is_array:
        return False
    return view.operands[0].type.rank == len(view.operands) - 1 > 1 and view.operands[-1].type.kind == "int"


# powers


def _power(op: Op, sharing: Sharing) -> str | None:
    """The power of an array by halves, with a root."""
    base, exponent = op.operands
    return by_halves(base, _number(exponent, sharing))


def _number(value: Value, sharing: Sharing) -> float | None:
    maker = sharing.maker(value)
    if maker is not None and maker.name == "neg":
        inner = _number(maker.operands[0], sharing)
        return None if inner is None else -inner
    return maker.attrs["value"] if maker is not None and maker.name == "const" and value.type.kind == "float" else None


# shapes


def _expanded(op: Op) -> str | None:
    axis, rank = op.attrs.get("axis"), op.operands[0].type.rank
    if not isinstance(axis, int) or rank is None:
        return None
    if rank == 0:
        return "full(1, x)"
    axis = axis + rank + 1 if axis < 0 else axis
    return f"x[{', '.join([':'] * axis + ['None'] + [':'] * (rank - axis))}]"


def _squeezed(op: Op) -> str | None:
    axis, shape = op.attrs.get("axis"), op.operands[0].type.shape
    if shape is None:
        return None
    if axis is None and not all(dim == 1 or not_one(dim) for dim in shape):
        return None
    gone = axes_of(len(shape), axis) if axis is not None else [k for k, dim in enumerate(shape) if dim == 1]
    return f"x[{', '.join('0' if k in gone else ':' for k in range(len(shape)))}]"


def _rolled(op: Op) -> str | None:
    axis, rank = op.attrs.get("axis"), op.operands[0].type.rank
    if not isinstance(axis, int) or rank is None or not op.operands[1].type.is_scalar:
        return None
    (axis,) = axes_of(rank, axis)
    size, lead = f"shape(x)[{axis}]", ":, " * axis
    cut = f"{size} - shift % maximum({size}, 1)"
    return f"concatenate(x[{lead}{cut}:], x[{lead}:{cut}], axis={axis})"


def _repeated(op: Op) -> str | None:
    axis, rank = op.attrs.get("axis"), op.operands[0].type.rank
    if axis is None or rank is None or not op.operands[1].type.is_scalar:
        return None
    (axis,) = axes_of(rank, axis)
    return f"x[{':, ' * axis}arange(shape(x)[{axis}] * repeats) // repeats]"


def _ndim(op: Op) -> str | None:
    """Numba knows the attribute of an array; what is asserted of it has to be asked, whatever types say."""
    if op.operands[0].type.is_array and op.operands[0].type.rank is not None:
        op.attrs = {**op.attrs, "style": "attr"}
    return None if op.attrs.get("style") == "attr" else "ndim(asarray(x))"


def _joined(op: Op) -> str | None:
    if op.attrs.get("sequence") == "list":
        op.attrs = {**op.attrs, "sequence": "tuple"}
    return None


def of_list(op: Op) -> str | None:
    """A join of the arrays of a list, or what undoes it, or an array of the rows of one."""
    xs, axis = op.operands[-1].type, op.attrs.get("axis", 0)
    if xs.kind != "list":
        return None
    item = xs.items[0]
    if op.name == "array_of_list":
        is_table = item.kind == "list" and item.items[0].kind == "float"
        return "_of_rows" if is_table else "_stacked" if item.is_array else None
    if op.name == "stack_of":
        return "_stacked" if axis == 0 else f"moveaxis(array_of_list(xs), 0, {axis})"
    if item.rank == 1 and op.name in ("vstack_of", "column_stack_of"):
        return "_stacked" if op.name == "vstack_of" else "transpose(array_of_list(xs))"
    along_first = item.rank == 1 if op.name == "hstack_of" else op.name != "column_stack_of" and axis == 0
    if not along_first or not item.is_array:
        return None
    return "_split_like" if op.name == "split_like" else "_joined"


def _blank(op: Op) -> str | None:
    return "zeros(shape(x))" if op.attrs.get("dtype") == "int" else None  # floats count as well


def _triangle(op: Op) -> str | None:
    """Numba's ``tri`` has floats, which count as well as integers."""
    if op.attrs.get("dtype") is None:
        return None
    return "tri(N, M, k) > 0" if op.result.type.dtype == "bool" else "tri(N, M, k)"


def _arrayed(op: Op, sharing: Sharing) -> str | None:
    """A stack of arrays; rows that are written out as numbers are a display that Numba has."""
    if op.attrs.get("dtype") is not None or not op.operands or not all(value.type.is_array for value in op.operands):
        return None
    makers = [sharing.maker(value) for value in op.operands]
    rows = [maker.operands for maker in makers if maker is not None and maker.attrs.get("nested")]
    if len(rows) == len(makers) and all(value.type.is_scalar for row in rows for value in row):
        return None
    return f"stack({', '.join(f'x{k}' for k in range(len(op.operands)))})"


def _as_floats(op: Op) -> str | None:
    """Numba does not know the builtin ``float`` for a dtype."""
    if op.attrs.get("dtype") != "float" or not op.operands[0].type.is_array:
        return None
    return "copy(x)" if op.operands[0].type.element == "float" else "x * 1.0"


def _differences(op: Op) -> str | None:
    """Numba's ``diff`` is along the last axis."""
    rank, n = op.operands[0].type.rank or 0, op.attrs["n"]
    (axis,) = axes_of(rank, op.attrs["axis"])
    if axis == rank - 1:
        return None if op.attrs["axis"] == -1 else f"diff(x, n={n})"
    lead = ":, " * axis
    return f"x[{lead}1:] - x[{lead}:-1]" if n == 1 else f"diff(diff(x, axis={axis}), n={n - 1}, axis={axis})"


def _spaced(op: Op) -> str | None:
    """Numba's ``linspace`` goes up to its end."""
    return None if op.attrs["endpoint"] else "start + (stop - start) * arange(num) / num"


def _reshaped(op: Op, sharing: Sharing) -> str | None:
    """Numba reshapes only what lies in rows without gaps; NumPy copies what does not."""
    array = op.operands[0]
    maker = sharing.maker(array) if (array.type.rank or 0) > 1 else None
    if maker is None or not maker.operands or not maker.operands[0].type.is_array:
        return None
    cut = maker.name == "getitem" and any(index.type.kind == "slice" for index in maker.operands[2:])
    return "reshape(ascontiguousarray(x), shape)" if cut or maker.name in _TURNING else None


# the rows

_TURNING = frozenset({"transpose", "swapaxes", "moveaxis", "flip", "rot90", "fliplr"})
_ROWS: dict[str, Row] = {
    "sum": _reduction(lambda op: None),
    "mean": _reduction(_mean),
    "max": _reduction(_along),
    "min": _reduction(_along),
    "prod": _reduction(_along),
    "var": _reduction(_var),
    "std": _reduction(_std),
    "ptp": _reduction(_ptp),
    "norm": _norm,
    "argmin": _place,
    "argmax": _place,
    "matmul": _product,
    "dot": _product,
    "inner": _product,
    "repeat": _repeated,
    "expand_dims": _expanded,
    "squeeze": _squeezed,
    "roll": _rolled,
    "ndim": _ndim,
    "astype": _as_floats,
    "zeros_like": _blank,
    "tri": _triangle,
    "diag_indices": lambda op: "(arange(n), arange(n))",
    "diag_indices_from": lambda op: f"({', '.join(['arange(shape(x)[0])'] * (op.operands[0].type.rank or 0))})",
    "linspace": _spaced,
    "diff": _differences,
    **dict.fromkeys(SEQUENCES, _joined),
    **dict.fromkeys(OF_LISTS, of_list),
    "array_of_list": of_list,
}

# What Numba has in some cases only, or is slow at.
_FASTER: dict[str, Callable[[Op, Sharing], str | None]] = {
    "matmul": _dot,
    "dot": _dot,
    "pow": _power,
    "array": _arrayed,
    "reshape": _reshaped,
}
