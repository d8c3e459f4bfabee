"""Where a module changes what one of its constants holds: the constant is not what the text that makes it says.

Before: ``W = np.zeros(3)``, and ``W[0] = 1.0``, ``W.sort()``, ``np.add.at(W, …)`` or, at the top of the module,
``fill(W)``.
After: ``W``, with the first of these places.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from sct.frontend.bindings import Place

_METHODS = frozenset(
    {"append", "clear", "extend", "fill", "insert", "itemset", "partition", "pop", "popitem", "put", "remove", "resize"}
    | {"reverse", "setdefault", "setfield", "setflags", "sort", "update"}
)
_FUNCTIONS = frozenset({"at", "copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask", "shuffle"})
_BUILTINS = frozenset(dir(builtins))
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def changes(tree: ast.Module) -> dict[str, Place]:
    """The names of a module whose objects its statements and functions write into, each with the first place."""
    found: dict[str, Place] = {}
    for name, place in _changed(tree, frozenset()):
        found.setdefault(name, place)
    for statement in tree.body:
        if not isinstance(statement, (*_SCOPES, ast.ClassDef)) and not _is_main(statement):
            for name, place in _handed_on(statement):
                found.setdefault(name, place)
    return found


def _changed(node: ast.AST, hidden: frozenset[str]) -> Iterator[tuple[str, Place]]:
    """What is written into below a node, but for names of a function's own."""
    if isinstance(node, _SCOPES):
        hidden |= _own_names(node)
    for written in _written(node):
        base = written
        while isinstance(base, ast.Subscript | ast.Attribute):
            base = base.value
        if isinstance(base, ast.Name) and base.id not in hidden:
            yield base.id, written
    for child in ast.iter_child_nodes(node):
        yield from _changed(child, hidden)


def _written(node: ast.AST) -> Iterator[ast.expr]:
    """What a node itself writes into."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
        yield node.value
    elif isinstance(node, ast.Call):
        yield from (keyword.value for keyword in node.keywords if keyword.arg == "out")
        if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
            yield node.func.value
        if isinstance(node.func, ast.Attribute) and node.func.attr in _FUNCTIONS and node.args:
            yield node.args[0]


def _own_names(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> frozenset[str]:
    """The names that are a function's own: what it binds, and does not declare global."""
    args = node.args
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
    own = {arg.arg for arg in every if arg is not None}
    inner = list(ast.walk(node))
    own |= {name.id for name in inner if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}
    return frozenset(own - {name for each in inner if isinstance(each, ast.Global) for name in each.names})


def _handed_on(statement: ast.stmt) -> Iterator[tuple[str, Place]]:
    """The names that a statement ``fill(W)`` hands to a function; it has no value, so that it does something."""
    for node in ast.walk(statement):
        call = node.value if isinstance(node, ast.Expr) else None
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id not in _BUILTINS:
            yield from ((arg.id, arg) for arg in call.args if isinstance(arg, ast.Name))


def _is_main(statement: ast.stmt) -> bool:
    """Whether it is ``if __name__ == "__main__":``, which does not run when the module is imported."""
    return isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test)
