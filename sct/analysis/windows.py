"""Slices that surely lie within their array are as long as they say.

Before: ``for %t in (0, (add (sub %n, %k), 1)) { %s = slice %t, (add %t, %k), None; %w = getitem %x, %s }``, an array of
``n`` elements.
After: ``length=k``, an attribute of ``%s``: no turn takes less, at the end of ``%x``, and a product with ``k`` weights
is known to be of two equal sizes.  ``relied``, another one, are the sizes that this is told by.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sct.analysis.affine import ONE, Form
from sct.analysis.settled import Settled
from sct.ir.nodes import For, Function, Op
from sct.ir.types import Dim
from sct.rules.sizes import moved


def note_lengths(fn: Function) -> bool:
    """Note the lengths of slices of ``fn``, in loops; whether there is one."""
    places: dict[Op, list[tuple[Op, int]]] = defaultdict(list)
    makers = {result: op for op in fn.body.walk() for result in op.results}
    for loop in (op for op in fn.body.walk() if isinstance(op, For)):
        for op, place in _sliced(loop):
            places[makers[op.operands[1 + place]]].append((op, place))
    windows = {slice_: uses for slice_, uses in places.items() if "length" not in slice_.attrs and _has_ends(slice_)}
    settled = Settled(fn.body) if windows else None
    for slice_, uses in windows.items():
        assert settled is not None
        told = [settled.length(op, place) for op, place in uses]
        lengths = {None if found is None else _dim(found[0]) for found in told}
        if len(lengths) == 1 and (length := lengths.pop()) is not None:
            slice_.attrs["length"] = length
            slice_.attrs["relied"] = set[Dim]().union(*(found[1] for found in told if found is not None))
    return any("length" in slice_.attrs for slice_ in windows)


def _sliced(loop: For) -> Iterator[tuple[Op, int]]:
    """What a loop reads by slices, and which of the dimensions."""
    for op in loop.body.walk():
        array = op.operands[0].type if op.name == "getitem" else None
        if array is None or not array.is_array or array.shape is None or len(array.shape) < len(op.operands) - 1:
            continue
        for place, index in enumerate(op.operands[1:]):
            if index.type.is_array or index.type.kind in ("none", "ellipsis", "step"):
                break
            if index.type.kind == "slice":
                yield op, place


def _has_ends(op: Op) -> bool:
    """Whether a slice has both ends, of which one is not a number."""
    start, stop, step = op.operands
    is_whole = start.type.kind == stop.type.kind == "int" and (step.type.kind == "none" or step.type.dim == 1)
    return is_whole and not (isinstance(start.type.dim, int) and isinstance(stop.type.dim, int))


def _dim(form: Form) -> Dim | None:
    """A size that is a number, or a symbol and a number."""
    symbols = [key for key in form if key != ONE]
    if not symbols:
        return form.get(ONE, 0)
    (key, *others) = symbols
    return moved(key, form.get(ONE, 0)) if isinstance(key, str) and not others and form[key] == 1 else None
