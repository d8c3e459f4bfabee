"""An update of a whole array that the function has just made, and that nothing else shows, binds the name anew.

Before: ``%p0 = exp %x; %1 = div %p0, %s; %p1 = store %p0, %1, ...``.
After: ``%p0 = exp %x; %p1 = div %p0, %s``, so that nothing of ``%p0`` has to be copied or restored.

That is the same where the result has the array's shape and precision.  `write_over` is the way back, once it is known
what the other sweep needs: before ``%p1 = div %p0, %s`` with ``%p0`` dead, after the store again, in the same memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sct.analysis.liveness import bits, use_counts, walk_liveness
from sct.analysis.precision import precision
from sct.analysis.sharing import Sharing
from sct.analysis.shown import shown_by
from sct.frontend.prune import drop_result
from sct.ir.indices import is_whole
from sct.ir.instead import Instead
from sct.ir.nodes import Block, Function, If, Loop, Op, Value, While
from sct.ir.operations import WRITES
from sct.ir.types import Type
from sct.rules.table import lookup

_KNOWN = WRITES | {"getitem", "bind", "accumulate", "index_add", "restore"}


def rebind(fn: Function) -> None:
    """Let the updates ``p /= s`` of arrays that are written into in no other way make new ones."""
    writes = [op for op in fn.body.walk() if op.name in WRITES]
    if not writes:
        return
    counts, makers = use_counts(fn.body), {result: op for op in fn.body.walk() for result in op.results}
    updates = [op for op in writes if _is_update(op, makers, counts)]
    if not updates:
        return
    sharing, instead = Sharing(fn), Instead()
    others = [op.operands[0] for op in writes if op not in updates]
    for op in updates:
        array, value = op.operands[:2]
        if _is_fresh(array, sharing) and not any(sharing(array, other) for other in others):
            makers[value].attrs["rebinds"] = True
            value.hint = op.result.hint
            instead[op.result] = value
    instead.drop(fn.body)
    if instead:
        drop_unchanged(fn.body, fn.body)


def drop_unchanged(block: Block, body: Block) -> None:
    """Let the loops and branches of a block not hand on what is as it came in; ``body`` names what came in instead."""
    while found := _unchanged(block):
        found.substitute(body)


def _unchanged(block: Block) -> Instead:
    """Drop what loops and branches hand on as it came in; what stands for that."""
    found = Instead()
    for op in block.walk():
        for k, result in reversed(list(enumerate(op.results))):
            if isinstance(op, Loop) and op.nexts[k] is op.carried[k]:
                found.update(dict.fromkeys([result, *_carried(op, k)], op.inits[k]))
                drop_result(op, k)
            elif isinstance(op, If) and op.then.yields[k] is op.orelse.yields[k]:
                found[result] = op.then.yields[k]
                drop_result(op, k)
    return found


def _carried(loop: Loop, k: int) -> list[Value]:
    return [loop.carried[k], *([loop.test.args[k]] if isinstance(loop, While) else [])]


def _is_update(store: Op, makers: dict[Value, Op], counts: Counter[Value]) -> bool:
    """Whether a store is ``p /= s``, of a result that fits into the array as it is."""
    if store.name != "store" or not is_whole(store.operands[2:]) or counts[store.operands[1]] > 1:
        return False
    array, value = store.operands[:2]
    op = makers.get(value)
    row = None if op is None else lookup(op.name)
    if op is None or row is None or not op.attrs.get("augmented") or op.operands[0] is not array:
        return False
    fits = row.infer(tuple(operand.type for operand in op.operands), op.attrs)
    if not (array.type.is_array and array.type.shape and array.type.dtype == "float" and _same(fits, array.type)):
        return False
    own = precision(array, makers)
    return all(precision(operand, makers) <= own for operand in op.operands)


def _same(a: Type, b: Type) -> bool:
    return (a.kind, a.shape, a.dtype) == (b.kind, b.shape, b.dtype)


def _is_fresh(array: Value, sharing: Sharing) -> bool:
    """Whether all that an array's memory may come from is made by operations of this function."""
    for value in sharing.comes_from(array):
        op = sharing.maker(value)
        handed_on = sharing.is_carried(value) if op is None else bool(op.blocks) or op.name == "store"
        if not handed_on and (op is None or lookup(op.name) is None or shown_by(op)):
            return False
    return True


def write_over(fn: Function, boundary: int = 0) -> int:
    """Write into arrays that are dead where their names are bound anew; returns where the reverse sweep begins then."""
    for block in list(fn.body.blocks()):
        for op in [op for op in block.ops if op.attrs.pop("rebinds", False)]:
            if _is_dead(fn, op):
                new, result = Value(op.result.type), op.result
                whole = Op("const", [], [Value(Type("ellipsis"))], {"value": ..., "text": "..."}, op.span, op.stmt)
                store = Op("store", [op.operands[0], new, whole.result], [result], {}, op.span, op.stmt)
                op.results = [new]
                position = block.ops.index(op) + 1
                block.ops[position:position] = [whole, store]
                boundary += 2 * (block is fn.body and position <= boundary)
    return boundary


def _is_dead(fn: Function, update: Op) -> bool:
    """Whether nothing shows what an update begins with, behind it or in what something else keeps."""
    array, sharing = update.operands[0], Sharing(fn)
    live_at = [0]

    def visit(place: Op | Block, results: Sequence[Value], live: int) -> None:
        if place is update:
            live_at[0] |= live & ~bits(results, sharing.order)

    walk_liveness(fn, sharing.order, visit)
    if not _is_fresh(array, sharing) or sharing.is_among(live_at[0], array):
        return False
    keepers = (op for op in fn.body.walk() if not op.blocks and op.name not in _KNOWN and lookup(op.name) is None)
    return not any(sharing(array, value) for op in keepers for value in op.operands if not value.type.is_scalar)
