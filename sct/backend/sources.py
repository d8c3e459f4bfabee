"""What a function's source is, for telling whether a generated module is current; without libcst.

The hash covers the function and all that it uses of its module: functions, constants, imports, and the modules beside
it that these bring in.  Comments count, since generated text repeats them; formatting does not.
"""

from __future__ import annotations

import ast
import hashlib

from sct.backend.essence import essence
from sct.backend.used import names_annotated
from sct.errors import lines_of
from sct.frontend.bindings import bindings, stars
from sct.frontend.modules import locate, read, submodule


def short_hash(text: str) -> str:
    """Eight hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def source_hash(source_text: str, name: str, file: str | None = None) -> str:
    """The hash of a function's source and of what it depends on.

    Raises
    ------
    KeyError
        If the module has no such function.
    """
    parts: list[str] = []
    _collect(ast.parse(source_text), source_text, name, file, parts, set())
    return short_hash("\n".join(parts))


def _collect(
    tree: ast.Module, text: str, name: str, file: str | None, parts: list[str], seen: set[tuple[str | None, str]]
) -> None:
    if (file, name) in seen:
        return
    seen.add((file, name))
    defined = definitions(tree)
    node = defined[name.partition(".")[0]]  # of a method, its class
    parts.append(essence(_segment(text, node)))
    names = {*names_annotated(node), *(inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name))}
    for other in _others(tree, {name.partition(".")[0], *names}):
        if (file, str(other.lineno)) not in seen:
            seen.add((file, str(other.lineno)))
            parts.append(essence(_segment(text, other)))
            if file is not None:
                _collect_siblings(other, file, parts, seen)
    for used in sorted(names & set(defined) | {rule for rule, target in _rules(tree) if target in names}):
        _collect(tree, text, used, file, parts, seen)
    if file is not None:
        _collect_siblings(node, file, parts, seen)


def _others(tree: ast.Module, names: set[str]) -> list[ast.stmt]:
    """Statements that may give names another meaning than their definitions: that bind them, or parts of them, too."""
    defined = set(map(id, definitions(tree).values()))
    bound = [each.statement for each in bindings(tree) if each.name.partition(".")[0] in names]
    return [node for node in dict.fromkeys([*bound, *stars(tree)]) if id(node) not in defined]


def _collect_siblings(node: ast.stmt, file: str, parts: list[str], seen: set[tuple[str | None, str]]) -> None:
    """A module of this package or folder counts as a whole, with what it imports: it is seldom large, and used."""
    for module in _imported(node):
        path = locate(file, module)
        if path is not None and (str(path), "") not in seen:
            seen.add((str(path), ""))
            text = read(path)
            parts.append(essence(text))
            for inner in ast.parse(text).body:
                _collect_siblings(inner, str(path), parts, seen)


def _imported(node: ast.stmt) -> list[str]:
    """The modules that a statement imports, or may import."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        return [module, *(submodule(module, alias.name) for alias in node.names)]
    return []


def _rules(tree: ast.Module) -> list[tuple[str, str]]:
    """The functions that may be rules, each with the name (or the module) that its function is called by.

    These are all that are decorated by a call: ``sct.rule`` may have been imported by any name.
    """
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    calls = [(node.name, call) for node in functions for call in node.decorator_list if isinstance(call, ast.Call)]
    return [(name, ast.unparse(target).split(".")[0]) for name, call in calls for target in call.args]


def definitions(tree: ast.Module) -> dict[str, ast.stmt]:
    """The statement that defines each name of a module."""
    found: dict[str, ast.stmt] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            targets = [
                t for target in node.targets for t in (target.elts if isinstance(target, ast.Tuple) else [target])
            ]
            found.update({target.id: node for target in targets if isinstance(target, ast.Name)})
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found.update({(alias.asname or alias.name).split(".")[0]: node for alias in node.names})
    return found


def has_function(tree: ast.Module, name: str) -> bool:
    """Whether a module has a function; ``Model.predict`` is a method of its class."""
    head, _, method = name.partition(".")
    node = definitions(tree).get(head)
    if not method or not isinstance(node, ast.ClassDef):
        return node is not None and not method
    return any(isinstance(inner, ast.FunctionDef) and inner.name == method for inner in node.body)


def _segment(text: str, node: ast.stmt) -> str:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    lines = lines_of(text)
    while first > 1 and lines[first - 2].lstrip().startswith("#"):
        first -= 1
    return "\n".join(lines[first - 1 : node.end_lineno]) + "\n"
