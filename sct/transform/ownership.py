"""Which adjoint buffers may be updated in place.

Before: ``%z_bar = bind %y_bar; %z_bar2 = accumulate %z_bar, %c`` where ``%y_bar`` is still used.
After: the same (it would spoil ``%y_bar``); but ``accumulate`` on a buffer that nothing else shares gets ``in_place``,
and an ``index_add`` or ``store`` into a shared buffer writes into a copy, unless it is shared with a part of it that
was read: then that part is the copy.

The analysis starts from the hope that every update is in place, and takes back what liveness forbids until that is
stable.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sct.analysis.liveness import bits, use_counts, walk_liveness
from sct.analysis.sharing import Sharing
from sct.analysis.shown import is_new_matrix, may_hold
from sct.ir.instead import Instead
from sct.ir.nodes import Block, Function, Loop, Op, Value
from sct.transform.build import Builder

_UPDATES = frozenset({"accumulate", "index_add", "store", "append", "shorten", "take_last"})
# What another function made or holds, and NumPy's read-only views.  A callee's reverse gives its buffers away.
_FOREIGN_RESULTS = frozenset({"pop", "broadcast_to", "diag", "diagonal", "call_forward", "call_tangent", "call_rule"})


def settle_ownership(fn: Function, derived: set[Op]) -> None:
    """Mark each ``accumulate`` of adjoints or tangents that owns its buffer, and copy where an update needs a buffer.

    ``derived`` are the operations of the reverse sweep, or those that compute tangents.
    """
    updates = [op for op in fn.body.walk() if op in derived and op.name in _UPDATES]
    updates = [op for op in updates if not op.operands[0].type.is_scalar]
    for op in updates:
        op.attrs["in_place"] = True
    if not updates:
        return
    _own_seeds(fn, derived, updates)
    owned: list[Op] = []
    while _take_back(fn, derived, updates, owned):
        pass
    _settle_copies(fn, derived, updates, owned)
    _own_items(fn, updates)
    _copy(fn.body, {op for op in updates if op.name != "accumulate" and not op.attrs["in_place"]})


def _own_items(fn: Function, updates: list[Op]) -> None:
    """Mark the updates of a list's items where this sweep allocated these as well."""
    of_lists = [op for op in updates if op.name == "index_add" and op.operands[0].type.kind == "list"]
    if not of_lists:
        return
    sharing = Sharing(fn)
    for op in of_lists:
        makers = [sharing.maker(value) for value in sharing.comes_from(op.operands[0])]
        plain = [maker for maker in makers if maker is not None and not maker.blocks]
        op.attrs["owned"] = all(maker.name in ("blank", "index_add") for maker in plain)


def _own_seeds(fn: Function, derived: set[Op], updates: list[Op]) -> None:
    """Copy what comes in, once, where a loop updates it, or a write is the first thing that happens to it."""
    written = [op.operands[0].type for op in updates]
    seeds = fn.params[len(fn.param_names) :]  # an argument of the author's is copied where it becomes an adjoint
    parts = [op for op in fn.body.ops if op in derived and op.name == "item" and op.operands[0] in fn.params]
    came_in = [*seeds, *(op.result for op in parts)]
    taken = [v for v in came_in if v.type.is_buffer and any(may_hold(v.type, type_) for type_ in written)]
    if not taken:
        return
    sharing = Sharing(fn)
    looped = [op for op in updates if op not in fn.body.ops]
    reached = {op.operands[0] for op in updates if op.name != "accumulate"}
    reached |= sharing.comes_from(*(op.operands[0] for op in looped))
    primal = {value for op in fn.body.walk() if op not in derived and not op.blocks for value in op.operands}
    within = (_concerns(op, derived, seeds) for op in fn.body.ops)
    first = next((k for k, is_concerned in enumerate(within) if is_concerned), 0)
    for seed in taken:
        if seed not in reached or seed in primal:
            continue
        own = Value(seed.type, seed.hint, seed.temp)
        for op in fn.body.walk():
            op.operands = [own if value is seed else value for value in op.operands]
        maker = sharing.maker(seed)
        place = first if maker is None else fn.body.ops.index(maker) + 1
        first += maker is None  # in the order of the signature
        like = fn.body.ops[place - (maker is not None)]
        attrs = {"style": "method", "lib": "numpy", "note": "the caller's is left alone"}
        copy = Op("copy", [seed], [own], attrs, like.span, None, origin=like.origin)
        fn.body.ops.insert(place, copy)
        derived.add(copy)


def _concerns(op: Op, derived: set[Op], seeds: Sequence[Value]) -> bool:
    """Whether an operation, or one that it owns, is derived, or carries a seed from turn to turn."""
    return any(each in derived or not set(seeds).isdisjoint(each.operands) for each in op.walk())


