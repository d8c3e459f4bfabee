"""The stages of a derivative, in order: passes from IR to IR, each with its name.

``typed SSA → transpose | tangent → simplify → residuals → share → order → ownership → tapes | views → target``
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from sct.analysis.activity import active_values
from sct.analysis.nonzero import Nonzero
from sct.errors import RefusedError
from sct.frontend.prune import prune
from sct.ir.names import tangent_names
from sct.ir.nodes import Block, Function, Op, Value
from sct.transform.alternatives import join_alternatives
from sct.transform.arithmetic import write_arithmetic
from sct.transform.branches import branch
from sct.transform.buffers import drop_contiguous
from sct.transform.clearing import clear_late
from sct.transform.common_scales import scale_together
from sct.transform.complements import join_complements
from sct.transform.completed import inline_completed, run_completed
from sct.transform.counted import count_saved
from sct.transform.decomposed import share_decomposed
from sct.transform.defer import defer
from sct.transform.derived import derived_of, mirrors_of, sweeps
from sct.transform.directions import widen
from sct.transform.extremes import ask_results
from sct.transform.firsts import set_first
from sct.transform.float_rows import write_floats
from sct.transform.fusing import assert_nonempty, fuse, hoist_buffers, in_strips, keep_rims_apart, name_sizes
from sct.transform.gradient import drop_idle_forward, drop_value, has_idle_forward
from sct.transform.hooks import drop_hooks
from sct.transform.lacking import lacking
from sct.transform.leaves import has_adjoint
from sct.transform.likeness import ask_latest, ask_operands
from sct.transform.list_parts import add_to_lists
from sct.transform.masked import drop_masks
from sct.transform.masks import mask_products
from sct.transform.monomials import in_lowest_terms
from sct.transform.narrowing import narrow_once
from sct.transform.order import order
from sct.transform.ownership import give_away, keep_apart, settle_ownership
from sct.transform.plain_numbers import convert_numbers
from sct.transform.ranges import count_up, read_backwards
from sct.transform.reads import read_again, share_reads, share_views
from sct.transform.rebinding import write_over
from sct.transform.reciprocals import multiply_by_reciprocals
from sct.transform.records import gather_records
from sct.transform.repeated import PRODUCTS, share_named, share_recomputed, share_repeated
from sct.transform.residuals import provide
from sct.transform.settling import write_first
from sct.transform.share import share
from sct.transform.simplify import simplify
from sct.transform.sinking import sink
from sct.transform.spelled_out import spell_out
from sct.transform.steady import take_out
from sct.transform.tangent import tangent
from sct.transform.tapes import allocate
from sct.transform.together import provide_together
from sct.transform.trading import trade
from sct.transform.transpose import Adjoint, transpose
from sct.transform.unbound import bind_shapes
from sct.transform.unread import drop_unread
from sct.transform.unscaled import multiply_unscaled
from sct.transform.untouched import leave_untouched
from sct.transform.updates import gather_updates
from sct.transform.views import name_views

Target = Literal["python", "numba"]

WATCHERS: list[Callable[[str, Function], None]] = []
"""Called with a pass's name and what it hands on, after every pass; the tests put the checker here."""


def passed(name: str, fn: Function) -> Function:
    """Hand on what a pass made."""
    for watch in WATCHERS:
        watch(name, fn)
    return fn


