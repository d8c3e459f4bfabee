"""What statements assign, and where they jump: asked of the CST, before it is lowered.

Only statements are walked.  libcst's visitors go through every expression and white space, and took most of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import libcst as cst

Statements = Sequence[cst.CSTNode]


def walk(nodes: Iterable[cst.CSTNode], loops: bool = True) -> Iterator[cst.CSTNode]:
    """Every statement in ``nodes`` and below, but not in functions, and not in loops unless ``loops``."""
    for node in nodes:
        if isinstance(node, cst.SimpleStatementLine | cst.SimpleStatementSuite):
            yield from node.body
        elif isinstance(node, cst.IndentedBlock):
            yield from walk(node.body, loops)
        else:
            yield node
            if isinstance(node, cst.FunctionDef | cst.ClassDef):
                continue
            if loops or not isinstance(node, cst.For | cst.While):
                yield from walk(_parts(node), loops)


def _parts(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    for name in ("body", "orelse", "finalbody"):
        part = getattr(node, name, None)
        if isinstance(part, cst.CSTNode):
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
        elif isinstance(node, cst.AnnAssign | cst.AugAssign | cst.For):
            _add_target(node.target, found)
    return found


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


def _add_target(node: cst.BaseExpression, found: set[str]) -> None:
    if isinstance(node, cst.Name):
        found.add(node.value)
    elif isinstance(node, cst.Tuple | cst.List):
        for element in node.elements:
            _add_target(element.value, found)
    elif isinstance(node, cst.Subscript | cst.StarredElement):
        _add_target(node.value, found)


def jumps(node: cst.If) -> bool:
    """Whether a branch may leave the loop's turn or the function."""
    return returns(node) or any(isinstance(inner, cst.Break | cst.Continue) for inner in walk([node], loops=False))


def returns(node: cst.CSTNode) -> bool:
    """Whether the function may return from inside a statement."""
    return any(isinstance(inner, cst.Return) for inner in walk([node]))


def breaks(node: cst.For | cst.While) -> bool:
    """Whether a loop may be left by its own ``break``."""
    return any(isinstance(inner, cst.Break) for inner in walk([node.body], loops=False))
