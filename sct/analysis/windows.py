"""Slices that surely lie within their array are as long as they say.

Before: ``for %t in (0, (add (sub %n, %k), 1)) { %s = slice %t, (add %t, %k), None; %w = getitem %x, %s }``, an array of
``n`` elements.
After: ``length=k``, an attribute of ``%s``: no turn takes less, at the end of ``%x``, and a product with ``k`` weights
is known to be of two equal sizes.  ``relied``, another one, are the sizes that this is told by.  What ends before the
end, ``x[:-k]``, is as long as what begins behind the start, ``x[k:]``, whatever ``k`` is but 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sct.analysis.affine import ONE, Form
from sct.analysis.settled import Settled
from sct.ir.nodes import For, Function, Op
from sct.ir.sizes import combined, cut
from sct.ir.types import Dim


def note_lengths(fn: Function) -> bool:
    """Note the lengths of slices of ``fn``, in loops; whether there is one."""
    places: dict[Op, list[tuple[Op, int]]] = defaultdict(list)
    makers = {result: op for op in fn.body.walk() for result in op.results}
    for loop in (op for op in fn.body.walk() if isinstance(op, For)):
        for op, place in _sliced(loop):
            places[makers[op.operands[1 + place]]].append((op, place))
    windows = {slice_: uses for slice_, uses in places.items() if "length" not in slice_.attrs and _is_open(slice_)}
    settled = Settled(fn.body) if windows else None
    for slice_, uses in windows.items():
        assert settled is not None
        told = [_told(settled, op, place) for op, place in uses]
        lengths = {None if found is None else found[0] for found in told}
        if len(lengths) == 1 and (length := lengths.pop()) is not None:
            slice_.attrs["length"] = length
            slice_.attrs["relied"] = set[Dim]().union(*(found[1] for found in told if found is not None))
    return any("length" in slice_.attrs for slice_ in windows)


def _told(settled: Settled, op: Op, place: int) -> tuple[Dim, set[Dim]] | None:
    """The length of a slice, and the sizes that this is told by."""
    if (found := settled.length(op, place)) is not None:
        return None if (length := _dim(found[0])) is None else (length, found[1])
    lag = settled.lag(op, place)
    if lag is None or (start := _dim(lag)) is None:
        return None
    assert op.operands[0].type.shape is not None
    return cut(op.operands[0].type.shape[place], (start, None, None)), set()


def _sliced(loop: For) -> Iterator[tuple[Op, int]]:
    """What a loop reads by slices, and which of the dimensions."""
    for op in loop.body.walk():
        array = op.operands[0].type if op.name == "getitem" else None
        if array is None or not array.is_array or array.shape is None:
            continue
        for place, index in enumerate(op.operands[1 : 1 + len(array.shape)]):
            if index.type.is_array or index.type.kind in ("none", "ellipsis", "step"):
                break
            if index.type.kind == "slice":
                yield op, place


def _is_open(op: Op) -> bool:
    """Whether a slice has an end that is not a number, and no step."""
    start, stop, step = op.operands
    is_whole = stop.type.kind == "int" and start.type.kind in ("int", "none")
    has_numbers = isinstance(stop.type.dim, int) and (start.type.kind == "none" or isinstance(start.type.dim, int))
    return is_whole and (step.type.kind == "none" or step.type.dim == 1) and not has_numbers


def _dim(form: Form) -> Dim | None:
    """A size that is made of numbers and symbols, those of loops' indices among them."""
    terms = dict[str, int]()
    for key, times in form.items():
        name = key.body.args[0].type.dim if isinstance(key, For) else key
        if not isinstance(name, str):
            return None
        if key != ONE:
            terms[name] = times
    return combined(terms, form.get(ONE, 0))
