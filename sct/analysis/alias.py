"""Refuses a write that another name would see.

Before: ``%row = getitem %A0, %i; %A1 = store %A0, %v, %j; … %row …``.
After: a refusal at the store, with the place where the alias was made: on paper ``%row`` is a view of ``%A0``, at run
time it shows ``%A1``.
"""

from __future__ import annotations

from collections.abc import Sequence

from sct.analysis.contiguity import makes_view
from sct.analysis.liveness import bits, walk_liveness
from sct.analysis.sharing import Sharing
from sct.analysis.shown import may_be, may_be_number, shown_by
from sct.analysis.storage import Storages
from sct.errors import Diagnostic, RefusedError, Span
from sct.ir.nodes import Block, For, Function, Op, Value
from sct.ir.operations import WRITES
from sct.ir.types import Type
from sct.rules.table import lookup

_CHANGES = WRITES | {"put"}


_HELD = "this writes into what a container holds"
_AS_ARRAY = (
    "make the rows an array: `D = np.full((n, m), …)`, and `D[i, j] = …`; or build a row of its own, and append it"
)
RESHAPES = frozenset({"reshape", "ravel"})
_UNKNOWN = "it is not known whether this writes through a view of another array or into a copy"
_LAYOUT = "reshape an array that is made here and not transposed: `a = a.copy()` first; or write into the array itself"


def followed_views(fn: Function) -> frozenset[Span]:
    """The views that a write goes through, or that a write into their array changes: these must be followed.

    Raises
    ------
    RefusedError
        Where it is not known whether one is a view or a number.
    """
    if not any(op.name in _CHANGES for op in fn.body.walk()):
        return frozenset()
    sharing = Sharing(fn)
    shown = {v for store, values in seen_writes(fn, sharing).items() for v in [store.operands[0], *values]}
    sources = sharing.comes_from(*shown)
    views = [op for op in fn.body.walk() if not sources.isdisjoint(op.results) and _is_view(op, fn)]
    unknown = [op.span for op in views if op.span and op.name == "getitem" and may_be_number(op)]
    if unknown:
        reason = "it is not known whether this is a number or a view of the array, which is written into later"
        help_ = "annotate the array with its rank, or read it after the write"
        raise RefusedError([Diagnostic(span, reason, help_) for span in unknown])
    return frozenset(op.span for op in views if op.span is not None)


def _is_view(op: Op, fn: Function) -> bool:
    """Whether the operation makes a view of an array that can be followed."""
    if op.name in RESHAPES:
        return op.operands[0].type.is_array and op.result.type.shape is not None and makes_view(op, fn)
    if op.name == "transpose":
        return op.attrs.get("axes") is None
    return op.name == "getitem" and op.operands[0].type.is_array and not op.result.type.is_scalar and bool(shown_by(op))


def seen_writes(fn: Function, sharing: Sharing, bound: bool = False) -> dict[Op, list[Value]]:
    """For each store, the other values that are live there and show what it writes.

    With ``bound``, for each ``a += b`` as well that is taken for ``a = a + b`` as ``a`` may be a number: an array is
    written into.
    """
    found: dict[Op, list[Value]] = {}

    def visit(place: Op | Block, _: Sequence[Value], live: int) -> None:
        if isinstance(place, Op) and (_changes(place) or (bound and _may_update(place))):
            own = [place.result, *(place.attrs["call"].results if place.name == "written" else ())]
            written = changed_by(place)
            seen = sharing.among(live & ~bits(own, sharing.order), written, written.type)
            found[place] = [*found.get(place, []), *seen]

    walk_liveness(fn, sharing.order, visit, contents=True)
    return found


def _changes(op: Op) -> bool:
    """Whether an operation changes what it is given; ``xs.pop(0)`` makes another list, which is that from there on."""
    return op.name in _CHANGES or "rewrites" in op.attrs


