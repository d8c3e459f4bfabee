"""Values as text: a folded one as its operation, any other as its name; in parentheses where they are needed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from sct.ir.names import GlobalRef
from sct.ir.nodes import Op, Value

# Binding strengths, weakest first (The Python Language Reference, section 6.17).
TERNARY, OR, AND, NOT, COMPARE, BITOR, BITXOR, BITAND, SHIFT, SUM, TERM, UNARY, POWER, ATOM = range(14)


class Library(Protocol):
    """How a module spells a library's function."""

    def spell(self, library: str, name: str) -> str: ...

    def reach(self, ref: GlobalRef) -> str: ...

    def helper(self, name: str) -> str: ...

    def hides(self, name: str) -> bool: ...

    @property
    def compiles(self) -> bool: ...


class Operands(ABC):
    """Writes what operations are applied to.

    Attributes
    ----------
    names, makers : dict of Value to str, dict of Value to Op
        The variables of values, and the operations that make these.
    folded : set of Value
        Those that are written inside the expression that uses them.
    told : list of (Value, bool)
        The conditions that what is written stands under, and whether they hold.
    """

    def __init__(self, names: dict[Value, str], makers: dict[Value, Op], folded: set[Value], library: Library) -> None:
        self.names = names
        self.makers = makers
        self.folded = folded
        self.library = library
        self.told: list[tuple[Value, bool]] = []

    @contextmanager
    def under(self, condition: Value, holds: bool) -> Iterator[None]:
        """What is written here is asked for only where the condition is as told."""
        self.told.append((condition, holds))
        yield
        self.told.pop()

    def __call__(self, value: Value, least: int = TERNARY) -> str:
        """The text of ``value``, in parentheses if it binds more weakly than ``least``."""
        if value not in self.folded:
            return self.names[value]
        text, strength = self.of(self.makers[value])
        return text if strength >= least else f"({text})"

    @abstractmethod
    def of(self, op: Op) -> tuple[str, int]:
        """The text of an operation, and how strongly it binds."""

    def is_constant(self, value: Value, constant: Any) -> bool:
        op = self.makers.get(value)
        return op is not None and op.name == "const" and op.attrs["value"] == constant

    def is_number(self, value: Value) -> bool:
        """Whether a value is a number that is written out."""
        op = self.makers.get(value)
        return op is not None and op.name == "const"

    def is_none(self, value: Value) -> bool:
        return self.is_constant(value, None)
