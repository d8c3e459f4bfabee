"""Branches of what is lowered in line, or written out: of those that its arguments, or its turn, decide, one remains.

Before: ``limiter == "minmod"`` in a method, where the object was made with ``limiter="minmod"``.
After: the statements of this branch.

What is decided by types, and in the function that is differentiated itself, is left to `sct.analysis.deciding`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, TypeVar

import libcst as cst

from sct.errors import RefusedError
from sct.frontend.generators import Generators
from sct.frontend.scopes import FunctionValue, LibraryFunction
from sct.ir.nodes import Op, Statement, Value
from sct.ir.operations import COMPARISONS

_COMPARED = COMPARISONS | {"is": operator.is_, "is_not": operator.is_not}
_COMPUTED: dict[str, Callable[..., int]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "neg": operator.neg,
}
_QUESTIONS = frozenset({"is", "is_not", "is_kind", "isscalar", "iscomplexobj", "isrealobj", "in", "not_in"})
T = TypeVar("T")
_KINDS = (bool, int, float, str, type(None))
# What may be asked for, and what types call it.
_ASKED = {"float": "float", "int": "int", "bool": "bool", "str": "str", "list": "list", "tuple": "tuple"}
# Whose classes are no kind of numbers, arrays and containers.
_STRANGERS = frozenset({"astropy", "casadi", "jax", "pandas", "pint", "scipy", "sympy", "torch", "xarray"})
_ASKED |= {"dict": "dict", "numpy.ndarray": "array", "numbers.Number": "number"}
_ASKED |= {"numpy.integer": "integer", "numpy.floating": "floating", "numpy.bool_": "bool_", "numpy.bool": "bool_"}


class Deciding(Generators):
    """Follows the constants that decide a branch."""

    def emit(self, name: str, operands: Any, node: cst.CSTNode | None, /, **attrs: Any) -> Value:
        if name in ("is", "is_not") and isinstance(operands[0], FunctionValue) and self.is_none(operands[1]):
            return self.const(name == "is_not")
        value = super().emit(name, operands, node, **attrs)
        if name == "const" and isinstance(attrs["value"], _KINDS):
            self.constants[value] = attrs["value"]
        elif name == "not" and operands[0] in self.constants:
            self.constants[value] = not self.constants[operands[0]]
        elif name in _COMPUTED and all(type(self.constants.get(operand)) is int for operand in operands):
            self.constants[value] = _COMPUTED[name](*(self.constants[operand] for operand in operands))
        elif name in _COMPARED and all(operand in self.constants for operand in operands):
            found = _compared(name, *(self.constants[operand] for operand in operands))
            if found is not None:
                self.constants[value] = found
        elif name in ("in", "not_in") and isinstance(self.constants.get(operands[0]), str):
            keys = self.packs.get(operands[1], {0: ""})
            if 0 not in keys:  # of a dict, not of a list
                self.constants[value] = (self.constants[operands[0]] in keys) is (name == "in")
        return value

    def call_library(self, node: cst.Call, function: LibraryFunction) -> Value:
        if function.library == "builtins" and function.name in ("isinstance", "callable"):
            return self.kind_asked(node, function.name)
        return super().call_library(node, function)

    def kind_asked(self, node: cst.Call, name: str) -> Value:
        """``isinstance(x, …)`` and ``callable(f)``."""
        self.no_stars(node)
        arguments = [argument.value for argument in node.args]
        if len(arguments) != (2 if name == "isinstance" else 1):
            raise self.refuse(node, f"this `{name}` is not supported", "write `isinstance(x, np.ndarray)`")
        value = self.value(arguments[0])
        if name == "callable":
            return self.const(isinstance(value, FunctionValue))
        given = arguments[1]
        asked = [element.value for element in given.elements] if isinstance(given, cst.Tuple) else [given]
        found = [self.is_one(value, each) for each in asked]
        if any(found) or (None not in found):
            return self.const(any(found))
        kinds = tuple(_ASKED.get(self.source.in_full(self.source.code(each)), "") for each in asked)
        return self.emit("is_kind", [value], node, kinds=kinds)

    def is_one(self, value: Value, kind: cst.BaseExpression) -> bool | None:
        """Whether a value is surely of a kind, or surely not; None where types tell it."""
        name = self.source.in_full(self.source.code(kind))
        if isinstance(value, FunctionValue) and name in _ASKED:
            return False
        if self.source.in_full(name).split(".")[0] in _STRANGERS:
            return False if isinstance(value, FunctionValue) else None
        if name not in _ASKED or isinstance(value, FunctionValue):
            help_ = "ask for `float`, `np.ndarray`, `list`, `tuple`, `dict` or `str`"
            raise self.refuse(kind, "it is not known what is of this kind", help_)
        return None

    def is_none(self, value: Value) -> bool:
        return value in self.constants and self.constants[value] is None

    def decided(self, test: Value) -> bool | None:
        """What a test surely is, in a function that is lowered in line, or a loop that is written out."""
        is_inside = self.scope.frames or self.written_turns
        return bool(self.constants[test]) if is_inside and test in self.constants else None

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
        return super().choice(
            node, form, test, self.deferred(test, then, self.undef), self.deferred(test, orelse, self.undef), **attrs
        )

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
            nothing = lambda: None  # noqa: E731
            super().either(node, stmt, test, self.deferred(test, then, nothing), self.deferred(test, orelse, nothing))
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
            return super().fork(
                test, node, stmt, self.deferred(test, then, lambda: []), self.deferred(test, orelse, lambda: [])
            )
        return then() if known else orelse()

    def deferred(self, test: Value, lower: Callable[[], T], instead: Callable[[], T]) -> Callable[[], T]:
        """What lowers a branch; if types may leave it out, what is refused in it is refused where types come to it."""
        if not self.is_asked(test):
            return lower

        def run() -> T:
            before = len(self.problems)
            try:
                found = lower()
            except RefusedError as problem:
                self.problems += problem.diagnostics
                found = instead()
            problems, self.problems = self.problems[before:], self.problems[:before]
            if problems:
                self.block.ops.append(Op("refused", [], [], {"problems": problems}))
            return found

        return run

    def is_asked(self, test: Value) -> bool:
        """Whether a test asks for the kind of a value, or whether it is None."""
        maker = next((op for op in reversed(self.block.ops) if test in op.results), None)
        if maker is None or maker.name == "not":
            return maker is not None and self.is_asked(maker.operands[0])
        return maker.name in _QUESTIONS or any(
            op.name in ("ndim", "len") for op in self.block.ops if not set(op.results).isdisjoint(maker.operands)
        )


def _compared(name: str, a: Any, b: Any) -> bool | None:
    """A comparison of constants; None where Python would refuse it, or compares by identity what may be one object."""
    if name in ("is", "is_not") and not isinstance(b, bool | None):
        return None
    try:
        return _COMPARED[name](a, b)
    except TypeError:
        return None
