"""The derivative rules: one row a primitive."""

from sct.rules import (
    construction,
    decompositions,
    differences,
    elementwise,
    grids,
    joining,
    layout,
    linalg,
    lists,
    missing,
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

__all__ = [
    "VOCABULARY",
    "construction",
    "decompositions",
    "differences",
    "elementwise",
    "grids",
    "joining",
    "layout",
    "linalg",
    "lists",
    "missing",
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
    lookup = staticmethod(table.lookup)
    resolve = staticmethod(spelling.resolve)


VOCABULARY = _Vocabulary()
"""The rules as the front end sees them."""
