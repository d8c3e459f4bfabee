"""What a function's types tell of its text: it is lowered again, with that, until they tell no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sct.errors import Span
from sct.ir.types import Key, Type


@dataclass(frozen=True)
class Known:
    """What the types have told of the function when it was lowered before.

    Attributes
    ----------
    in_place : frozenset of Span
        The augmented assignments whose name holds an array: ``a += b`` writes into it, and any other name sees that.
    views : frozenset of Span
        The views that a write goes through, or that a write into their array changes.
    writes : frozenset of (Span, int)
        The calls that write into an argument, and its position.
    lengths : frozenset of (Span, int)
        The tuples whose length is asked for, and how many items they have.
    lists : frozenset of Span
        The lists whose length is asked for, ``xs += …`` and ``xs.sort()`` of lists, and ``d | e`` of dicts.
    keys : frozenset of (Span, tuple of Key)
        The dicts that are gone through, and their keys.
    methods : frozenset of (Span, str)
        The calls of methods, and accesses of properties, of a class of the user's; and the class.
    hands_back : frozenset of int
        The parameters that the function writes into, where it is a callee: their last versions are results.
    in_line : frozenset of Span
        The calls that write into a part of a structure, and are lowered where they stand.
    arrays : frozenset of (Span, str, int)
        The lists and tuples that NumPy makes an array of: the operation that takes one, by its place and name, and
        which operand it is; of an index, counted from the end.
    indices : frozenset of (Span, int)
        The subscripts whose only index is a tuple, and how many items that has.
    vectors : frozenset of Span
        The arrays of rank 1 whose number of items is asked for.
    sums : frozenset of Span
        The sums over generators that have to be of arrays, of at least one.
    literals : frozenset of (Span, value)
        The arguments that have to be literals and are written as expressions, and what these are.
    told : frozenset of (int, Type)
        The parameters whose kind, or rank, only their uses tell; and the type.
    """

    in_place: frozenset[Span] = frozenset()
    views: frozenset[Span] = frozenset()
    writes: frozenset[tuple[Span, int]] = frozenset()
    lengths: frozenset[tuple[Span, int]] = frozenset()
    lists: frozenset[Span] = frozenset()
    keys: frozenset[tuple[Span, tuple[Key, ...]]] = frozenset()
    methods: frozenset[tuple[Span, str]] = frozenset()
    hands_back: frozenset[int] = frozenset()
    in_line: frozenset[Span] = frozenset()
    arrays: frozenset[tuple[Span, str, int]] = frozenset()
    indices: frozenset[tuple[Span, int]] = frozenset()
    vectors: frozenset[Span] = frozenset()
    sums: frozenset[Span] = frozenset()
    literals: frozenset[tuple[Span, Any]] = frozenset()
    told: frozenset[tuple[int, Type]] = frozenset()

    def __or__(self, other: Known) -> Known:
        return Known(
            self.in_place | other.in_place,
            self.views | other.views,
            self.writes | other.writes,
            self.lengths | other.lengths,
            self.lists | other.lists,
            self.keys | other.keys,
            self.methods | other.methods,
            self.hands_back | other.hands_back,
            self.in_line | other.in_line,
            self.arrays | other.arrays,
            self.indices | other.indices,
            self.vectors | other.vectors,
            self.sums | other.sums,
            self.literals | other.literals,
            self.told | other.told,
        )