def _may_update(op: Op) -> bool:
    """Whether an operation is an ``a += b`` that may write into an array."""
    return bool(op.attrs.get("augmented") and op.result.hint and op.operands[0].type.is_array)


def alias_problems(fn: Function) -> list[Diagnostic]:
    """Every write that cannot be followed, in the order of the source."""
    if not any(_changes(op) or _may_update(op) for op in fn.body.walk()):
        return []
    sharing, problems = Sharing(fn), list[Diagnostic]()
    maker = {result: op for op in fn.body.walk() for result in op.results}
    bad = {op: values[-1] for op, values in seen_writes(fn, sharing, bound=True).items() if values}
    held = {op for op in bad if _is_in_a_row(_shown(op, maker)) or _is_part(_shown(op, maker))}
    bad = {op: value for op, value in bad.items() if not op.attrs.get("back")}  # what it puts back is refused itself
    changes = [op for op in fn.body.walk() if op.name in _CHANGES and not op.attrs.get("back")]
    held |= {op for op in changes if _through_view(op.operands[0], maker) or _is_held(op.operands[0], fn, sharing)}
    inside = {op: _inside(op, maker) for op in changes if op in held}
    for op in fn.body.walk():
        if op in bad and op.span is not None and inside.get(op, ("",))[0] not in (_HELD, _UNKNOWN):
            reason = "another name sees this write, through a view or an alias"
            other = maker.get(bad[op])
            note = (other.span, "it was made here") if other is not None and other.span is not None else None
            help_ = "make the other one a copy (`.copy()`), or write first and take the view afterwards"
            if any(made is not None and made.name in RESHAPES for made in (other, _shown(op, maker))):
                help_ = _LAYOUT
            problems.append(Diagnostic(op.span, reason, help_, note))
    problems += [Diagnostic(op.span, *said) for op, said in inside.items() if op.span is not None]
    problems += _updated_items(fn, maker, sharing) + _read_as_arguments(fn, maker, sharing)
    problems += _shared_arguments(fn, sharing)
    return problems + _resized_lists(fn, maker, sharing)


def unseen_kinds(fn: Function) -> list[Diagnostic]:
    """The writes of floats into what held none, where the type of what holds that does not tell.

    To a caller, such a function seems to return, or to leave in its arguments, what has no derivative.
    """
    gaining = [op for op in fn.body.walk() if op.name in _CHANGES and _gains(op.operands[0].type, op.result.type)]
    spans = {op.span for op in gaining}
    found = [problem for problem in alias_problems(fn) if problem.span in spans] if spans else []
    for k, last in zip(fn.hands_back, fn.body.yields[1:], strict=True):
        if _gains(fn.params[k].type, last.type):
            span = next((op.span for op in gaining if op.span is not None), fn.span)
            reason = f"this writes a float into the argument `{fn.param_names[k]}` where it held none"
            found.append(
                Diagnostic(span, reason, "let it hold a float there before the call (`0.0`), or return a new one")
            )
    return found


def _gains(before: Type, after: Type) -> bool:
    """Whether something has a derivative that had none."""
    if len(before.items) == len(after.items) and before.items:
        return any(map(_gains, before.items, after.items))
    return after.is_differentiable and not before.is_differentiable


def _read_as_arguments(fn: Function, maker: dict[Value, Op], sharing: Sharing) -> list[Diagnostic]:
    """The writes into what a call returned of an argument, which is read by its other name in between.

    That read sees what is written only where its derivative needs the array again.
    """
    found, ops = [], list(fn.body.walk())
    place = {op: k for k, op in enumerate(ops)}
    for op in ops:
        shown = _shown(op, maker) if op.name in _CHANGES and op.name != "written" else None
        call = maker.get(shown.operands[0]) if shown is not None and shown.name == "item" else shown
        if op.span is None or shown is None or call is None or "summary" not in call.attrs:
            continue
        for reader in ops[place[shown] + 1 : place[op]]:
            for value in reader.operands if reader.attrs.get("call") is not call else ():
                if (
                    value.type.is_buffer
                    and sharing(value, shown.result)
                    and shown.result not in sharing.comes_from(value)
                ):
                    reason = "another name sees this write: a call returned its argument, which is read after the call"
                    note = None if reader.span is None else (reader.span, "it is read here")
                    help_ = "use the name of what the call returns, or pass a copy (`.copy()`)"
                    found.append(Diagnostic(op.span, reason, help_, note))
    return list(dict.fromkeys(found))


