"""Removes carried values, results and computations that nothing reads.

Before: ``%y, %t = for … (%y0, %t0) { …; yield %y1, %t1 }`` with ``%t`` unused, and read by nothing in the loop.
After: ``%y = for … (%y0) { …; yield %y1 }``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sct.ir.nodes import Block, For, Function, Hook, If, Loop, Op, Value, While
from sct.ir.operations import WRITES

_EFFECTS = frozenset(
    {"print", "assert", "raise", "call", "written", "items", "method", "adjoint_of", "check", "literal", "holds"}
)

_STORES = WRITES | {"put"}


def prune(fn: Function, stores: bool = False, kept: Collection[Op] = ()) -> None:
    """Remove from ``fn`` what reaches neither its result nor an effect, nor is ``kept``.

    A store counts as an effect until the aliases are known: it may write through a view; and so does ``a += b``, which
    may be one, and a method, which may be that of a user's class.  With ``stores`` they do not.
    """
    needed, lasting = _needed(fn, fn.body.yields, stores, kept)
    _sweep(fn.body, needed, lasting)


def needed_for(fn: Function, values: Sequence[Value], kept: Collection[Op]) -> set[Op]:
    """The operations of ``fn`` that reach the ``values``, an effect other than a store, or what is ``kept``."""
    needed, lasting = _needed(fn, values, True, kept)
    return {op for op in fn.body.walk() if op in lasting or not needed.isdisjoint(op.results)}


def _needed(fn: Function, values: Sequence[Value], stores: bool, kept: Collection[Op]) -> tuple[set[Value], set[Op]]:
    needed, lasting, kept = set(values), set[Op](), set(kept)
    pushes = [op for op in fn.body.walk() if op.name == "push"]
    while True:
        _keep(fn.body, stores, kept, lasting)
        _mark(fn.body, needed, lasting)
        saved = {op for op in pushes if not needed.isdisjoint(op.attrs["pop"].results)}
        if saved <= kept:
            return needed, lasting
        kept |= saved


def _keep(block: Block, stores: bool, kept: Collection[Op], found: set[Op]) -> bool:
    """Find what has an effect or is ``kept``, and what owns it; whether there is any."""
    count = len(found)
    for op in block.ops:
        inside = [_keep(owned, stores, kept, found) for owned in op.blocks] if op.blocks else ()
        if any(inside) or op in kept or _has_effect(op, stores):
            found.add(op)
    return len(found) > count


def _has_effect(op: Op, stores: bool) -> bool:
    if not op.results and not op.blocks:
        return op.name != "push"  # that is for what takes it back
    if stores or op.name in _EFFECTS or _is_counted(op):
        return op.name in _EFFECTS or _is_counted(op)
    changes = op.name in _STORES or "rewrites" in op.attrs or bool(op.attrs.get("augmented"))
    return changes or op.attrs.get("style") == "method"


def _is_counted(op: Op) -> bool:
    """Whether it is one of the items of ``a, _ = xs``, which raises where ``xs`` has another number of them."""
    return op.name == "item" and bool(op.attrs.get("count")) and op.operands[0].type.kind != "tuple"


def _mark(block: Block, needed: set[Value], lasting: set[Op]) -> None:
    """Add what a block needs for what is ``needed`` of it and behind it."""
    for op in reversed(block.ops):
        if op not in lasting and needed.isdisjoint(op.results):
            continue
        if isinstance(op, If):
            needed.update(op.operands)
            for k, result in enumerate(op.results):
                if result in needed:
                    needed.update((op.then.yields[k], op.orelse.yields[k]))
        elif isinstance(op, Loop):
            _mark_loop(op, needed, lasting)
            continue
        else:
            needed.update(op.operands)
            if op.attrs.get("of") is not None:
                needed.add(op.attrs["of"])
        if isinstance(op, Hook):
            needed.update(op.body.yields)
        for owned in op.blocks:
            _mark(owned, needed, lasting)


def _mark_loop(op: Loop, needed: set[Value], lasting: set[Op]) -> None:
    count = -1
    while len(needed) > count:  # a turn may need what the one before it hands on
        count = len(needed)
        _mark_carried(op, needed)
        for owned in op.blocks:
            _mark(owned, needed, lasting)


def _mark_carried(op: Loop, needed: set[Value]) -> None:
    if isinstance(op, While):
        needed.update(op.test.yields)
    else:
        needed.update(op.operands[:3])
    if op.stops:
        needed.add(op.body.yields[0])
    for k, result in enumerate(op.results):
        tested = isinstance(op, While) and op.test.args[k] in needed
        if result in needed or op.carried[k] in needed or tested:
            needed.update((result, op.carried[k], op.inits[k], op.nexts[k]))


def _sweep(block: Block, needed: set[Value], lasting: set[Op]) -> None:
    keep = []
    for op in block.ops:
        if op.blocks:
            for k in reversed(range(len(op.results))):
                if op.results[k] not in needed:
                    drop_result(op, k)
        elif op not in lasting and needed.isdisjoint(op.results):
            op.results = []
        for owned in op.blocks:
            _sweep(owned, needed, lasting)
        if op.results or op in lasting:
            keep.append(op)
    block.ops = keep


def drop_result(op: Op, k: int) -> None:
    """Let an operation hand on one value less."""
    if isinstance(op, If):
        del op.results[k], op.then.yields[k], op.orelse.yields[k]
    elif isinstance(op, Loop):
        counts = {"turns": op.results[k], "index": op.carried[k]}
        op.attrs = {name: attr for name, attr in op.attrs.items() if attr is not counts.get(name)}
        first = 3 if isinstance(op, For) else 0
        del op.operands[first + k], op.body.args[k + (first > 0)], op.body.yields[k + op.stops], op.results[k]
        if isinstance(op, While):
            del op.test.args[k]
