"""The derivative rules: one row a primitive."""

from sct.rules import (
    construction,
    differences,
    elementwise,
    joining,
    layout,
    linalg,
    lists,
    products,
    reductions,
    selection,
    special,
    spelling,
    table,
)

__all__ = [
    "VOCABULARY",
    "construction",
    "differences",
    "elementwise",
    "joining",
    "layout",
    "linalg",
    "lists",
    "products",
    "reductions",
    "selection",
    "special",
]


class _Vocabulary:
    lookup = staticmethod(table.lookup)
    resolve = staticmethod(spelling.resolve)


VOCABULARY = _Vocabulary()
"""The rules as the front end sees them."""
