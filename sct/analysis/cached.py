"""Functions that keep their values: ``functools.cache`` gives the same object again, and asks for the arguments' ids.

Before: ``%b = call buffer %n`` of a function with ``@functools.cache``, which returns an array.
After: a refusal, as another call gives this very array, with what was written into it since.
"""

from __future__ import annotations

from sct.errors import Diagnostic
from sct.ir.nodes import Function
from sct.ir.types import Type

_VALUES = frozenset({"float", "int", "bool", "str", "none", "undef"})


def cached_problems(fn: Function) -> list[Diagnostic]:
    """The calls of functions that keep their values, and take or return what is more than a value."""
    found = []
    for op in fn.body.walk():
        values = [*op.operands, *op.results] if op.name == "call" and op.attrs.get("cached") else []
        if op.span is not None and not all(_is_value(value.type) for value in values):
            reason = f"`{op.attrs['callee'].spelling}` keeps what it returned, and takes or returns more than numbers"
            found.append(Diagnostic(op.span, reason, "leave off the decorator that keeps it"))
    return found


def _is_value(type_: Type) -> bool:
    """Whether nothing can be written into what has this type, and two that are equal are one."""
    return type_.kind in _VALUES or (type_.kind == "tuple" and type_.form is None and all(map(_is_value, type_.items)))
