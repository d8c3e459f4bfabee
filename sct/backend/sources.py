"""What a function's source is, for telling whether a generated module is current; without libcst.

The hash covers the function and all that it uses of its module: functions, constants, imports, and sibling modules'
functions.  It is over tokens, so that comments count and formatting does not.
"""

from __future__ import annotations

import ast
import hashlib
import io
import tokenize
from pathlib import Path

_LAYOUT = frozenset({tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER})


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
    node = defined[name]
    parts.append(" ".join(tokens(_segment(text, node))))
    for used in sorted({inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)} & set(defined)):
        _collect(tree, text, used, file, parts, seen)
    if file is not None:
        _collect_siblings(node, file, parts, seen)


def _collect_siblings(node: ast.stmt, file: str, parts: list[str], seen: set[tuple[str | None, str]]) -> None:
    """A module beside this one counts as a whole: it is seldom large, and what it holds is used."""
    modules = []
    if isinstance(node, ast.Import):
        modules = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module:
        modules = [node.module]
    for module in modules:
        path = Path(file).parent / f"{module.replace('.', '/')}.py"
        if path.is_file() and (str(path), "") not in seen:
            seen.add((str(path), ""))
            parts.append(" ".join(tokens(path.read_text(encoding="utf-8"))))


def definitions(tree: ast.Module) -> dict[str, ast.stmt]:
    """The statement that defines each name of a module."""
    found: dict[str, ast.stmt] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            found.update({target.id: node for target in node.targets if isinstance(target, ast.Name)})
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found.update({(alias.asname or alias.name).split(".")[0]: node for alias in node.names})
    return found


def _segment(text: str, node: ast.stmt) -> str:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    lines = text.splitlines()
    while first > 1 and lines[first - 2].lstrip().startswith("#"):
        first -= 1
    return "\n".join(lines[first - 1 : node.end_lineno]) + "\n"


def tokens(text: str) -> list[str]:
    """The tokens of a text, comments included and layout left out; a trailing comma is layout too."""
    found: list[str] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in _LAYOUT:
            # Indentation carries meaning; how deep each level is does not.
            if token.type in (tokenize.INDENT, tokenize.DEDENT):
                found.append("<in>" if token.type == tokenize.INDENT else "<out>")
            continue
        if token.string in (")", "]", "}") and found and found[-1] == ",":
            found.pop()
        found.append(_plain(token.string) if token.type == tokenize.STRING else token.string)
    return found


def _plain(text: str) -> str:
    """A string literal, whichever quotes it has."""
    try:
        return repr(ast.literal_eval(text))
    except (ValueError, SyntaxError):
        return text
