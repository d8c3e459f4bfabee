"""What a call of a function means for its caller: the kind of its value, what that shows, what is written.

Before: ``relax(u, f) { …; %u1 = store %u, …; yield (%u1, %f2) }``.
After: the value is a tuple of two arrays, the first of which shows the memory of ``u``; ``u`` is written.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from sct.analysis.alias import unseen_kinds, written_parameters
from sct.analysis.sharing import Sharing
from sct.analysis.told import ranks_of_parameters
from sct.errors import Diagnostic
from sct.ir.nodes import Function
from sct.ir.types import UNDEF, Kind, Type


@dataclass(frozen=True)
class Summary:
    """A function's summary.

    Attributes
    ----------
    type : Type
        Of the value.
    shows : tuple of frozenset of int
        For each item of the value (for the value, if it is no tuple), the parameters whose memory it may show.
    together : bool
        Whether two items may share memory that is no parameter's.
    apart : frozenset of Kind
        ``list`` if no list is in the value twice, however deep; ``array`` if no array is.
    writes : tuple of int
        The parameters that are written into.
    constants : tuple of int
        The parameters that hints say are constant.
    ranks : tuple of int or None
        What is known of each parameter's rank, from the argument or from its uses.
    ranks_of_number : tuple of int or None
        The same where the value is a number.
    unseen : tuple of Diagnostic
        The writes of floats that a caller would not know of; where a call is lowered in line, it sees them.
    """

    type: Type = UNDEF
    shows: tuple[frozenset[int], ...] = ()
    together: bool = False
    apart: frozenset[Kind] = frozenset()
    writes: tuple[int, ...] = ()
    constants: tuple[int, ...] = ()
    ranks: tuple[int | None, ...] = ()
    ranks_of_number: tuple[int | None, ...] = ()
    unseen: tuple[Diagnostic, ...] = ()


def summarise(fn: Function) -> Summary:
    """The summary of a typed function."""
    sharing = Sharing(fn)
    result = fn.result
    maker = sharing.maker(result)
    if maker is not None and maker.name == "tuple":
        items, together = maker.operands, any(sharing(a, b) for a, b in itertools.combinations(maker.operands, 2))
    else:
        items, together = [result] * max(1, len(result.type.items)), result.type.kind == "tuple"
    shows = tuple(frozenset(k for k, param in enumerate(fn.params) if sharing(param, item)) for item in items)
    buffers = set(_buffers(result.type))
    apart = {type_.kind for type_ in buffers} - {t.kind for t in buffers if not sharing.is_apart(result, t)}
    written, ranks = tuple(written_parameters(fn)), ranks_of_parameters(fn)
    unseen = tuple(unseen_kinds(fn))
    return Summary(result.type, shows, together, frozenset(apart), written, tuple(fn.constants), *ranks, unseen)


def _buffers(type_: Type) -> Iterator[Type]:
    """The types of all lists and arrays in a type."""
    if type_.is_buffer:
        yield type_
    for item in type_.items:
        yield from _buffers(item)
