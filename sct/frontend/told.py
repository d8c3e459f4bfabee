"""Branches of a function that is lowered in line: of those that its arguments decide, one alone is lowered.

Before: ``limiter == "minmod"`` in a method, where the object was made with ``limiter="minmod"``.
After: the statements of this branch.

What is decided by types, and in the function that is differentiated itself, is left to `sct.analysis.deciding`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import libcst as cst

from sct.frontend.inline import Inlining
from sct.frontend.known import Known
from sct.frontend.scopes import FunctionValue, Scope
from sct.frontend.vocabulary import Vocabulary
from sct.ir.nodes import Statement, Value

_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "gt": operator.gt,
    "le": operator.le,
    "ge": operator.ge,
    "is": operator.is_,
    "is_not": operator.is_not,
}
_KINDS = (bool, int, float, str, type(None))


class Told(Inlining):
    """Follows the constants that decide a branch."""

    def __init__(self, scope: Scope, rows: Vocabulary, known: Known) -> None:
        super().__init__(scope, rows, known)
        self.constants: dict[Value, Any] = {}

    def emit(self, name: str, operands: Any, node: cst.CSTNode | None, /, **attrs: Any) -> Value:
        if name in ("is", "is_not") and isinstance(operands[0], FunctionValue) and self.is_none(operands[1]):
            return self.const(name == "is_not")
        value = super().emit(name, operands, node, **attrs)
        if name == "const" and isinstance(attrs["value"], _KINDS):
            self.constants[value] = attrs["value"]
        elif name == "not" and operands[0] in self.constants:
            self.constants[value] = not self.constants[operands[0]]
        elif name in _COMPARED and all(operand in self.constants for operand in operands):
            found = _compared(name, *(self.constants[operand] for operand in operands))
            if found is not None:
                self.constants[value] = found
        return value

    def is_none(self, value: Value) -> bool:
        return value in self.constants and self.constants[value] is None

    def decided(self, test: Value) -> bool | None:
        """What a test surely is, in a function that is lowered in line."""
        return bool(self.constants[test]) if self.scope.frames and test in self.constants else None

    def choice(
        self,
        node: cst.CSTNode,
        form: str,
        test: Value,
        then: Callable[[], Value],
        orelse: Callable[[], Value],
        **attrs: Any,
    ) -> Value:
        known = self.decided(test)
        if known is not None:
            return then() if known else orelse()
        return super().choice(node, form, test, then, orelse, **attrs)

    def either(
        self,
        node: cst.CSTNode,
        stmt: Statement | None,
        test: Value,
        then: Callable[[], None],
        orelse: Callable[[], None],
    ) -> None:
        known = self.decided(test)
        if known is None:
            super().either(node, stmt, test, then, orelse)
        else:
            (then if known else orelse)()

    def fork(
        self,
        test: Value,
        node: cst.CSTNode,
        stmt: Statement | None,
        then: Callable[[], list[Value]],
        orelse: Callable[[], list[Value]],
    ) -> list[Value]:
        known = self.decided(test)
        if known is None:
            return super().fork(test, node, stmt, then, orelse)
        return then() if known else orelse()


def _compared(name: str, a: Any, b: Any) -> bool | None:
    """A comparison of constants; None where Python would refuse it, or compares by identity what may be one object."""
    if name in ("is", "is_not") and not isinstance(b, bool | None):
        return None
    try:
        return _COMPARED[name](a, b)
    except TypeError:
        return None