def give_away(fn: Function, derived: set[Op], results: list[Value]) -> list[Value]:
    """The adjoints ``results``, each in a buffer that this sweep allocated and nothing else shows: the caller's now."""
    sharing, given = Sharing(fn), list[Value]()

    def own(value: Value, before: Op | None) -> Value:
        """The value, or a copy of it that is made before an operation, or at the end."""
        maker = sharing.maker(value)
        if maker is not None and maker.name in ("tuple", "rebuild") and value.type.kind == "tuple":
            parts = maker.operands[maker.name == "rebuild" :]
            maker.operands[-len(parts) :] = [own(part, maker) for part in parts]
            return value
        if value.type.kind != "tuple" and not value.type.is_buffer:
            return value
        is_shared = _repeats_an_array(value, sharing) or any(sharing(value, other) for other in given)
        if is_shared or _foreign([value], sharing, derived):
            value = _copied_before(fn.body, value, before, derived)
        given.append(value)
        return value

    return [own(value, None) for value in results]


def _repeats_an_array(value: Value, sharing: Sharing) -> bool:
    """Whether a list may hold one array many times."""
    if value.type.kind != "list" or value.type.items[0].is_scalar:
        return False
    makers = map(sharing.maker, sharing.comes_from(value))
    return any(maker is not None and maker.name in ("spread", "filled") for maker in makers)


def _copied_before(block: Block, value: Value, before: Op | None, derived: set[Op]) -> Value:
    """A copy of a value, with what it holds, that is made before an operation, or at the end."""
    last = before or (block.ops[-1] if block.ops else None)
    own = Value(value.type, value.hint, value.temp)
    attrs = {"style": "method", "lib": "numpy"} | ({} if value.type.is_array else {"deep": True})
    span, origin = (last.span, last.origin) if last is not None else (None, Op("return", [], []))
    copy = Op("copy", [value], [own], attrs, span, None, origin=origin)
    block.ops.insert(len(block.ops) if before is None else block.ops.index(before), copy)
    derived.add(copy)
    return own


def keep_apart(fn: Function, wrt: Sequence[int], value: Value | None, derived: set[Op]) -> None:
    """Let the tangents that a function returns show only those that it was given of what its ``value`` shows.

    The tangent of ``w + 1`` is ``w_dot`` itself, which the caller may write into.
    """
    sharing, build = Sharing(fn), Builder(fn.body)
    params = [fn.params[k] for k in wrt]
    seeds = fn.body.args[-len(wrt) :]
    build.at(fn.body.ops[-1] if fn.body.ops else Op("return", [], []))
    build.stmt = None

    def own(dot: Value, value: Value | None) -> Value:
        mine = [s for param, s in zip(params, seeds, strict=True) if value is None or not sharing(value, param)]
        if dot.type.is_scalar or not any(sharing(dot, seed) for seed in mine):
            return dot
        if dot.type.kind != "tuple":
            deep = {"deep": True} if dot.type.kind == "list" else {}
            return build.op("copy", dot, hint=dot.hint, temp=dot.temp, lib="numpy", style="method", **deep)
        dots, values = parts(dot), parts(value)
        items = [
            own(build.op("item", dot, index=k) if dots is None else dots[k], None if values is None else values[k])
            for k in range(len(dot.type.items))
        ]
        return build.op("tuple", *items, form=dot.type.form)

    def parts(value: Value | None) -> list[Value] | None:
        maker = None if value is None else sharing.maker(value)
        return maker.operands if maker is not None and maker.name == "tuple" else None

    start, yields = len(fn.body.ops), fn.body.yields
    for k in range(value is not None, len(yields)):
        yields[k] = own(yields[k], value if k == 1 else None)
    derived.update(fn.body.ops[start:])


def _copy(block: Block, updates: set[Op]) -> None:
    ops: list[Op] = []
    for op in block.ops:
        for owned in op.blocks:
            _copy(owned, updates)
        if op in updates:
            before = op.operands[0]
            own = Value(before.type, op.results[-1].hint, before.temp)
            ops.append(
                Op("copy", [before], [own], {"style": "method", "lib": "numpy"}, op.span, op.stmt, origin=op.origin)
            )
            op.operands[0] = own
            op.attrs["in_place"] = True
        ops.append(op)
    block.ops = ops


