"""What types tell of a function's text: lengths, keys and methods that are asked for, calls that write.

Before: ``%n = len %pair``, with a tuple of two.
After: the place and the length are known, and the function is lowered again (see `frontend.known`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sct.errors import Span
from sct.ir.nodes import Function, If, Loop, Op, Value
from sct.ir.types import UNDEF, Key, Type


def tuple_lengths(fn: Function, ops: Sequence[Op]) -> frozenset[tuple[Span, int]]:
    """The places where the length of a tuple, or of a list that came in empty, is asked for; and the length."""
    came_in, found = set(fn.params), set()
    for op in ops:
        if op.name == "item" and op.operands[0] in came_in:
            came_in.add(op.result)
        elif op.name in ("len", "items") and op.span is not None:
            (of,) = op.operands
            if of.type.kind == "tuple":
                found.add((op.span, len(of.type.items)))
            elif of in came_in and of.type == Type("list", items=(UNDEF,)):
                found.add((op.span, 0))
    return frozenset(found)


def lists(ops: Sequence[Op]) -> frozenset[Span]:
    """The places where the number of items of a list is asked for, and not known; ``xs += …`` and ``xs.sort()``.

    So are those of ``d | e`` of dicts.
    """
    told = {"add": "augmented", "sort": "in_place"}
    asked = [op for op in ops if op.name == "items" or op.attrs.get(told.get(op.name, "")) or _joins_dicts(op)]
    found = [op.span for op in asked if op.operands[0].type.kind == "list" or _joins_dicts(op)]
    return frozenset(span for span in found if span is not None)


def vectors(ops: Sequence[Op]) -> frozenset[Span]:
    """The places where the number of items of an array of rank 1 is asked for."""
    asked = [op for op in ops if op.name == "items" and op.operands[0].type.is_array]
    return frozenset(op.span for op in asked if op.span is not None and op.operands[0].type.rank == 1)


def dict_keys(ops: Sequence[Op]) -> frozenset[tuple[Span, tuple[Key, ...]]]:
    """The places where the items of a dict are asked for, and its keys."""
    found = set()
    for op in ops:
        form = op.operands[0].type.form if op.name in ("len", "items", "method") else None
        if form is not None and form.kind == "dict" and op.span is not None:
            found.add((op.span, form.labels))
    return frozenset(found)


def methods(ops: Sequence[Op]) -> frozenset[tuple[Span, str]]:
    """The places where more than a field of a class is asked for, and the class."""
    found = set()
    for op in ops:
        form = op.operands[0].type.form if op.operands else None
        if form is not None and form.kind == "class" and op.span is not None:
            label = op.attrs.get("label", form.labels[0] if form.labels else None)
            if _is_method(op) or label not in (*form.labels, None):
                found.add((op.span, form.name))
    return frozenset(found)


def writing_calls(ops: Iterable[Op]) -> frozenset[tuple[Span, int]]:
    """The calls that write into an argument, and the argument's position."""
    return frozenset((op.span, k) for op in ops if op.span is not None for k in _written(op))


def doubtful_calls(fn: Function) -> frozenset[Span]:
    """The calls that are given what may be None: they are lowered in line, where it is seen what asks for that."""
    sources: dict[Value, list[Value]] = {}
    for op in fn.body.walk():
        if isinstance(op, If):
            sources.update((v, [block.yields[k] for block in op.blocks]) for k, v in enumerate(op.results))
        elif isinstance(op, Loop):
            for k, pair in enumerate(zip(op.inits, op.nexts, strict=True)):
                sources |= {op.carried[k]: [*pair], op.results[k]: [*pair]}

    def may_be_none(value: Value, seen: frozenset[Value] = frozenset()) -> bool:
        if value.type.kind != "unknown" or value in seen:
            return value.type.kind == "none" and bool(seen)
        return any(may_be_none(source, seen | {value}) for source in sources.get(value, ()))

    calls = [op for op in fn.body.walk() if op.name == "call" and "rule" not in op.attrs]
    return frozenset(op.span for op in calls if op.span is not None and any(map(may_be_none, op.operands)))


def consuming_calls(fn: Function) -> frozenset[Span]:
    """The calls that write into a part of a tuple, as into the lists of residuals; and those that made it.

    They are lowered in line, where it is seen what shares memory with what.
    """
    makers = {result: op for op in fn.body.walk() for result in op.results}
    found = set()
    for op in fn.body.walk():
        for value in (op.operands[k] for k in _written(op)):
            if value.type.kind != "tuple":
                continue
            made = makers.get(value)
            while made is not None and made.name == "item":
                made = makers.get(made.operands[0])
            found |= {call.span for call in (op, made) if call is not None and call.name == "call"}
    return frozenset(span for span in found if span is not None)


def reached(fn: Function, writes: Collection[tuple[Span, int]]) -> list[Op]:
    """The operations up to the first of which it is not known what it changes: behind it, types may be others.

    That is a method of a structure that was not looked up yet, or a call of which it is not told that it ``writes``.
    """
    found = list[Op]()
    for op in fn.body.walk():
        found.append(op)
        form = op.operands[0].type.form if op.operands else None
        if form is not None and form.kind in ("class", "dict") and (_is_method(op) or _joins_dicts(op)):
            break
        if any((op.span, k) not in writes for k in _written(op)):
            break
    return found


def _joins_dicts(op: Op) -> bool:
    form = op.operands[0].type.form if op.name == "bitwise_or" else None
    return form is not None and form.kind == "dict"


def _is_method(op: Op) -> bool:
    return op.name == "method" or op.attrs.get("style") == "method"


def _written(op: Op) -> Sequence[int]:
    """The positions of the arguments that a call writes into."""
    return op.attrs["summary"].writes if op.name == "call" and "summary" in op.attrs else ()
