"""What a module (or the body of a class) binds, and where: asked of Python's own syntax tree, without libcst.

Before::

    import math, helpers
    A, B = 2.0, 3.0
    helpers.step = lambda x: x
    setattr(helpers, "scale", lambda x: x)

After: ``math``, ``helpers``, ``A``, ``B``, ``helpers.step`` and ``helpers.scale``, each with its place, and whether a
statement of its own binds it, plainly.  What is bound otherwise (in a ``try``, with others, again) is refused where it
is used.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Place = ast.stmt | ast.expr | ast.ExceptHandler | ast.pattern


@dataclass(frozen=True)
class Binding:
    """A place where a module binds a name.

    Attributes
    ----------
    name : str
        The name; ``helpers.step`` for what is assigned to an attribute, ``helpers.*`` where it may be any.
    node : ast.AST
        The place.
    statement : ast.stmt
        The statement at the top of the module, or in the body of the class, that it is in.
    """

    name: str
    node: Place
    statement: ast.stmt

    @property
    def is_plain(self) -> bool:
        """Whether it is a definition, an import, or an assignment of this name alone, or of as many values to names."""
        if isinstance(self.statement, ast.Assign) and len(self.statement.targets) > 1:
            return False
        if isinstance(self.statement, ast.Assign) and _pairs(self.statement):
            return True
        targets = getattr(self.statement, "targets", [getattr(self.statement, "target", self.statement)])
        return self.node in targets and not isinstance(self.statement, ast.AugAssign | ast.For | ast.AsyncFor | ast.Del)

    def is_like(self, other: Binding) -> bool:
        """Whether both mean the same to Python: functions, of which the last one counts, or the same import."""
        if isinstance(self.node, _FUNCTIONS):
            return isinstance(other.node, _FUNCTIONS)
        return self.imported is not None and self.imported == other.imported

    @property
    def imported(self) -> tuple[str, str] | None:
        """The module that an import brings, or the module (dots before it) and the name in it; None for no import."""
        if not isinstance(self.node, ast.Import | ast.ImportFrom):
            return None
        alias = next(alias for alias in self.node.names if (alias.asname or alias.name.split(".")[0]) == self.name)
        if isinstance(self.node, ast.ImportFrom):
            return f"{'.' * self.node.level}{self.node.module or ''}", alias.name
        return alias.name if alias.asname else self.name, ""


def _pairs(node: ast.Assign) -> bool:
    """Whether it is ``A, B = 1.0, 2.0``."""
    (target,), value = node.targets, node.value
    if not isinstance(target, ast.Tuple) or not isinstance(value, ast.Tuple):
        return False
    is_starred = any(isinstance(item, ast.Starred) for item in (*target.elts, *value.elts))
    return len(target.elts) == len(value.elts) and not is_starred and all(isinstance(n, ast.Name) for n in target.elts)


@lru_cache(maxsize=8)
def bindings(tree: ast.Module | ast.ClassDef) -> tuple[Binding, ...]:
    """What a module, or the body of a class, binds, in the order of its text."""
    return tuple(Binding(name, node, statement) for statement in tree.body for name, node in _bound(statement))


def stars(tree: ast.Module) -> list[ast.ImportFrom]:
    """The statements ``from … import *``."""
    return [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"]


def public(tree: ast.Module) -> set[str] | None:
    """The names that ``from … import *`` brings of a module; None if that cannot be told."""
    found = {bound.name for bound in bindings(tree)}
    if "__all__" not in found:
        return None if stars(tree) else {name for name in found if not name.startswith("_")}
    made = next((node.value for node in tree.body if isinstance(node, ast.Assign) and "__all__" in _names(node)), None)
    try:
        return set(ast.literal_eval(made)) if made is not None else None
    except ValueError:
        return None


def _names(node: ast.AST) -> set[str]:
    return {name for name, _ in _bound(node)}


def _bound(node: ast.AST) -> Iterator[tuple[str, Place]]:
    """The names that a piece of a module's top binds, each with its place."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = [alias.asname or alias.name.split(".")[0] for alias in node.names]
        yield from ((name, node) for name in names if name != "*")
    elif isinstance(node, _SCOPES):
        if not isinstance(node, ast.Lambda):
            yield node.name, node
        # A function that declares a name global may bind it.
        yield from ((name, inner) for inner in _inner(node) if isinstance(inner, ast.Global) for name in inner.names)
    elif isinstance(node, _COMPREHENSIONS):
        yield from ((i.target.id, i.target) for i in ast.walk(node) if isinstance(i, ast.NamedExpr))
    elif (isinstance(node, ast.AnnAssign) and node.value is None) or is_for_types(node):
        return
    elif isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        if isinstance(node.ctx, ast.Store | ast.Del):
            yield from _target(node)
    else:
        name = getattr(node, "rest" if isinstance(node, ast.MatchMapping) else "name", None)
        if isinstance(node, ast.ExceptHandler | ast.pattern) and name is not None:
            yield name, node
        if isinstance(node, ast.Call):
            yield from _set(node)
        for child in ast.iter_child_nodes(node):
            yield from _bound(child)


def _inner(node: ast.AST) -> Iterator[ast.stmt | ast.ExceptHandler | ast.match_case]:
    """The statements in a function or a class, however deep; no expression has any."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield child
            yield from _inner(child)


def _target(node: ast.Name | ast.Attribute | ast.Subscript) -> Iterator[tuple[str, ast.expr]]:
    """The name that is assigned, or whose attribute or element is."""
    if isinstance(node, ast.Name):
        yield node.id, node
    elif isinstance(node, ast.Attribute):
        text = ast.unparse(node)
        if all(part.isidentifier() for part in text.split(".")):
            yield text, node
    elif isinstance(node.value, ast.Name | ast.Subscript):
        yield from ((name, node) for name, _ in _target(node.value))


def _set(node: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """What ``setattr(helpers, "step", …)`` assigns, which is ``helpers.step``."""
    if isinstance(node.func, ast.Name) and node.func.id in ("setattr", "delattr") and len(node.args) > 1:
        owner, name = ast.unparse(node.args[0]), node.args[1]
        part = name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else "*"
        if all(each.isidentifier() for each in owner.split(".")):
            yield f"{owner}.{part}", node


def is_for_types(node: ast.AST) -> bool:
    """Whether it is an ``if TYPE_CHECKING:``, which never runs."""
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
