"""What is computed twice of arrays is computed once: in a statement's reverse, and where it has a variable anyway.

Before: ``%2 = mul 0.125, %g; … %5 = mul 0.125, %g``.
After: ``%2 = mul 0.125, %g``, and ``%5`` is ``%2``.

The author's statements compute again what he wrote again, but for the masks of a statement, and for what the reverse
sweep names: of ``((x - mean) ** 2).mean()`` and ``(x - mean) / s`` there is one ``x_diff`` then.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence, Set

from sct.analysis.liveness import use_counts
from sct.analysis.numbering import Numbering, is_dear, unwritten
from sct.ir.instead import Instead
from sct.ir.nodes import Block, Function, Op, Value
from sct.ir.operations import COMPARISONS, WRITES
from sct.rules.table import lookup
from sct.transform.reads import index_key, is_view
from sct.transform.unused import drop_unused

_ARITHMETIC = frozenset({"add", "sub", "mul", "div"})  # not the negative: what adds it subtracts
PRODUCTS = frozenset({"matmul"})
"""What takes so long that no turn of a loop computes it twice, nor saves it twice."""
_DERIVED = _ARITHMETIC | frozenset(COMPARISONS) | {"where"}


def share_repeated(fn: Function, derived: Sequence[Op]) -> bool:
    """Share equal values among those of one statement that the operations ``derived``, and what they own, compute.

    Returns whether there were any.
    """
    return _replace(fn, {op for op in Block(ops=list(derived)).walk() if op.name in _DERIVED})


def share_masks(fn: Function) -> None:
    """Share the equal masks of a statement: in ``x[x > 0] = f(x[x > 0])`` there is one."""
    _replace(fn, {op for op in fn.body.walk() if op.name in COMPARISONS})


def share_named(fn: Function, boundary: int, computed: Collection[str] = _ARITHMETIC) -> int:
    """Share what the author computes several times of arrays, if the reverse sweep names it.

    Returns where that sweep, which began at ``boundary``, begins then.
    """
    forward, reverse = Block(ops=fn.body.ops[:boundary]), fn.body.ops[boundary:]
    derived = [op for op in fn.body.walk() if op.name == "push" or op.origin is not None]
    named = {value for op in derived for value in op.operands}
    _replace(fn, {op for op in forward.walk() if op.name in computed}, named)
    kept = set(reverse)
    return sum(op not in kept for op in fn.body.ops)


def share_recomputed(fn: Function, derived: Sequence[Op]) -> None:
    """Share what takes long among what the reverse sweep, the operations ``derived``, computes again.

    The author may have written ``np.sqrt(v * dt)`` in two statements; the reverse needs one.  So it does of a view that
    has a variable; one that is read once in a statement stays there.
    """
    arrays = [op for op in Block(ops=list(derived)).walk() if len(op.results) == 1 and op.result.type.is_array]
    ops = {op for op in arrays if _is_elementwise(op) or is_view(op)}
    count = use_counts(fn.body)
    named = {op.result for op in ops if (count[op.result] > 1 if is_view(op) else is_dear(op))}
    if not named:
        return
    made = {result: op for op in fn.body.walk() for result in op.results}
    numbering = Numbering(fn)
    groups = [group for block in fn.body.blocks() for group in _alike(block, ops, made, numbering, across=True)]
    if named.isdisjoint(value for group in groups if len(group) > 1 for value in group):
        return  # to ask what is written into takes longer
    steady = unwritten(fn, (value for op in ops for value in [*op.operands, op.result]))
    computed = {op for op in ops if all(v in steady for v in [*op.operands, op.result] if v.type.is_array)}
    _replace(fn, computed, named.intersection(op.result for op in computed))


def equal_parts(fn: Function, active: Set[Value]) -> Instead:
    """What a statement computes again of arrays, element by element, and the earlier value that it is equal to.

    They have one adjoint: what is added to that of the later one is added to that of the earlier one, which the reverse
    sweep comes to after all that use either.  But for multiples of one thing, whose factors are added up.
    """
    made = {result: op for op in fn.body.walk() for result in op.results}
    computed = {op for value, op in made.items() if value in active and value.type.is_array and _is_elementwise(op)}
    found = Instead()
    if len(computed) > 1:
        numbering = Numbering(fn)
        for block in fn.body.blocks():
            for first, *others in _alike(block, computed, made, numbering, across=False):
                if not _is_multiple(first, active, made):
                    found.update(dict.fromkeys(others, first))
    return found


def _is_elementwise(op: Op) -> bool:
    row = lookup(op.name)
    return row is not None and row.elementwise and not op.blocks


def _is_multiple(value: Value, active: Set[Value], made: Mapping[Value, Op]) -> bool:
    """Whether an unnamed value is a view, or a product or a quotient of one active thing and what is not active."""
    op = made.get(value)
    if op is None or value.hint is not None or not _is_elementwise(op):
        return True
    factors = [operand for operand in op.operands if operand in active]
    is_factor = op.name in ("mul", "neg") or (op.name == "div" and op.operands[0] in active)
    return is_factor and len(factors) == 1 and _is_multiple(factors[0], active, made)


def _replace(fn: Function, computed: set[Op], named: set[Value] | None = None) -> bool:
    shared = {op for op in computed if op.result.type.is_array}
    if not shared:
        return False
    made = {result: op for op in fn.body.walk() for result in op.results}
    instead, numbering = Instead(), Numbering(fn)
    for block in fn.body.blocks():
        alike = _alike(block, shared, made, numbering, across=named is not None)
        for first, *others in reversed(alike):  # what something is made of comes before it
            if named is None or not named.isdisjoint([first, *others]):
                instead.update(dict.fromkeys(others, first))
                if made[first].name in COMPARISONS and made[first].origin is not None:
                    first.temp = "ties" if made[first].name == "eq" else "mask"
                if named is not None:
                    named.update(value for other in others for value in made[other].operands)
    if not instead:
        return False
    gone = {made[value] for value in instead}
    instead.drop(fn.body)
    _drop_unused(fn, {made[value] for op in gone for value in op.operands if value in made} - gone, made)
    return True


def _drop_unused(fn: Function, suspects: set[Op], made: Mapping[Value, Op]) -> None:
    """Leave out what only was there for what is shared now: views, and numbers without a name."""
    todo = list(suspects)
    while todo:
        inner = {made[value] for value in todo.pop().operands if value in made} - suspects
        suspects |= inner
        todo += inner
    drop_unused(fn.body, lambda op: op in suspects and not op.blocks and not any(r.hint for r in op.results))


def _alike(
    block: Block, shared: set[Op], made: dict[Value, Op], numbering: Numbering, across: bool
) -> list[list[Value]]:
    """The arrays that are the same, of a statement or ``across`` these, in the order in which they are computed."""
    found: list[list[Value]] = []
    known: dict[Hashable, list[Value]] = {}
    firsts = Instead()
    for op in block.ops:
        if op.name in WRITES or op.blocks or "summary" in op.attrs:  # a view is no new value when it is written into
            known = {}
        if op not in shared or op.result.hint is not None:
            continue
        read = [op.result] if is_view(op) else op.operands
        operands = [_key(firsts.final(value), made, numbering) for value in read]
        row = lookup(op.name)
        statics = [repr(op.attrs.get(name)) for name in (row.statics if row is not None else ())]
        key = (op.name, None if across else op.stmt, *statics, *operands)
        if key not in known:
            known[key] = []
            found.append(known[key])
        else:
            firsts[op.result] = known[key][0]
        known[key].append(op.result)
    return found


def _key(value: Value, made: dict[Value, Op], numbering: Numbering) -> Hashable:
    """What a value is: a number, or a view of an array, is the same wherever it is made."""
    op = made.get(value)
    if value.type.is_scalar:
        return numbering[value]
    if op is not None and is_view(op):
        return op.operands[0], *(index_key(index, made) for index in op.operands[1:])
    if op is not None and op.name == "transpose" and op.attrs.get("axes") is None:
        return "transpose", _key(op.operands[0], made, numbering)
    return value