def _updated_items(fn: Function, maker: dict[Value, Op], sharing: Sharing) -> list[Diagnostic]:
    """The ``xs[i] += …`` on arrays that are not the list's alone: they write into these, and not only into the list."""
    found, updates = [], {op: item for op in fn.body.walk() if (item := _updated(op, maker)) is not None}

    def visit(place: Op | Block, _: Sequence[Value], live: int) -> None:
        item = updates.get(place) if isinstance(place, Op) else None
        if item is None or not isinstance(place, Op) or place.span is None:
            return
        xs = place.operands[0]
        others = sharing.is_among(live & ~bits([place.result], sharing.order), xs, item.type)
        given = sharing.comes_from(item).intersection(fn.params)
        if others or given or not sharing.is_apart(xs, item.type):
            reason = "this writes into an array that a container holds, and that something else may hold, too"
            found.append(Diagnostic(place.span, reason, "write `x[i] = x[i] + …` for a new array"))

    if updates:
        walk_liveness(fn, sharing.order, visit)
    return list(dict.fromkeys(found))


def _updated(op: Op, maker: dict[Value, Op]) -> Value | None:
    """The array in a container that ``xs[i] += …`` writes into."""
    is_update = op.name in ("store", "put") and op.attrs.get("update") and not op.operands[0].type.is_array
    return maker[op.operands[1]].operands[0] if is_update and op.operands[1].type.is_array else None


def _shared_arguments(fn: Function, sharing: Sharing) -> list[Diagnostic]:
    """The calls that write into an array which they are given twice, or into an array in a tuple."""
    found = []
    for op in fn.body.walk():
        if op.name != "written" or op.span is None:
            continue
        given, k = op.attrs["call"].operands, op.attrs["position"]
        if any(j != k and sharing(other, given[k]) for j, other in enumerate(given)):
            reason = "this call writes into an array that it is given twice"
            found.append(Diagnostic(op.span, reason, "pass a copy (`.copy()`) where the array is only read"))
        elif not op.result.type.is_array:
            name, form = op.attrs["call"].attrs["params"][k], op.result.type.form
            is_object = form is not None and form.kind == "class"
            reason = f"this call writes into its argument `{name}`, which is no plain array"
            help_ = "pass the array itself"
            if is_object:
                reason = f"this call changes its argument `{name}`, an object, or an array that it holds"
                help_ = "write it where it is called; or let the function return the new value, and assign that"
            found.append(Diagnostic(op.span, reason, help_))
    return found


def rewritten_arguments(fn: Function) -> list[Diagnostic]:
    """The changes of a list that the caller of a callee may hold, but at its end: the caller would not see them."""
    changes = [op for op in fn.body.walk() if "rewrites" in op.attrs and op.span is not None]
    if not changes:
        return []
    sharing = Sharing(fn)
    found = [op for op in changes if not sharing.comes_from(changed_by(op)).isdisjoint(fn.params)]
    reason = "this changes a list that came in as an argument, elsewhere than at its end"
    help_ = "make it one of this function's own first (`xs = list(xs)`), and return it"
    return [Diagnostic(op.span, reason, help_) for op in found if op.span is not None]


