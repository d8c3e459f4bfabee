"""Operations that Numba lacks, spelled out in those that it has.

Before: ``%m = mean %x axis=0``.
After: ``%s = sum %x axis=0; %n = getitem (shape %x), 0; %m = div %s, %n``.

What the text of an operation says (see `spellings`) is spelled out in turn.  A few have no such text: a helper of the
generated module has their loop.
"""

from __future__ import annotations

from collections.abc import Sequence

from sct.analysis.sharing import Sharing
from sct.ir.indices import repeats
from sct.ir.nodes import Function, Op, Value
from sct.rules.table import lookup
from sct.transform.build import Builder
from sct.transform.lacking import elsewhere
from sct.transform.scattered import as_loops
from sct.transform.spellings import SEQUENCES, spelling_of

_OF_NUMPY = frozenset({"cbrt", "fmod"})
"""What Numba has of NumPy's, and not of the module ``math``."""


def spell_out(fn: Function, boundary: int) -> int:
    """Leave no operation in ``fn`` that Numba is known not to compile, as far as it can be said otherwise.

    Returns where the operations from ``boundary`` on begin then.
    """
    body, sharing = fn.body, Sharing(fn)
    forward, reverse = _ops(body.ops[:boundary], sharing), _ops(body.ops[boundary:], sharing)
    body.ops = [*forward, *reverse]
    return len(forward)


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
        op.attrs = {**op.attrs, "lib": elsewhere(op) or "numpy"}
    if op.attrs.get("lib") == "math" and op.name in _OF_NUMPY:
        op.attrs = {**op.attrs, "lib": "numpy"}
    if op.name in SEQUENCES:  # a list among arrays
        for maker in filter(None, map(sharing.maker, op.operands)):
            maker.attrs.pop("nested", None)
    if op.name in ("store", "index_add", "restore"):
        return _written(op)
    if op.name == "getitem" and _mask_of(op.operands[1:]) is not None:
        return [_helped(op, "_masked")]
    text = spelling_of(op, sharing)
    if text is None:
        return [op]
    if text.startswith("_"):
        return [_helped(op, text)]
    builder = Builder.instead_of(op, "numpy")
    names = lookup(op.name)
    assert names is not None
    operands = [f"x{k}" for k in range(len(op.operands))] if names.variadic else names.operands
    builder.text(text, {**op.attrs, **dict(zip(operands, op.operands, strict=True))})
    builder.block.ops[-1].results = [op.result]
    return [part for made in builder.block.ops for part in _spelled(made, sharing)]


def _helped(op: Op, helper: str) -> Op:
    """A call of a helper; it may be told an axis."""
    name, _, axis = helper.partition(" ")
    attrs = {"helper": name, "literals": [axis] if axis else []}
    return Op("helper", op.operands, op.results, attrs, op.span, op.stmt, origin=op.origin)


# writes


def _written(op: Op) -> list[Op]:
    if op.attrs.get("form") in ("copyto", "out"):
        op.attrs = {key: value for key, value in op.attrs.items() if key != "form"}
    indices = op.operands[2:]
    adds = op.name == "index_add" or bool(op.attrs.get("adds"))
    if _mask_of(indices) is not None:
        return [_masked_write(op, adds)]
    if adds and repeats(indices) and not op.attrs.get("distinct"):
        return as_loops(op) or [op]
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
