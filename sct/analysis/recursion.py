"""Summaries of functions that may call themselves or each other.

Before: ``even`` calls ``odd``, which calls ``even``, of which nothing is known yet.
After: both have a summary; each was made again, with what was known of the other, until neither changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sct.analysis.joins import join
from sct.analysis.summary import Summary, summarise
from sct.ir.nodes import Function
from sct.ir.types import Type
from sct.rules.table import Unsupported

_DEPTH = 16
"""With how many kinds of arguments a function may be called by itself; sizes that differ each time have no end."""
_ENDLESS = (
    "this calls itself with other kinds of arguments each time",
    "write a loop; or pass arguments of the same kinds",
)

Key = tuple[str, str, tuple[Type, ...]]
"""A function's file, its name, and the types of its arguments."""


class EndlessError(Exception):
    """A function, of a file and with a name, that calls itself with arrays of another size each time."""

    def __init__(self, *function: str) -> None:
        super().__init__(*function)
        self.function = function


class Summaries:
    """The summaries of functions that may call each other, found by iteration.

    Attributes
    ----------
    of_any_size : set of tuple of str
        The functions, by file and name, of whose arguments no more may be told than which sizes are equal: they have
        no end otherwise.
    """

    def __init__(self) -> None:
        self.of_any_size: set[tuple[str, ...]] = set()
        self._known: dict[Key, Summary] = {}
        self._trial: dict[Key, Summary] = {}
        self._seen: set[Key] = set()
        self._open: list[Key] = []
        self._cut: set[Key] = set()  # where a pass met a function that was open

    @property
    def is_busy(self) -> bool:
        """Whether a summary is being made."""
        return bool(self._open)

    def of(self, key: Key, typed: Callable[[], Function]) -> Summary:
        """The summary of the function ``key``; ``typed`` infers its types, and asks for those of its callees."""
        if key in self._known:
            return self._known[key]
        if key in self._seen:
            self._cut.update({key}.intersection(self._open))
            return self._trial.get(key, Summary())
        if self._open:
            if sum(k[:-1] == key[:-1] for k in self._open) > _DEPTH:
                raise self._endless(*key[:-1])
            return self._pass(key, typed)
        try:
            for _ in range(_DEPTH):
                before = dict(self._trial)
                self._pass(key, typed)
                # A size of which nothing is known has a new name, and makes a new key, in each pass.
                if self._cut <= before.keys() and all(before[known] == self._trial[known] for known in before):
                    break
                self._seen.clear()
                self._cut.clear()
            else:
                raise self._endless(*key[:-1])
            self._known.update(self._trial)
        finally:
            self._trial, self._seen, self._open, self._cut = {}, set(), [], set()
        return self._known[key]

    def _endless(self, *function: str) -> Exception:
        return Unsupported(*_ENDLESS) if function in self.of_any_size else EndlessError(*function)

    def types_of(self, *function: str) -> list[tuple[Type, ...]]:
        """The types of arguments with which a function was called: the last part of the key."""
        return [key[-1] for key in self._known if key[:-1] == function]

    def _pass(self, key: Key, typed: Callable[[], Function]) -> Summary:
        """A better summary, given what is known so far of those that are not settled."""
        self._seen.add(key)
        self._open.append(key)
        found = summarise(typed())
        self._open.pop()
        before = self._trial.get(key, Summary())
        self._trial[key] = replace(found, type=join(before.type, found.type, keep=True))
        return self._trial[key]