def _resized_lists(fn: Function, maker: dict[Value, Op], sharing: Sharing) -> list[Diagnostic]:
    """The loops over a list that itself grows or shrinks in their turns: how many there are is told before them."""
    found = []
    for loop in fn.body.walk():
        changes = [op for op in loop.body.walk() if _resizes(op)] if isinstance(loop, For) else []
        for xs in _iterated(loop.operands[1], maker) if changes else ():
            change = next((op for op in changes if sharing(changed_by(op), xs, xs.type)), None)
            if change is not None and change.span is not None:
                note = None if loop.span is None else (loop.span, "the loop goes over it")
                reason = "this changes the length of a list while a loop goes over it"
                help_ = "go over a copy, `for x in list(xs):`, or use `while` and an index"
                found.append(Diagnostic(change.span, reason, help_, note))
    return found


def _resizes(op: Op) -> bool:
    return op.name in ("append", "shorten") or "rewrites" in op.attrs


def changed_by(op: Op) -> Value:
    """What an operation changes."""
    written: Value = op.attrs.get("rewrites", op.operands[0])
    return written


def _iterated(stop: Value, maker: dict[Value, Op]) -> list[Value]:
    """The lists whose elements a loop up to ``stop`` goes over."""
    op = maker.get(stop)
    if op is None:
        return []
    if op.attrs.get("iterated") and op.operands[0].type.kind == "list":
        return [op.operands[0]]
    return [xs for operand in op.operands if op.name == "minimum" for xs in _iterated(operand, maker)]


def written_parameters(fn: Function) -> list[int]:
    """The positions of the parameters that the function writes into."""
    stores = [op for op in fn.body.walk() if op.name in _CHANGES]
    if not stores:
        return []
    sharing, maker = Sharing(fn), {result: op for op in fn.body.walk() for result in op.results}
    written = [op.operands[0] for op in stores]
    written += [item for op in stores if (item := _updated(op, maker)) is not None]
    return [k for k, param in enumerate(fn.params) if any(sharing(param, value, value.type) for value in written)]


def written_arrays(fn: Function) -> list[Value]:
    """The arrays and lists that the function writes into, each at a write."""
    maker = {result: op for op in fn.body.walk() for result in op.results}
    changes = [op for op in fn.body.walk() if op.name in _CHANGES]
    written = [*(op.operands[0] for op in changes), *(item for op in changes if (item := _updated(op, maker)))]
    return [value for value in written if value.type.is_buffer]


def lost_parameters(fn: Function) -> list[Diagnostic]:
    """The parameters of a callee whose last version is not the array that came in, though that is written."""
    if not fn.hands_back:
        return []
    storages, problems = Storages(fn, fn.body.ops, Sharing(fn)), []
    for k, last in zip(fn.hands_back, fn.body.yields[1:], strict=True):
        if storages.of(fn.params[k]) is None or storages.of(last) is not storages.of(fn.params[k]):
            reason = (
                f"`{fn.name}` writes into its argument `{fn.param_names[k]}`, which may be mixed with another array"
            )
            problems.append(Diagnostic(fn.span, reason, "let no name stand for the argument in one case only"))
    return problems


def _shown(op: Op, maker: dict[Value, Op]) -> Op | None:
    """What made the array, or the view, that an operation writes into."""
    outer = maker.get(op.operands[0])
    while outer is not None and outer.name in _CHANGES:
        outer = maker.get(outer.operands[0])
    return outer


def _is_in_a_row(made: Op | None) -> bool:
    """Whether what is written into has no name, but for its place in a list: ``D[i][j] = …``."""
    return made is not None and made.name == "getitem" and made.operands[0].type.kind == "list" and not made.result.hint


def _is_part(made: Op | None) -> bool:
    """Whether what is written into has no name, but for its place in a structure: ``s.h[0] = …``."""
    return made is not None and made.name == "item" and made.operands[0].type.form is not None and not made.result.hint


