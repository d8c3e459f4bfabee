"""The derivative rules: one row a primitive."""

from sct.rules import array, elementwise, linalg, spelling, table

__all__ = ["VOCABULARY", "array", "elementwise", "linalg"]


class _Vocabulary:
    lookup = staticmethod(table.lookup)
    resolve = staticmethod(spelling.resolve)


VOCABULARY = _Vocabulary()
"""The rules as the front end sees them."""
