"""Operations that Numba lacks, spelled out in those that it has.

Before: ``%m = mean %x axis=0``.
After: ``%s = sum %x axis=0; %n = getitem (shape %x), 0; %m = div %s, %n``.

A row gives the operation as text in the names of the rule table, or None where Numba has it as it is.  What a text
says is spelled out in turn.  A few have no such text: a helper of the generated module has their loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sct.analysis.sharing import Sharing
from sct.errors import Diagnostic, Span
from sct.ir.indices import repeats
from sct.ir.nodes import Block, For, Function, If, Op, Value, While
from sct.ir.paths import is_step
from sct.ir.types import INT, Type
from sct.rules.shapes import axes_of
from sct.rules.sizes import not_one
from sct.rules.spelling import spelling
from sct.rules.table import lookup
from sct.transform.arithmetic import by_halves
from sct.transform.build import Builder

Row = Callable[[Op], str | None]
_SEQUENCES = frozenset({"concatenate", "stack", "hstack", "vstack", "column_stack", "dstack"})
_ALONG = {"max": "_max_along", "min": "_min_along", "prod": "_prod_along"}
_WITHOUT = frozenset({"einsum", "tensordot", "tile", "pad", "gradient", "meshgrid", "take_along_axis"})
_WITHOUT |= {
    "polyval",
    "polyadd",
    "polysub",
    "polymul",
    "polyder",
    "polyint",
    "row_pieces",
    "column_pieces",
    "compress",
}
_WITHOUT |= {"rollaxis", "matrix_norm", "vector_norm", "svdvals", "multi_dot"}
_WITHOUT |= {"comb", "perm", "factorial", "isqrt", "lcm", "ix"}
_WITHOUT |= {"stack_of", "concatenate_of", "vstack_of", "hstack_of", "column_stack_of", "split_like"}  # of lists


def spell_out(fn: Function, boundary: int = 0) -> int:
    """Leave no operation in ``fn`` that Numba is known not to compile, as far as it can be said otherwise.

    Returns where the operations from ``boundary`` on begin then.
    """
    body, sharing = fn.body, Sharing(fn)
    forward, reverse = _ops(body.ops[:boundary], sharing), _ops(body.ops[boundary:], sharing)
    body.ops = [*forward, *reverse]
    return len(forward)


def lacking(fn: Function) -> list[Diagnostic]:
    """The operations of a function that Numba has in no form."""
    found: dict[Span, Diagnostic] = {}
    for op in fn.body.walk():
        condition = op.operands[0] if isinstance(op, If) else op.test.yields[0] if isinstance(op, While) else None
        if op.span is not None and condition is not None and condition.type.rank:
            reason = "this condition is an array: Numba does not compile whether it holds"
            found.setdefault(op.span, Diagnostic(op.span, reason, "ask for one element, or for `.any()` or `.all()`"))
        if op.span is not None and op.name == "global" and not _is_frozen(op.result.type):
            reason = f"Numba reads no list and no dict of a module, as `{op.attrs['name']}` is"
            help_ = "make it a tuple, or an array where its items are numbers; or pass it as an argument"
            found.setdefault(op.span, Diagnostic(op.span, reason, help_))
        if op.span is None or (op.name not in _WITHOUT and not _is_scipy(op)):
            continue
        name = spelling(op.name, "scipy" if _is_scipy(op) else "numpy") or op.name
        whose = "" if op.attrs.get("authored") else ", which the derivative takes"
        help_ = "write it as loops or with other functions, or build for Python: leave the target out"
        found.setdefault(op.span, Diagnostic(op.span, f"Numba does not compile `{name}`{whose}", help_))
    return list(found.values())


def _is_frozen(type_: Type) -> bool:
    """Whether Numba compiles a constant of the type into what reads it."""
    return type_.kind != "list" and type_.form is None and all(map(_is_frozen, type_.items))


def _is_scipy(op: Op) -> bool:
    """Whether SciPy alone has the operation."""
    return spelling(op.name, "scipy") is not None and _elsewhere(op) is None


def _elsewhere(op: Op) -> str | None:
    """The library that Numba knows and that has the operation."""
    scalar = all(value.type.is_scalar for value in [*op.operands, *op.results])
    libraries = ("math", "numpy", "builtins") if scalar else ("numpy",)
    return next((library for library in libraries if spelling(op.name, library) is not None), None)


def _ops(ops: Sequence[Op], sharing: Sharing) -> list[Op]:
    for op in ops:
        for owned in op.blocks:
            owned.ops = _ops(owned.ops, sharing)
    return [spelled for op in ops for spelled in [*_apart(op, sharing), *_spelled(op, sharing)]]


def _apart(op: Op, sharing: Sharing) -> list[Op]:
    """A copy of what an array is updated with, if that is a part of the array: Numba would read what it has written."""
    updates = op.name in ("index_add", "accumulate") or op.attrs.get("augmented")
    if not updates or len(op.operands) < 2:
        return []
    array, value = op.operands[:2]
    same = array is value and op.name != "index_add"
    negated = sharing.maker(value)  # what adds a negative subtracts what that is of
    shown = negated.operands[0] if negated is not None and negated.name == "neg" else value
    if not (array.type.is_array and value.type.is_array) or same or not sharing(array, shown):
        return []
    attrs = {"style": "method", "lib": "numpy"}
    copy = Op("copy", [value], [Value(value.type, temp=value.temp)], attrs, op.span, op.stmt, origin=op.origin)
    op.operands[1] = copy.result
    return [copy]


def _spelled(op: Op, sharing: Sharing) -> list[Op]:
    if op.attrs.get("lib") == "scipy":
        op.attrs = {**op.attrs, "lib": _elsewhere(op) or "numpy"}
    if op.name in _SEQUENCES:  # a list among arrays
        for maker in filter(None, map(sharing.maker, op.operands)):
            maker.attrs.pop("nested", None)
    if op.name in ("store", "index_add", "restore"):
        return _written(op)
    if op.name == "getitem" and _mask_of(op.operands[1:]) is not None:
        return [_helped(op, "_masked")]
    row, fast = _ROWS.get(op.name), _FASTER.get(op.name)
    text = row(op) if row is not None else None
    text = fast(op, sharing) if text is None and fast is not None else text
    if text is None:
        return [op]
    if text.startswith("_"):
        return [_helped(op, text)]
    builder = _builder(op)
    names = lookup(op.name)
    assert names is not None
    operands = [f"x{k}" for k in range(len(op.operands))] if names.variadic else names.operands
    builder.text(text, {**op.attrs, **dict(zip(operands, op.operands, strict=True))})
    builder.block.ops[-1].results = [op.result]
    return [part for made in builder.block.ops for part in _spelled(made, sharing)]


def _builder(op: Op) -> Builder:
    builder = Builder(Block(), op.stmt)
    builder.span, builder.origin, builder.lib = op.span, op.origin, "numpy"
    return builder


def _helped(op: Op, helper: str) -> Op:
    """A call of a helper; it may be told an axis."""
    name, _, axis = helper.partition(" ")
    attrs = {"helper": name, "literals": [axis] if axis else []}
    return Op("helper", op.operands, op.results, attrs, op.span, op.stmt, origin=op.origin)


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
    cut, lead = f"shape(x)[{axis}] - shift % shape(x)[{axis}]", ":, " * axis
    return f"concatenate(x[{lead}{cut}:], x[{lead}:{cut}], axis={axis})"


def _repeated(op: Op) -> str | None:
    axis, rank = op.attrs.get("axis"), op.operands[0].type.rank
    if axis is None or rank is None or not op.operands[1].type.is_scalar:
        return None
    (axis,) = axes_of(rank, axis)
    return f"x[{':, ' * axis}arange(shape(x)[{axis}] * repeats) // repeats]"


def _ndim(op: Op) -> str | None:
    rank = op.operands[0].type.rank
    return None if rank is None else str(rank)


def _joined(op: Op) -> str | None:
    if op.attrs.get("sequence") == "list":
        op.attrs = {**op.attrs, "sequence": "tuple"}
    return None


def _blank(op: Op) -> str | None:
    return "zeros(shape(x))" if op.attrs.get("dtype") == "int" else None  # floats count as well


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


def _spaced(op: Op) -> str | None:
    """Numba's ``linspace`` goes up to its end."""
    return None if op.attrs["endpoint"] else "start + (stop - start) * arange(num) / num"