def _inside(op: Op, maker: dict[Value, Op]) -> tuple[str, str]:
    """Why a write through a view, or into what a container holds, cannot be followed, and what to do."""
    outer = _shown(op, maker)
    if outer is not None and outer.name == "item" and (made := maker.get(outer.operands[0])) and lookup(made.name):
        name = outer.result.hint or "a"
        return (
            f"this writes into one of the arrays that `{made.name}` returns",
            f"copy it first: `{name} = {name}.copy()`",
        )
    if outer is None or outer.operands[0].type.kind in ("tuple", "list"):
        held = [] if outer is None else outer.operands[0].type.items
        is_table = bool(held) and all(item.kind == "list" and item.items[0].is_scalar for item in held)
        return _HELD, _AS_ARRAY if is_table else "take it out, copy it, write into it and put it back"
    if outer.name in RESHAPES:
        return _UNKNOWN, _LAYOUT
    return (
        "this writes through a view of another array",
        "write into the array itself: `A[i, j] = …`, not through `row = A[i]`",
    )


def updated_arguments(fn: Function) -> list[Diagnostic]:
    """The ``a += b`` of a callee that are taken for ``a = a + b``, as ``a`` may be a number: the caller could tell."""
    updates = [op for op in fn.body.walk() if op.attrs.get("augmented") and op.result.hint and op.span]
    unknown = [op for op in updates if op.operands[0].type.is_array and op.operands[0].type.shape is None]
    if not unknown:
        return []
    sharing = Sharing(fn)
    reason = "it is not known whether this writes into an array of the caller's or binds a number"
    help_ = "write `a = a + b` for a new value, or annotate the rank of what is passed"
    shown = [op for op in unknown if any(sharing(op.operands[0], param) for param in fn.params)]
    return [Diagnostic(op.span, reason, help_) for op in shown if op.span is not None]


def module_constant_problems(fn: Function) -> list[Diagnostic]:
    """The writes into what the module holds, and the results that show it: who has these may write into them."""
    held = {op.result: op for op in fn.body.walk() if op.name == "global" and not op.result.type.is_scalar}
    if not held:
        return []
    sharing = Sharing(fn)
    writes = [(op.operands[0], op.span, "writes into") for op in fn.body.walk() if op.name in _CHANGES]
    given = [(value, fn.span, "returns") for value in fn.body.yields[:1] if not value.type.is_scalar]
    found = dict[Diagnostic, None]()
    for value, span, what in (*writes, *given):
        shown = sharing.comes_from(value) if span is not None else set[Value]()
        for name in [op.attrs["name"] for constant, op in held.items() if constant in shown]:
            reason = f"this {what} the module constant `{name}`, which every call reads"
            assert span is not None
            found[Diagnostic(span, reason, f"take a copy, `own = {name}.copy()`; or pass it as an argument")] = None
    return list(found)


def written_constants(fn: Function) -> list[Diagnostic]:
    """The hints that a parameter is constant which the function writes into."""
    reason = "this argument is written into, so that it is not constant"
    written = written_parameters(fn) if fn.constants else []
    return [Diagnostic(fn.constants[k], reason, "leave the hint off") for k in written if k in fn.constants]


def _through_view(value: Value, maker: dict[Value, Op]) -> bool:
    op = maker.get(value)
    if op is None or value.type.is_scalar:
        return False
    if op.name in _CHANGES:
        return _through_view(op.operands[0], maker)
    row = lookup(op.name)
    if op.name == "item":
        made = maker.get(op.operands[0])
        return made is not None and lookup(made.name) is not None and made.name != "getitem"
    if op.name == "getitem":
        return bool(shown_by(op)) and op.operands[0].type.kind != "list"
    return row is not None and row.view and bool(shown_by(op))


def _is_held(value: Value, fn: Function, sharing: Sharing) -> bool:
    """Whether a container that the caller gave may hold what is written into: it is not copied so deep."""
    containers = [param for param in fn.params if param.type.items and not may_be(param.type, value.type)]
    return bool(containers) and not sharing.comes_from(value).isdisjoint(containers)
