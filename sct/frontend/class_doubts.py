"""What is not known of a class that a module defines: it is said where the class is used.

Before: ``@register`` over a class, ``class P(metaclass=M)``, ``def v(self): …`` and then ``v = w`` in its body.
After: that it is not known what ``@register`` makes of the class; that its body binds ``v`` more than once, and where.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sct.errors import Span
from sct.frontend.bindings import Place, bindings, is_for_types

if TYPE_CHECKING:
    from sct.frontend.parse import Source

DATACLASS = "dataclasses.dataclass"
# Decorators that leave alone what a class's instances are.
_HARMLESS = frozenset({DATACLASS, "functools.total_ordering", "typing.final", "typing.runtime_checkable"})
_METHODS = (ast.FunctionDef, ast.AsyncFunctionDef)
_PLAIN = (*_METHODS, ast.ClassDef, ast.Assign, ast.AnnAssign, ast.Pass)


@dataclass(frozen=True)
class Doubt:
    """Why it is not known what a name stands for, what to write instead, and the place of what is in doubt."""

    reason: str
    help: str
    note: tuple[Span, str]


def note(source: Source, node: Place, words: str = "it is bound here") -> tuple[Span, str]:
    """The place of what is in doubt, and what is said of it."""
    return source.place(node), words


def class_doubt(source: Source, node: ast.ClassDef) -> Doubt | None:
    """What is not known of a class, if its definition alone does not tell what its instances are."""
    for decorator in node.decorator_list:
        text = ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if source.in_full(text) not in _HARMLESS:
            reason = f"it is not known what the decorator `@{text}` makes of the class `{node.name}`"
            return Doubt(reason, "leave the decorator off", note(source, decorator, "it is decorated here"))
    for keyword in node.keywords:
        if keyword.arg != "total":  # of a TypedDict
            reason = f"it is not known what `{ast.unparse(keyword)}` makes of the class `{node.name}`"
            return Doubt(reason, "leave it off", note(source, keyword.value, "it is made so here"))
    for line in node.body:
        is_text = isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)
        if not isinstance(line, _PLAIN) and not is_text and not is_for_types(line):
            reason = f"it is not known what a statement in the body of the class `{node.name}` makes of it"
            return Doubt(reason, "put nothing but fields and methods into the class", note(source, line, "it is here"))
    names = {name for name, _ in _bound(node)}
    for used in (decorator for line in node.body for decorator in getattr(line, "decorator_list", ())):
        if isinstance(used, ast.Name) and used.id in names:
            reason = f"it is not known what the decorator `@{used.id}` makes of a method of the class `{node.name}`"
            return Doubt(reason, "leave it off", note(source, used, "the class binds this name itself"))
    return _bound_twice(source, node)


def _bound_twice(source: Source, node: ast.ClassDef) -> Doubt | None:
    """What is said of a class whose body binds a name again, but for methods, of which the last one counts."""
    first: dict[str, Place] = {}
    for name, place in sorted(_bound(node), key=lambda found: (found[1].lineno, found[1].col_offset)):
        other = first.setdefault(name, place)
        if other is not place and not (isinstance(other, _METHODS) and isinstance(place, _METHODS)):
            reason = f"`{name}` is bound more than once in the class `{node.name}`"
            return Doubt(reason, "leave one of them out", note(source, place, "it is bound here, too"))
    return None


def _bound(node: ast.ClassDef) -> Iterator[tuple[str, Place]]:
    """The names that the body of a class binds, or states as fields, each with its place."""
    for bound in bindings(node):
        if not isinstance(bound.node, ast.Global):
            yield bound.name, bound.node
    for line in node.body:
        if isinstance(line, ast.AnnAssign) and line.value is None and isinstance(line.target, ast.Name):
            yield line.target.id, line.target
