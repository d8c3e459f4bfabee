"""The derivative rules: one row a primitive."""

from pathlib import Path

from sct.frontend.vocabulary import Row
from sct.rules import (
    construction,
    decompositions,
    differences,
    elementwise,
    grids,
    indices,
    joined_lists,
    joining,
    kinds,
    layout,
    linalg,
    lists,
    missing,
    normal,
    polynomials,
    products,
    reductions,
    running,
    selection,
    solvers,
    special,
    spelling,
    splitting,
    statistics,
    table,
)
from sct.rules.helpers import HELPERS

__all__ = [
    "VOCABULARY",
    "construction",
    "decompositions",
    "differences",
    "elementwise",
    "grids",
    "indices",
    "joined_lists",
    "joining",
    "kinds",
    "layout",
    "linalg",
    "lists",
    "missing",
    "normal",
    "polynomials",
    "products",
    "reductions",
    "running",
    "selection",
    "solvers",
    "special",
    "splitting",
    "statistics",
]


class _Vocabulary:
    definitions = str(Path(__file__).with_name("definitions.py"))
    lookup = staticmethod(table.lookup)
    resolve = staticmethod(spelling.resolve)

    def helper(self, name: str, text: str) -> Row | None:
        """The row of a helper function that a generated module ends with, if this is its text below its mark."""
        definition = text[text.find("def ") :]
        return table.lookup(name.removeprefix("_")) if HELPERS.get(name) == definition else None


VOCABULARY = _Vocabulary()
"""The rules as the front end sees them."""
