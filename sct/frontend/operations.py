"""Operations for the author's text: each has the place that it stands for, and numbers and arrays as operands.

Before: ``x * y`` in the statement ``z = x * y``.
After: ``%z = mul %x, %y``, with the place of the expression and the statement.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import libcst as cst

from sct.errors import Diagnostic, RefusedError, Span
from sct.frontend.known import Known
from sct.frontend.parse import Source
from sct.frontend.phis import Phis
from sct.frontend.scopes import (
    FunctionValue,
    Instance,
    LibraryFunction,
    ObjectClass,
    RecordClass,
    Scope,
    Several,
    Slice,
)
from sct.ir.literals import literal
from sct.ir.nodes import Op, Value


class Operations(Phis):
    """Emits operations; ``known`` is what the types have told of the function."""

    def __init__(self, scope: Scope, known: Known) -> None:
        super().__init__(scope)
        self.known = known
        self.written_turns: tuple[int, ...] = ()

    @property
    def source(self) -> Source:
        """The module of what is being lowered."""
        return self.scope.source

    def span(self, node: cst.CSTNode) -> Span:
        """The place of a node, and of the calls that are lowered in line, and loops that are written out, around it."""
        span = self.source.span(node)
        return (
            replace(span, via=self.scope.via, turns=self.written_turns)
            if self.scope.via or self.written_turns
            else span
        )

    @contextmanager
    def in_turn(self, k: int) -> Iterator[None]:
        """Within, what is lowered is the turn ``k`` of a loop that is written out."""
        around, self.written_turns = self.written_turns, (*self.written_turns, k)
        try:
            yield
        finally:
            self.written_turns = around

    def emit(self, name: str, operands: Sequence[Value], node: cst.CSTNode | None, /, **attrs: Any) -> Value:
        """The result of an operation that ``node`` stands for; None for one that nothing in the text does."""
        span = self.span(node) if node is not None else None
        self.no_functions(operands)
        if node is not None:
            arrays = {k for place, of, k in self.known.arrays if (place, of) == (span, name)}
            operands = [self.as_array(value, node) if k in arrays else value for k, value in enumerate(operands)]
        op = Op(name, list(operands), [Value()], {"authored": True, **attrs}, span, self.stmt)
        self.block.ops.append(op)
        return op.result

    @abstractmethod
    def as_array(self, value: Value, node: cst.CSTNode) -> Value:
        """A list or a tuple that an array's place is given to: the array that NumPy makes of it."""

    def effect(self, name: str, operands: list[Value], node: cst.CSTNode, **attrs: object) -> None:
        self.no_functions(operands)
        self.block.ops.append(Op(name, operands, [], dict(attrs), self.span(node), self.stmt))

    def const(self, value: Any, node: cst.CSTNode | None = None, text: str | None = None) -> Value:
        return self.emit("const", [], node, value=value, text=literal(value) if text is None else text)

    def refuse(self, node: cst.CSTNode, reason: str, help_: str, note: tuple[Span, str] | None = None) -> RefusedError:
        return RefusedError([Diagnostic(self.span(node), reason, help_, note)], {self.source.file: self.source.text})

    def no_functions(self, values: Iterable[Value]) -> None:
        """Refuse a function where a number or an array is wanted."""
        for value in values:
            if isinstance(value, Instance):
                reason = f"an object of the class `{value.blueprint.name}` is used as a value"
                help_ = "read its attributes, call its methods, or pass it to a function; or make the class a dataclass"
                raise RefusedError([Diagnostic(value.span, reason, help_)])
            if isinstance(value, Several):
                help_ = "go over it with `for`, or write its items one by one; or make the class of objects a dataclass"
                raise RefusedError(
                    [Diagnostic(value.span, "what holds objects or functions is used as a value", help_)]
                )
            if isinstance(value, Slice):
                raise RefusedError([Diagnostic(value.span, "a slice is used as a value", "use it as an index: `x[s]`")])
            if isinstance(value, ObjectClass):
                help_ = f"call it, as in `{value.blueprint.name}(…)`"
                reason = f"the class `{value.blueprint.name}` is used as a value"
                raise RefusedError([Diagnostic(value.span, reason, help_)])
            if isinstance(value, RecordClass):
                help_ = f"call it, as in `{value.record.name}(…)`"
                raise RefusedError(
                    [Diagnostic(value.span, f"the class `{value.record.name}` is used as a value", help_)]
                )
            if isinstance(value, LibraryFunction) and "." in value.spelling:
                help_ = "if it is a function, call it; if it is a number, write the number, or pass it as an argument"
                raise RefusedError([Diagnostic(value.span, f"`{value.spelling}` is used as a value", help_)])
            if isinstance(value, FunctionValue):
                help_ = "call it, pass it to a function of yours, or bind it to a name"
                raise RefusedError([Diagnostic(value.span, "a function is used as a value", help_)])