def _settle_copies(fn: Function, derived: set[Op], updates: list[Op], owned: list[Op]) -> None:
    """Settle the copies of what loops begin with: none where no update is in place after all, or what is copied is new.

    ``u_bar = w`` and a copy of that are ``u_bar = w.copy()``.
    """
    if not owned:
        return
    sharing, instead, counts = Sharing(fn), Instead(), use_counts(fn.body)
    used = sharing.comes_from(*(op.operands[0] for op in updates if op.attrs["in_place"]))
    gone = set[Op]()
    for copy in owned:
        (value,) = copy.operands
        maker = sharing.maker(value)
        own = maker if maker in derived and counts[value] == 1 else None
        if own is not None and own.name == "bind" and copy.result in used:
            own.name, own.attrs = "copy", copy.attrs
        elif copy.result in used and not (own is not None and _is_new(value, own, sharing)):
            continue
        instead[copy.result] = value
        gone.add(copy)
    for block in fn.body.blocks():
        block.ops = [op for op in block.ops if op not in gone]
    instead.substitute(fn.body)


def _is_new(value: Value, maker: Op, sharing: Sharing) -> bool:
    """Whether an operation makes the value in memory of its own."""
    return not maker.blocks and maker.name not in _FOREIGN_RESULTS and sharing.comes_from(value) == {value}


def _take_back(fn: Function, derived: set[Op], updates: list[Op], owned: list[Op]) -> bool:
    """Take ``in_place`` from the updates whose buffer something else shows, or that this sweep did not allocate.

    The copies that are made instead are added to ``owned``.
    """
    sharing = Sharing(fn)
    live_at: dict[Op, int] = {}

    def visit(place: Op | Block, results: Sequence[Value], live: int) -> None:
        if isinstance(place, Op) and place.name in _UPDATES:
            live_at[place] = live & ~bits(results, sharing.order)

    walk_liveness(fn, sharing.order, visit)
    foreigners = _foreign((op.operands[0] for op in updates), sharing, derived)
    fresh = list[Value]()
    for op in updates:  # in this order: what one takes back is a fresh buffer for the next
        buffer = op.operands[0]
        if not op.attrs["in_place"] or any(sharing(buffer, own) for own in fresh):
            continue
        makers = [sharing.maker(value) for value in sharing.among(live_at[op], buffer, buffer.type)]
        foreign = buffer in foreigners
        views = [maker for maker in makers if maker in derived and maker.name == "getitem"]
        by_parts = bool(views) and len(views) == len(makers) and op.name != "accumulate"
        if by_parts and not foreign:  # a part is less to copy than the buffer
            for view in views:
                _copy_view(fn.body, view, derived)
            return True
        # A copy that is made once is less than one in every turn.
        if (makers or foreign) and _own_init(fn.body, sharing, buffer, derived, owned):
            return True
        if makers or foreign:
            op.attrs["in_place"] = False
            fresh += op.results[-1:]
    return bool(fresh)


def _own_init(block: Block, sharing: Sharing, buffer: Value, derived: set[Op], owned: list[Op]) -> bool:
    """Copy what a loop begins with that carries the buffer, unless that is a copy already."""
    carried = sharing.comes_from(buffer)
    for position, op in enumerate(block.ops):
        if isinstance(op, Loop):
            for k, (arg, init) in enumerate(zip(op.carried, op.inits, strict=True)):
                maker = sharing.maker(init)
                is_own = maker is not None and maker in derived and maker.name in ("copy", "blank")
                if arg not in carried or init.type.is_scalar or is_own:
                    continue
                own = Value(init.type, arg.hint, init.temp)
                attrs = {"style": "method", "lib": "numpy"}
                copy = Op("copy", [init], [own], attrs, op.span, None, origin=op.origin or op)
                op.operands[len(op.operands) - len(op.inits) + k] = own
                block.ops.insert(position, copy)
                derived.add(copy)
                owned.append(copy)
                return True
        if any(_own_init(inner, sharing, buffer, derived, owned) for inner in op.blocks):
            return True
    return False


def _copy_view(block: Block, view: Op, derived: set[Op]) -> None:
    """Let what a part of an adjoint shows be kept, whatever is written there later."""
    for owned in (owned for op in block.ops for owned in op.blocks):
        _copy_view(owned, view, derived)
    if view in block.ops:
        kept = view.result
        view.results = [Value(kept.type, temp=kept.temp)]
        copy = Op("copy", [view.result], [kept], {"style": "method", "lib": "numpy"}, view.span, view.stmt)
        copy.origin = view.origin
        block.ops.insert(block.ops.index(view) + 1, copy)
        derived.add(copy)


def _foreign(values: Iterable[Value], sharing: Sharing, derived: set[Op]) -> set[Value]:
    """Those of the values whose memory may be another function's, the caller's, or the primal's."""

    def is_foreign(value: Value) -> bool:
        op = sharing.maker(value)
        if value.type.is_scalar or op is None:
            return not value.type.is_scalar and not sharing.is_carried(value)
        return not op.blocks and (op not in derived or (op.name in _FOREIGN_RESULTS and not is_new_matrix(op)))

    return sharing.from_any(values, is_foreign)
