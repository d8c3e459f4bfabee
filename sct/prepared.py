"""A function made ready to be differentiated: its arrays can be followed, what it writes into is its own.

Before: ``def f(u): u[0] = 0.0; return g(u)``, typed.
After: ``%u0 = copy %u; %u1 = store %u0, 0.0, 0; …``, with the small ``g`` in the place of its call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sct.analysis.alias import alias_problems, lost_parameters, written_constants, written_parameters
from sct.analysis.differentiated import hook_problems
from sct.analysis.updates import zero_dimensional_problems
from sct.analysis.widths import computed_with
from sct.errors import RefusedError
from sct.frontend.parse import Source
from sct.frontend.prune import prune
from sct.ir.nodes import Block, Function, Hook, Value
from sct.ir.types import Type
from sct.owning import note_changes, own_arrays, owns
from sct.stages import passed
from sct.transform.apart import read_parts
from sct.transform.cubes import see_cubes
from sct.transform.element_views import name_elements
from sct.transform.hoist import hoist
from sct.transform.inline import inline
from sct.transform.rebinding import rebind
from sct.transform.repeated import share_masks
from sct.transform.share import share_inlined
from sct.transform.temporaries import name_temporaries
from sct.typed import TypedFunctions


@dataclass(frozen=True)
class Prepared:
    """A function, the values in it that the author named, and what it does with what is its caller's.

    That is what it writes into (see `NOTES`), and the parameters whose integers it computes with.
    """

    fn: Function
    authored: set[Value]
    writes: frozenset[str]
    counts: frozenset[str]


def prepare(
    functions: TypedFunctions,
    source: Source,
    name: str,
    types: Sequence[Type],
    wrt: Sequence[int],
    taken: set[str],
    is_callee: bool = False,
) -> Prepared:
    """A typed function whose arrays can be followed, whose parameters are its own, and its small callees too.

    Locals of what is lowered in line get none of the names that are ``taken``.
    """
    fn = functions.typed(source, name, types, is_callee)
    problems = (
        hook_problems(fn)
        or alias_problems(fn)
        or zero_dimensional_problems(fn, is_callee)
        or lost_parameters(fn)
        or written_constants(fn)
    )
    if problems:
        raise RefusedError(problems)
    changed = [] if is_callee else written_parameters(fn)
    written = [k for k in changed if fn.params[k].type.is_buffer]
    objects = [k for k in changed if k not in written]
    note_changes(fn, objects)
    counts = computed_with(fn)
    found = {"arrays": owns(fn) or bool(written), "objects": bool(objects)}
    prune(fn, stores=True)
    passed("prune", fn)
    inline(fn, wrt, taken, functions.called)
    see_cubes(fn)
    share_inlined(fn)
    read_parts(fn)
    rebind(fn)
    name_elements(fn)
    prune(fn, stores=True)
    passed("inline", fn)
    hoist(fn)
    passed("hoist", fn)
    share_masks(fn)
    passed("masks", fn)
    authored = named_values(fn)
    for position in reversed(written):  # each is put before the others
        own_arrays(fn, position)
    name_temporaries(fn)
    return Prepared(passed("prepare", fn), authored, frozenset(kind for kind in found if found[kind]), counts)


def named_values(fn: Function) -> set[Value]:
    """What the forward sweep computes that has a name of the author's."""
    return {value for value in _values(fn.body) if value.hint is not None}


def _values(block: Block) -> set[Value]:
    """What the forward sweep computes."""
    found = set(block.args)
    for op in block.ops:
        found.update(op.results)
        for owned in op.blocks if not isinstance(op, Hook) else ():
            found |= _values(owned)
    return found
