"""The derivative rules: one row a primitive."""

from sct.rules import (
    construction,
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
    special,
    spelling,
    splitting,
    statistics,
    table,
)

__all__ = [
    "VOCABULARY",
    "construction",
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
    "special",
    "splitting",
    "statistics",
]


class _Vocabulary:
    lookup = staticmethod(table.lookup)
    resolve = staticmethod(spelling.resolve)


VOCABULARY = _Vocabulary()
"""The rules as the front end sees them."""
