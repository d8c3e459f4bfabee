"""What an augmented assignment does: ``a += b`` writes into an array, and binds a number anew.

Before: ``%a1 = add %a, %b augmented``.
After: its place is among those that are lowered again as a store, where ``%a`` is an array.

A 0-d array is a number on paper, but at run time ``a += b`` writes into it, and an array is copied that it indexes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sct.analysis.liveness import bits, walk_liveness
from sct.analysis.rank_0 import MAKES_ARRAYS, is_array_of_rank_0, is_element_as_view, picks
from sct.analysis.sharing import Sharing
from sct.errors import Diagnostic, RefusedError, Span
from sct.ir.nodes import Block, Function, Op, Value
from sct.ir.operations import WRITES
from sct.ir.phis import phis
from sct.rules.table import lookup

Sources = Mapping[Value, Sequence[Value]]

_OF_ONE_RANK = WRITES | {"getitem", "copy", "transpose", "zeros_like", "ones_like", "empty_like", "full_like"}
_WHOLE = frozenset({"slice", "none", "ellipsis"})
_HOLDS = frozenset({"tuple", "append", "concat", "put", "item", "rebuild", "listed"})
_SHOWS = frozenset({"asarray", "ascontiguousarray", "squeeze", "reshape", "transpose", "getitem"})


def updates_in_place(fn: Function, is_callee: bool) -> frozenset[Span]:
    """The augmented assignments ``a += b`` of names that hold arrays: they write, where a number is bound anew.

    So is what may be either: `sct.analysis.alias` sees to it that nobody could tell.  An array of unknown rank that a
    ``callee`` is given may be one, where an annotation states that it is an array.

    Raises
    ------
    RefusedError
        Where it is not known whether the name holds an array or a number.
    """
    updates: dict[Span, set[bool]] = {}
    unknown: dict[Span, Op] = {}
    sources, makers = _sources(fn), {result: op for op in fn.body.walk() for result in op.results}
    for op in fn.body.walk():
        if op.attrs.get("augmented") and op.result.hint and op.span:
            type_ = op.operands[0].type
            if type_.kind != "undef":
                is_number = may_be_number(op.operands[0], sources, makers, is_callee)
                updates.setdefault(op.span, set()).add(type_.is_array and not is_number)
            if type_.kind == "unknown":
                unknown.setdefault(op.span, op)
    if unknown:
        raise RefusedError([Diagnostic(span, *_unknown(op, fn, sources)) for span, op in unknown.items()])
    return frozenset(span for span, kinds in updates.items() if kinds == {True})


def _unknown(op: Op, fn: Function, sources: Sources) -> tuple[str, str]:
    """Why it is not known what ``a += b`` does, and what to write: often as ``b`` has to do with what was None."""
    makers = {result: maker for maker in fn.body.walk() for result in maker.results}
    seen, todo = set(op.operands), list(op.operands)
    while todo:
        value = todo.pop()
        given = sources.get(value, [])
        if value.hint not in (None, op.result.hint) and any(source.type.kind == "none" for source in given):
            reason = f"`{value.hint}` is None at first, so that it is not known what `{op.result.hint}` becomes here"
            name = op.result.hint
            help_ = f"write `{name} = {name} + …`; or begin with a value, `{value.hint} = xs[0]`, and go over `xs[1:]`"
            return reason, help_
        maker = makers.get(value)
        inner = [*given, *(maker.operands if maker is not None and not maker.blocks else ())]
        fresh = [source for source in inner if source not in seen and source.type.kind in ("unknown", "none")]
        seen.update(fresh)
        todo += fresh
    help_ = "write `a = a + b` for a new value, or annotate the parameters that it comes from"
    return "it is not known whether this writes into an array or binds a number", help_


def may_be_number(
    value: Value, sources: Sources, makers: Mapping[Value, Op], given: bool, seen: frozenset[Value] = frozenset()
) -> bool:
    """Whether a value is a number on some path, or may be one as its rank is not known: ``A[0]``, ``A.sum(axis=0)``.

    So is a parameter, if the values of parameters are ``given`` by a call, and not stated.
    """
    type_, op = value.type, makers.get(value)
    if type_.is_scalar or not type_.is_array or type_.shape is not None or value in seen:
        return type_.is_scalar
    seen |= {value}

    def may_be(other: Value) -> bool:
        return may_be_number(other, sources, makers, given, seen)

    if value in sources:
        return any(map(may_be, sources[value]))
    if op is None:
        return given
    row = lookup(op.name)
    if row is not None and row.elementwise:
        return all(may_be(operand) for operand in op.operands if operand.type.is_array)
    is_part = op.name == "getitem" and any(index.type.kind not in _WHOLE for index in op.operands[1:])
    return is_part or op.name not in _OF_ONE_RANK or may_be(op.operands[0])


def zero_dimensional_problems(fn: Function, is_callee: bool) -> list[Diagnostic]:
    """The writes into 0-d arrays that another name sees, and the indices with them, in the order of the source.

    What comes in as a 0-d array is handed on as a number, but for what a caller's container or a ``callee`` gets.
    """
    found, names = list[Diagnostic](), _Names(fn)
    if not any(map(names.is_array, names.all)):
        return found
    numbers = () if is_callee else fn.params
    number = {value: k for k, value in enumerate(names.all)}

    def visit(place: Op | Block, _: Sequence[Value], live: int) -> None:
        if not isinstance(place, Op) or place.span is None:
            return
        if place.name == "getitem" and place.result.type.is_array and any(map(names.of, place.operands[1:])):
            reason = "a 0-d array as an index makes a copy where a number gives a view"
            found.append(Diagnostic(place.span, reason, "index with the number: `A[int(k)]`"))
        written = names.of(place.operands[0]) if place.attrs.get("augmented") and place.result.hint else []
        if bits(written, number) & live or any(names.came_in(value) and value not in numbers for value in written):
            reason = "another name sees this write into a 0-d array"
            found.append(Diagnostic(place.span, reason, "use the number, without `np.array`; or write `a = a + b`"))

    walk_liveness(fn, number, visit)
    shown = _written_elements(fn, names)
    told = {problem.span for problem in shown}
    return [*shown, *dict.fromkeys(problem for problem in reversed(found) if problem.span not in told)]


def _written_elements(fn: Function, names: _Names) -> list[Diagnostic]:
    """The writes into an array of which ``y = a[..., 0]`` shows an element, which is a view of rank 0; or through it.

    What is squeezed or reshaped to a number stays a view in generated code, which may keep what it is a view of.
    """
    views = [op for op in fn.body.walk() if _shows_element(op) and op.result.type.is_scalar]
    if not views:
        return []
    sharing, found = Sharing(fn), dict[Diagnostic, None]()
    number = {value: k for k, value in enumerate(names.all)}
    shown = {op: bits(_holders(fn, op.result), number) for op in views}
    arrays = [value for value in names.all if value.type.is_array]
    near = {op: bits([a for a in arrays if sharing(a, op.operands[0])], number) for op in views}
    given = bits(fn.params, number)

    def is_seen(view: Op, place: Op, live: int) -> bool:
        if place.attrs.get("augmented") and place.result.hint:
            is_through = bits(place.operands[:1], number) & shown[view]
            return bool(is_through and (view.name != "getitem" or near[view] & (live | given)))
        if place.name not in WRITES or not sharing(view.operands[0], place.operands[0]):
            return False
        return view.name != "getitem" or bool(shown[view] & live)

    def visit(place: Op | Block, _: Sequence[Value], live: int) -> None:
        for view in views if isinstance(place, Op) and place.span is not None else ():
            assert isinstance(place, Op) and place.span is not None
            if is_seen(view, place, live):
                reason = "this writes into an array of which another name shows an element: `a[..., 0]` is a view"
                note = None if view.span is None else (view.span, "it was made here")
                found[Diagnostic(place.span, reason, "read the number there: `a[0]`", note)] = None

    walk_liveness(fn, number, visit)
    return list(found)


def _holders(fn: Function, view: Value) -> list[Value]:
    """What is a view of rank 0 on some path, or holds it."""
    found, handed = {view: None}, _sources(fn)
    handed |= {op.result: op.operands for op in fn.body.walk() if op.name in _SHOWS | _HOLDS}
    count = 0
    while count < len(found):
        count = len(found)
        found |= {value: None for value, given in handed.items() if not found.keys().isdisjoint(given)}
    return list(found)


def zero_dimensional_constants(fn: Function) -> list[Diagnostic]:
    """The 0-d arrays in a constant of a module, which a function that has it under another name may write into."""
    makers = [op for op in fn.body.walk() if op.name in MAKES_ARRAYS and op.result.type.is_scalar]
    return [Diagnostic(op.span, "it is a 0-d array", "write the number") for op in makers if op.span is not None]


class _Names:
    """Which values have the memory of a 0-d array."""

    def __init__(self, fn: Function) -> None:
        self._sources = _sources(fn)
        self._maker = {result: op for op in fn.body.walk() for result in op.results}
        self.all = [*self._maker, *fn.params, *(arg for op in fn.body.walk() for b in op.blocks for arg in b.args)]

    def of(self, value: Value) -> list[Value]:
        """The value and those whose memory it has, or may have; none if it is surely a number."""
        found, todo, is_array = dict.fromkeys([value]), [value], False
        while todo if value.type.is_scalar else ():
            value = todo.pop()
            op = self._maker.get(value)
            is_array |= self.is_array(value)
            shown = op.operands[:1] if op is not None and op.name in _SHOWS else []
            fresh = [source for source in (*self._sources.get(value, ()), *shown) if source not in found]
            found.update(dict.fromkeys(fresh))
            todo += [source for source in fresh if source.type.is_scalar]
        return list(found) if is_array else []

    def is_array(self, value: Value) -> bool:
        """Whether a number is a 0-d array where it is made, or came in as one."""
        op = self._maker.get(value) if value.type.is_scalar else None
        return is_array_of_rank_0(value.type) or (op is not None and _shows_element(op))

    def came_in(self, value: Value) -> bool:
        """Whether a value is a 0-d array of the caller's, or one in a container of the caller's."""
        op = self._maker.get(value)
        is_part = op is not None and op.name in ("item", "getitem") and not op.operands[0].type.is_array
        return is_array_of_rank_0(value.type) and (op is None or is_part)


def _shows_element(op: Op) -> bool:
    is_whole = op.name in _SHOWS and op.name != "getitem" and op.operands[0].type.is_array
    return is_whole or is_element_as_view(op)


def _sources(fn: Function) -> dict[Value, list[Value]]:
    """For what branches and loops hand on, and Python's ``max`` and ``min``, the values that it may be."""
    handed = [op for op in fn.body.walk() if op.name == "bind" or picks(op)]
    return dict(phis(fn.body)) | {op.result: op.operands[:] for op in handed}