def reverse_mode(fn: Function, wrt: Sequence[int], target: Target, is_callee: bool, gives_value: bool) -> Adjoint:
    """Transpose, and make what the reverse sweep needs available."""
    active = active_values(fn, [fn.params[k] for k in wrt])
    adjoint = transpose(fn, active, wrt)
    if not gives_value:
        drop_value(adjoint)
    passed("transpose", fn)
    narrow_once(fn, adjoint.reverse)
    passed("narrow", fn)
    mask_products(fn.body, adjoint.reverse, reverse=True)
    adjoint.boundary = share(fn, adjoint.boundary, "forward")
    ask_operands(fn, adjoint.reverse)
    nonzero = Nonzero(fn, set(Block(ops=list(adjoint.reverse)).walk()))
    simplify(fn, adjoint.reverse, nonzero, products=target == "python")
    multiply_unscaled(fn, adjoint.reverse, only_named=False)
    if in_lowest_terms(fn, adjoint.reverse, nonzero, divides=target == "numba"):
        simplify(fn, adjoint.reverse, nonzero)
    changed = drop_masks(fn, adjoint.reverse)
    changed |= join_complements(fn, adjoint.reverse)
    ask_results(fn, adjoint.reverse)
    add_to_lists(fn, adjoint.reverse)
    passed("simplify adjoint", fn)
    if target == "python":
        scale_together(fn, adjoint.reverse)
        for bring_together in (share_repeated, gather_updates, set_first):
            changed |= bring_together(fn, adjoint.reverse)
        if changed:
            simplify(fn, adjoint.reverse, nonzero)
        leave_untouched(fn, adjoint.reverse)
        clear_late(fn, adjoint.reverse)
        take_out(fn, adjoint.reverse)
    else:
        if changed:
            simplify(fn, adjoint.reverse, nonzero)
        gather_updates(fn, adjoint.reverse, places=False)
        set_first(fn, adjoint.reverse, parts=False)
        leave_untouched(fn, adjoint.reverse)
    adjoint.boundary = share_reads(fn, adjoint.boundary)
    adjoint.boundary = share_named(fn, adjoint.boundary, PRODUCTS)
    share_decomposed(adjoint)
    passed("updates", fn)
    run_completed(fn.body, adjoint.reverse)
    passed("completed", fn)
    if is_callee or not gives_value:
        provide(adjoint, apart=is_callee, typed=target == "numba")
    else:
        provide_together(adjoint, typed=target == "numba")
    if gives_value:
        adjoint.has_idle = not is_callee and (bool(adjoint.inner) or has_idle_forward(adjoint))
    else:
        adjoint.has_idle = drop_idle_forward(adjoint)
    inline_completed(fn.body)
    for body, boundary in sweeps(adjoint):
        ask_latest(body.ops[boundary:])
    passed("residuals", fn)
    adjoint.boundary += bind_shapes(fn, derived_of(adjoint), mirrors_of(adjoint), target == "numba")
    passed("unbound", fn)
    drop_unread(fn, derived_of(adjoint))
    passed("unread", fn)
    share_recomputed(fn, derived_of(adjoint))
    passed("recomputed", fn)
    drop_contiguous(fn)
    adjoint.boundary = share_named(fn, adjoint.boundary)
    adjoint.boundary = share(fn, adjoint.boundary, "each" if is_callee else "both")
    passed("share", fn)
    join_alternatives(fn)
    passed("alternatives", fn)
    if target == "python" and not is_callee:
        read_again(fn, adjoint.boundary)
        passed("read again", fn)
    for body, boundary in sweeps(adjoint):
        order(body, body.ops[boundary:])
    passed("order", fn)
    for body, boundary in sweeps(adjoint):
        branch(body, boundary)
        sink(body, boundary)
    passed("branches", fn)
    derived = set(Block(ops=derived_of(adjoint)).walk())
    settle_ownership(fn, derived)
    fn.body.yields[1:] = give_away(fn, derived, fn.body.yields[1:])
    passed("ownership", fn)
    adjoint.boundary = write_over(fn, adjoint.boundary)
    passed("rebinding", fn)
    if target == "python":
        convert_numbers(fn)
        passed("numbers", fn)
    if target == "numba":
        allocate(adjoint)
        passed("tapes", fn)
    adjoint.boundary = gather_records(fn, adjoint.boundary, arrays=target == "python")
    passed("records", fn)
    if target == "python":
        name_views(fn, derived_of(adjoint))
        passed("views", fn)
        count_saved(adjoint)
        passed("counted", fn)
    adjoint.boundary = trade(fn, adjoint.boundary)
    passed("trading", fn)
    adjoint.boundary = for_target(fn, target, adjoint.boundary, is_callee, adjoint.seeds)
    return adjoint


def forward_mode(fn: Function, wrt: Sequence[int], target: Target, directions: bool, is_callee: bool) -> None:
    """Add the tangents, along one direction or along many."""
    drop_hooks(fn.body)
    prune(fn, stores=True)
    active = active_values(fn, [fn.params[k] for k in wrt])
    value = fn.result
    seeds, added = tangent(fn, active, wrt)
    passed("tangent", fn)
    share_views(fn, added)
    mask_products(fn.body, added)
    nonzero = Nonzero(fn, set(derived_ops(fn)))
    simplify(fn, derived_ops(fn), nonzero)
    multiply_unscaled(fn, derived_ops(fn), only_named=True)
    if in_lowest_terms(fn, derived_ops(fn), nonzero, divides=target == "numba"):
        simplify(fn, derived_ops(fn), nonzero)
    drop_contiguous(fn)
    drop_masks(fn, derived_ops(fn))
    join_complements(fn, derived_ops(fn))
    if target == "python":
        share_repeated(fn, derived_ops(fn))
    passed("simplify tangent", fn)
    if directions:
        widen(fn, seeds, tangent_names(fn.param_names, wrt))
        passed("directions", fn)
        simplify(fn, derived_ops(fn))
        passed("simplify directions", fn)
    defer(fn, set(derived_ops(fn)))
    passed("defer", fn)
    share_reads(fn)
    share(fn)
    passed("share tangent", fn)
    if target == "python":
        write_first(fn, set(derived_ops(fn)))
        passed("settle stores", fn)
    derived = set(derived_ops(fn))
    settle_ownership(fn, derived)
    keep_apart(fn, wrt, value if has_adjoint(value) else None, derived)
    passed("tangent ownership", fn)
    write_over(fn)
    passed("tangent rebinding", fn)
    trade(fn)
    passed("tangent trading", fn)
    for_target(fn, target, is_callee=is_callee)


def derived_ops(fn: Function) -> list[Op]:
    """What the transformation wrote, beside the author's."""
    return [op for op in fn.body.walk() if op.origin is not None]


def for_target(
    fn: Function, target: Target, boundary: int = 0, is_callee: bool = False, seeds: Sequence[Value] = ()
) -> int:
    """Say what the target lacks, or is slow at, in what it has; returns where the reverse sweep begins then."""
    if target != "numba":
        boundary = boundary if is_callee else read_backwards(fn, boundary)
        return write_arithmetic(fn, count_up(fn, boundary))
    problems = lacking(fn)
    if problems:
        raise RefusedError(problems)
    write_floats(fn)
    boundary = spell_out(fn, boundary)
    passed("spell out", fn)
    boundary = assert_nonempty(fn, boundary)
    passed("nonempty", fn)
    boundary = multiply_by_reciprocals(fn, boundary)
    passed("reciprocals", fn)
    keep_rims_apart(fn, boundary)
    passed("rims", fn)
    boundary = in_strips(fn, fuse(fn, boundary))
    boundary = hoist_buffers(fn, name_sizes(fn, boundary, seeds, is_callee))
    passed("fuse", fn)
    return boundary