_ROWS: dict[str, Row] = {
    "sum": _reduction(lambda op: None),
    "mean": _reduction(_mean),
    "max": _reduction(_along),
    "min": _reduction(_along),
    "prod": _reduction(_along),
    "var": _reduction(_var),
    "std": _reduction(_std),
    "ptp": _reduction(_ptp),
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
    "diag_indices": lambda op: "(arange(n), arange(n))",
    "linspace": _spaced,
    **dict.fromkeys(_SEQUENCES, _joined),
}

# What Numba has in some cases only, or is slow at.
_FASTER: dict[str, Callable[[Op, Sharing], str | None]] = {
    "matmul": _dot,
    "dot": _dot,
    "pow": _power,
    "array": _arrayed,
}


# writes


def _written(op: Op) -> list[Op]:
    if op.attrs.get("form") in ("copyto", "out"):
        op.attrs = {key: value for key, value in op.attrs.items() if key != "form"}
    indices = op.operands[2:]
    adds = op.name == "index_add" or bool(op.attrs.get("adds"))
    if _mask_of(indices) is not None:
        return [_masked_write(op, adds)]
    if adds and repeats(indices) and not op.attrs.get("distinct"):
        return _scattered(op) or [op]
    return [op]


def _mask_of(indices: Sequence[Value]) -> Value | None:
    """The one index, if it is a mask of several dimensions."""
    if len(indices) != 1:
        return None
    (index,) = indices
    return index if index.type.is_array and index.type.dtype == "bool" and (index.type.rank or 0) > 1 else None


