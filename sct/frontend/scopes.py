"""Scopes, and functions as values.

Before: ``def f(x): …; g = lambda t: c * t; return newton(g, x)``.
After: ``%g`` is a :class:`Closure`, known when the function is lowered; a call of it is lowered where it stands.

All names live in one environment, so that loops, branches and writes through aliases see those of a function that is
lowered in line as they see any other; a scope tells which of the environment's names an author's name means there.
"""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from sct.errors import Span
from sct.frontend.blueprints import Blueprint
from sct.frontend.classes import Record
from sct.frontend.parse import Source
from sct.frontend.user_rules import UserRule
from sct.ir.names import GlobalRef
from sct.ir.nodes import Statement, Value


@dataclass(frozen=True, eq=False)
class Scope:
    """The names of a function's body.

    Attributes
    ----------
    source : Source
        The module that the function stands in.
    name : str
        The function's name.
    locals : frozenset of str
        What it binds.
    outer : Scope, optional
        Where the names come from that a nested function captures.
    mark : str
        What tells its names from others in the environment; empty for the function that is lowered as a whole.
    via : tuple of Span
        The calls that are lowered in line around it, the outermost first.
    stmt : Statement, optional
        The statement that the innermost of these calls is in, where the function is but one expression, or is one of
        a library's that is written out.
    frames : tuple
        The calls that are being lowered in line: each the function and the functions that it was given.
    member_of : tuple, optional
        Of a method, the class that defines it, and what it calls its object.
    """

    source: Source
    name: str
    locals: frozenset[str] = frozenset()
    outer: Scope | None = None
    mark: str = ""
    via: tuple[Span, ...] = ()
    stmt: Statement | None = None
    frames: tuple[tuple[object, ...], ...] = ()
    member_of: tuple[Blueprint, str] | None = None

    def key(self, name: str) -> str:
        """The environment's name for what the author calls ``name``."""
        return self.own(name) if name in self.locals or self.outer is None else self.outer.key(name)

    def own(self, name: str) -> str:
        """The environment's name for a name of this scope."""
        return f"{name}{self.mark}"

    def binds(self, name: str) -> bool:
        """Whether the name is a local variable, of this scope or of one around it."""
        return name in self.locals or (self.outer is not None and self.outer.binds(name))


OURS = "\N{MODIFIER LETTER HALF TRIANGULAR COLON}"
"""What ends a variable of ours in a comprehension, so that no expression of the author's means it."""


def spelled(key: str) -> str:
    """What a name of the environment is called in code."""
    return key.split(" ")[0].removesuffix(OURS)


class FunctionValue(Value):
    """A function that is known when the code is lowered; ``span`` is where it came to be a value."""

    __slots__ = ("span",)

    def __init__(self, span: Span) -> None:
        super().__init__()
        self.span = span


class ModuleFunction(FunctionValue):
    """A function at the top of a module."""

    __slots__ = ("ref", "source")

    def __init__(self, span: Span, source: Source, ref: GlobalRef) -> None:
        super().__init__(span)
        self.source, self.ref = source, ref

    @property
    def name(self) -> str:
        return self.ref.label

    @property
    def node(self) -> cst.FunctionDef:
        return self.source.functions[self.ref.name]


class LibraryFunction(FunctionValue):
    """A function of a library."""

    __slots__ = ("library", "name", "spelling")

    def __init__(self, span: Span, library: str, name: str, spelling: str) -> None:
        super().__init__(span)
        self.library, self.name, self.spelling = library, name, spelling


class RuledFunction(FunctionValue):
    """A function that a rule of the user's differentiates; ``ref`` is the function."""

    __slots__ = ("ref", "rule")

    def __init__(self, span: Span, rule: UserRule, ref: GlobalRef) -> None:
        super().__init__(span)
        self.rule, self.ref = rule, ref


class RecordClass(FunctionValue):
    """A class whose instances are their fields."""

    __slots__ = ("record",)

    def __init__(self, span: Span, record: Record) -> None:
        super().__init__(span)
        self.record = record


class Method(ModuleFunction):
    """A method of a class whose objects the function makes."""

    __slots__ = ("of",)

    def __init__(self, span: Span, source: Source, ref: GlobalRef, of: Blueprint) -> None:
        super().__init__(span, source, ref)
        self.of = of


class ObjectClass(FunctionValue):
    """A class whose objects the function makes."""

    __slots__ = ("blueprint",)

    def __init__(self, span: Span, blueprint: Blueprint) -> None:
        super().__init__(span)
        self.blueprint = blueprint

    @property
    def line(self) -> tuple[Blueprint, ...]:
        return self.blueprint.line


class Instance(FunctionValue):
    """An object that the function makes.

    Attributes
    ----------
    name : str
        What its variables are called after.
    number : int
        What tells its variables from those of others.
    whole : Instance
        The object itself, where this is what ``super()`` shows of it.
    line : tuple of Blueprint
        The classes that are asked for a method.
    """

    __slots__ = ("blueprint", "line", "name", "number", "whole")

    def __init__(
        self,
        span: Span,
        blueprint: Blueprint,
        name: str,
        number: int,
        whole: Instance | None = None,
        line: tuple[Blueprint, ...] | None = None,
    ) -> None:
        super().__init__(span)
        self.blueprint, self.name, self.number = blueprint, name, number
        self.whole, self.line = whole or self, blueprint.line if line is None else line

    def key(self, name: str, shown: str | None = None) -> str:
        """The environment's name for an attribute."""
        return f"{self.name}_{(shown or name).strip('_')} {self.number}.{name}."


class Several(FunctionValue):
    """A list, a tuple or a dict with objects or functions among its items."""

    __slots__ = ()


class Slice(FunctionValue):
    """A slice that has a name, or is passed on: its bounds and its step."""

    __slots__ = ("parts",)

    def __init__(self, span: Span, parts: list[Value]) -> None:
        super().__init__(span)
        self.parts = parts


class BoundMethod(FunctionValue):
    """A method and what it is called on."""

    __slots__ = ("method", "receiver")

    def __init__(self, span: Span, method: Method, receiver: Instance | ObjectClass) -> None:
        super().__init__(span)
        self.method, self.receiver = method, receiver


class Closure(FunctionValue):
    """A nested function or lambda; ``defaults`` are the environment's names for its parameters' defaults."""

    __slots__ = ("defaults", "node", "scope")

    def __init__(self, span: Span, node: cst.FunctionDef | cst.Lambda, scope: Scope, defaults: dict[str, str]) -> None:
        super().__init__(span)
        self.node, self.scope, self.defaults = node, scope, defaults

    @property
    def name(self) -> str:
        return self.node.name.value if isinstance(self.node, cst.FunctionDef) else "lambda"


class Chosen(FunctionValue):
    """One of two functions."""

    __slots__ = ("orelse", "test", "then")

    def __init__(self, span: Span, test: Value, then: FunctionValue, orelse: FunctionValue) -> None:
        super().__init__(span)
        self.test, self.then, self.orelse = test, then, orelse


def same_object(a: Value, b: Value) -> bool | None:
    """Whether two objects that are known when the code is lowered are one; None where that is not known."""
    if isinstance(a, Instance) and isinstance(b, Instance):
        return a.number == b.number
    names = [_home(function) for function in (a, b)]
    return None if None in names else names[0] == names[1]


def _home(function: Value) -> tuple[str, str] | None:
    """Where a function stands that has a name in a module."""
    if isinstance(function, LibraryFunction):
        return function.library, function.name
    return (function.source.file, function.ref.name) if isinstance(function, ModuleFunction) else None
