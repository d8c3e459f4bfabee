"""What statements assign, and where they jump: asked of the CST, before it is lowered.

Only statements are walked, and their expressions for ``:=`` alone.  libcst's visitors go through all white space, and
took most of the time; its matchers take longer to be imported than all else together (`every` stands in for them).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from functools import cache
from typing import TypeVar

import libcst as cst

Statements = Sequence[cst.CSTNode]
Node = TypeVar("Node", bound=cst.CSTNode)


def every(tree: cst.CSTNode, *kinds: type[Node]) -> list[Node]:
    """The nodes of some kinds in a tree, in the order of the text."""
    found, todo = list[Node](), [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, kinds):
            found.append(node)
        todo += reversed(node.children)
    return found


def walk(nodes: Iterable[cst.CSTNode], loops: bool = True) -> Iterator[cst.CSTNode]:
    """Every statement in ``nodes`` and below, but not in functions and hooks, and not in loops unless ``loops``."""
    for node in nodes:
        if isinstance(node, cst.SimpleStatementLine | cst.SimpleStatementSuite):
            yield from node.body
        elif isinstance(node, cst.IndentedBlock):
            yield from walk(node.body, loops)
        else:
            yield node
            if isinstance(node, cst.FunctionDef | cst.ClassDef) or is_hook(node):
                continue
            if loops or not isinstance(node, cst.For | cst.While):
                yield from walk(_parts(node), loops)
            elif node.orelse is not None:  # it belongs to the loop around
                yield from walk([node.orelse.body], loops)


def simple(body: cst.BaseSuite) -> Iterator[cst.BaseSmallStatement]:
    """The simple statements of a body, which may stand behind its colon: ``class P: x: float``."""
    for line in [body] if isinstance(body, cst.SimpleStatementSuite) else body.body:
        if isinstance(line, cst.SimpleStatementLine | cst.SimpleStatementSuite):
            yield from line.body


def is_hook(node: cst.CSTNode) -> bool:
    """Whether a statement is a ``with … as name:``, whose body runs in the reverse sweep and has names of its own."""
    return isinstance(node, cst.With) and any(item.asname is not None for item in node.items)


def _parts(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    for name in ("body", "orelse", "finalbody"):
        part = getattr(node, name, None)
        if part is not None:
            yield part
    for name in ("handlers", "cases"):
        yield from getattr(node, name, ())


def assigned(nodes: Statements) -> set[str]:
    """The names that the statements may bind or write into."""
    found: set[str] = set()
    for node in walk(nodes):
        if isinstance(node, cst.Assign):
            for target in node.targets:
                _add_target(target.target, found)
        elif isinstance(node, cst.AnnAssign | cst.AugAssign | cst.For | cst.Del):
            _add_target(node.target, found)
        elif isinstance(node, cst.MatchCase):
            _add_captured(node, found)
        found |= named(node)
    return found


def bound(nodes: Statements) -> frozenset[str]:
    """The names that the statements bind: a function's local variables, its parameters aside."""
    found: set[str] = set()
    for node in walk(nodes):
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            found.add(node.name.value)
        elif isinstance(node, cst.Assign):
            for target in node.targets:
                _add_target(target.target, found, subscripts=False)
        elif isinstance(node, cst.AnnAssign | cst.AugAssign | cst.For | cst.Del):
            _add_target(node.target, found, subscripts=False)
        elif isinstance(node, cst.MatchCase):
            _add_captured(node, found)
        found |= named(node)
    return frozenset(found)


def named(node: cst.CSTNode) -> set[str]:
    """The names that a statement's own expressions bind with ``:=``."""
    found: set[str] = set()
    todo = [node]  # what is no node is there, too, and has no fields
    while todo:
        inner = todo.pop()
        if type(inner) is cst.NamedExpr:
            _add_target(inner.target, found)
        for name in _fields(type(inner)):
            part = getattr(inner, name)
            if type(part) in (list, tuple):
                todo += part
            else:
                todo.append(part)
    return found


@cache
def _fields(kind: type) -> list[str]:
    """The attributes that may hold expressions, if it is a kind of nodes."""
    if issubclass(kind, _LEAVES) or not issubclass(kind, cst.CSTNode):
        return []
    names = [field.name for field in fields(kind) if not (issubclass(kind, _OWNERS) and field.name in _OWNED)]
    return [name for name in names if not name.startswith(_SPACE) and not name.endswith(_SPACE)]


_LEAVES = (cst.Name, cst.BaseNumber, cst.SimpleString, cst.Lambda, cst.FunctionDef, cst.ClassDef, cst.Annotation)
_OWNERS = (cst.BaseCompoundStatement, cst.Else, cst.Finally, cst.ExceptHandler, cst.MatchCase)
_OWNED = frozenset({"body", "orelse", "finalbody", "handlers", "cases"})
_SPACE = ("whitespace", "space", "lpar", "rpar", "lines", "comma", "semicolon", "equal", "operator", "bracket", "dot")


def written(nodes: Statements, in_place: Callable[[cst.AugAssign], bool]) -> set[str]:
    """The names of arrays that the statements may write into; ``in_place`` says whether ``a += b`` does."""
    found: set[str] = set()
    for node in walk(nodes):
        if isinstance(node, cst.Assign):
            for target in node.targets:
                _add_subscripts(target.target, found)
        elif isinstance(node, cst.AnnAssign | cst.AugAssign | cst.For):
            _add_subscripts(node.target, found)
        if isinstance(node, cst.AugAssign) and isinstance(node.target, cst.Name) and in_place(node):
            found.add(node.target.value)
    return found


def _add_subscripts(node: cst.BaseExpression, found: set[str]) -> None:
    if isinstance(node, cst.Tuple | cst.List):
        for element in node.elements:
            _add_subscripts(element.value, found)
    elif isinstance(node, cst.Subscript):
        _add_target(node, found)


def _add_target(node: cst.BaseExpression, found: set[str], subscripts: bool = True) -> None:
    if isinstance(node, cst.Name):
        found.add(node.value)
    elif isinstance(node, cst.Tuple | cst.List):
        for element in node.elements:
            _add_target(element.value, found, subscripts)
    elif isinstance(node, cst.StarredElement) or (isinstance(node, cst.Subscript) and subscripts):
        _add_target(node.value, found, subscripts)


def _add_captured(node: cst.MatchCase, found: set[str]) -> None:
    if isinstance(node.pattern, cst.MatchAs) and node.pattern.name is not None:
        found.add(node.pattern.name.value)


def jumps(node: cst.CSTNode) -> bool:
    """Whether a branch, or a loop or its ``else``, may leave the turn of the loop around, or the function."""
    return returns(node) or any(isinstance(inner, cst.Break | cst.Continue) for inner in walk([node], loops=False))


def returns(node: cst.CSTNode) -> bool:
    """Whether the function may return from inside a statement."""
    return any(isinstance(inner, cst.Return) for inner in walk([node]))


def breaks(node: cst.For | cst.While) -> bool:
    """Whether a loop may be left by its own ``break``."""
    return any(isinstance(inner, cst.Break) for inner in walk([node.body], loops=False))


def is_endless(node: cst.For | cst.While) -> bool:
    """Whether a loop ends by nothing but a ``return``: ``while True:`` without ``break``."""
    is_true = isinstance(node, cst.While) and isinstance(node.test, cst.Name) and node.test.value == "True"
    return is_true and not breaks(node)