def _masked_write(op: Op, adds: bool) -> Op:
    """A call of a helper that writes; it stays the operation that it is, for its versions."""
    kind = "add" if adds else "put"
    of = "number" if op.operands[1].type.is_scalar else "values"
    op.attrs = {**op.attrs, "helper": f"_{kind}_{of}_masked"}
    return op


def _scattered(op: Op) -> list[Op] | None:
    """``np.add.at`` as a loop over the places, or None where it takes more than that."""
    _, value, *indices = op.operands
    arrays = [index for index in indices if index.type.is_array]
    ranks = {index.type.rank for index in arrays}
    first = indices.index(arrays[0]) if arrays else 0
    lead = indices[:first]
    if len(ranks) != 1 or None in ranks or any(is_step(i) or i.type.kind in ("ellipsis", "none") for i in indices):
        return None
    together = all(index.type.is_array for index in indices[first : first + len(arrays)])
    before = sum(index.type.kind == "slice" for index in lead) if together else 0
    rank = arrays[0].type.rank or 0
    if value.type.rank is None or (value.type.rank and value.type.rank < before + rank):
        return None
    sizes, places = (value.type.shape or ())[before:], arrays[0].type.shape or ()
    # What the author adds may be repeated along an axis; an adjoint has the shape of what was read.
    may_repeat = op.name != "index_add" and any(n not in (1, place) for n, place in zip(sizes, places, strict=False))
    if may_repeat and value.type.rank != rank:
        return None
    return _loops(op, arrays, before, rank, spread=may_repeat)


def _loops(op: Op, arrays: list[Value], before: int, rank: int, spread: bool) -> list[Op]:
    """The loops; what is added is ``spread`` over the places first, if it may have fewer elements."""
    array, value, *indices = op.operands
    outer = _builder(op)
    if spread:
        value = outer.op("broadcast_to", value, outer.op("shape", arrays[0], style="attr"), lib="numpy")
    counters = [Value(INT, None, "k") for _ in range(rank)]
    versions = [Value(array.type, array.hint, array.temp) for _ in range(rank)]
    inner = _builder(op)
    at: dict[Value, Value] = {index: inner.op("getitem", index, *counters) for index in arrays}
    if not value.type.is_scalar:
        everything = [inner.op("slice", *(inner.const(None) for _ in range(3))) for _ in range(before)]
        sizes = (value.type.shape or ())[before:]
        own = [inner.const(0) if size == 1 else k for size, k in zip(sizes, counters, strict=False)]
        value = inner.op("getitem", value, *everything, *(own or counters))
    last = Value(op.results[0].type, op.results[0].hint, op.results[0].temp)
    places = [at.get(index, index) for index in indices]
    attrs: dict[str, Any] = {"distinct": True}
    add = Op("index_add", [versions[-1], value, *places], [last], attrs, op.span, op.stmt, origin=op.origin)
    block, result = Block([counters[-1], versions[-1]], [*inner.block.ops, add], [last]), last
    for depth in reversed(range(rank)):
        made = outer if depth == 0 else _builder(op)
        shape = made.op("shape", arrays[0], style="attr")
        bounds = [made.const(0), made.op("getitem", shape, made.const(depth)), made.const(1)]
        around = versions[depth - 1] if depth else array
        result = Value(last.type, last.hint, last.temp) if depth else op.results[0]
        made.block.ops.append(
            For("for", [*bounds, around], [result], {}, op.span, op.stmt, origin=op.origin, body=block)
        )
        if depth:
            block = Block([counters[depth - 1], versions[depth - 1]], made.block.ops, [result])
    return outer.block.ops
