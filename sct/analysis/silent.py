"""Through which operations no derivative flows, by declaration: ``floor``, ``argmax``, ``x > y``, ``print``."""

from __future__ import annotations

from sct.ir.nodes import Op
from sct.rules.table import lookup

_SILENT = frozenset({"const", "global", "undef", "format", "print", "assert", "raise", "slice", "tape", "push", "pop"})


def is_zero(op: Op) -> bool:
    """Whether no derivative flows through the operation, by declaration."""
    if op.name in _SILENT:
        return True
    row = lookup(op.name)
    return row is not None and row.is_zero
