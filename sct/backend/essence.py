"""What two texts have in common if they are the same program: the syntax tree and the comments.

A formatter changes neither, so it is no drift; and the text is the same under every supported Python, so a hash of it
can be committed.  Hence neither ``ast.dump`` (3.12 added fields, 3.13 leaves out empty ones) nor tokens (3.12 splits
f-strings) serve here.
"""

from __future__ import annotations

import ast
import bisect
import inspect
import io
import tokenize
import warnings
from typing import Any

# The comments at the copy of an array that the function writes into, and at another object in an argument's place.
NOTES = {"arrays": "the caller's array is left alone", "objects": "the caller's object is left alone"}

# What a reverse sweep says of residuals that can be handed to it only once.
USED_UP = "The residuals are used up."

# What a parser records and a program does not depend on.
_UNSAID = frozenset({"ctx", "kind", "type_comment", "type_ignores"})


def essence(text: str) -> str:
    """The syntax tree and the comments of a text as one string; the text itself if it is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return text
    return "\n".join([_dump(tree), *_comments(tree, text)])


def _comments(tree: ast.Module, text: str) -> list[str]:
    """The comments, each with the number of statements that begin before it: where it stands, whatever the layout."""
    starts = sorted(node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt))
    groups: list[tuple[int, list[str]]] = []
    previous = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, said = token.start[0], token.string.lstrip("#")
            alone = token.line.lstrip().startswith("#")
            if not (groups and alone and row == previous + 1):
                groups.append((bisect.bisect_right(starts, row), []))
            groups[-1][1].append(said)
            previous = row if alone else 0
    return [f"{place} {said}" for place, lines in groups for said in _said(lines)]


def _said(lines: list[str]) -> list[str]:
    """Comments' essence: they may quote a statement of the source, which a formatter lays out anew, on more lines."""
    lines, found = list(lines), []
    while lines:
        count = next((k for k in range(1, len(lines) + 1) if _is_python(_joined(lines[:k]))), 0)
        if count:
            found.append(essence(_joined(lines[:count])))
        else:
            found.append(" ".join(lines[0].split()))
        del lines[: count or 1]
    return found


def _joined(lines: list[str]) -> str:
    text = inspect.cleandoc("\n".join(lines))
    return f"{text} pass" if text.endswith(":") else text


def _is_python(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def _dump(tree: ast.AST) -> str:
    """The tree as text, without the fields that are empty.  It has no recursion: a long sum is a deep tree."""
    parts: list[str] = []
    left: list[Any] = [tree]
    while left:
        item = left.pop()
        if isinstance(item, _Verbatim):
            parts.append(item)
        elif isinstance(item, list):
            left += [_Verbatim("]"), *reversed(item), _Verbatim("[")]
        elif isinstance(item, ast.AST):
            left.append(_Verbatim(")"))
            for name, value in reversed(list(_fields(item))):
                left += [value, _Verbatim(f" {name}=")]
            left.append(_Verbatim(f"{type(item).__name__}("))
        else:
            parts.append(f"{item!r},")
    return "".join(parts)


class _Verbatim(str):
    """Punctuation of the dump, not a string of the tree."""


def _fields(node: ast.AST) -> list[tuple[str, Any]]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        lines = inspect.cleandoc(node.value.value).splitlines()
        return [("docstring", "\n".join(line.rstrip() for line in lines))]
    if isinstance(node, ast.Constant):
        return [("value", node.value)]
    if isinstance(node, ast.JoinedStr):
        # 3.12 ends some format specifications with an empty string.
        return [("values", [part for part in node.values if not (isinstance(part, ast.Constant) and part.value == "")])]
    found = ((name, value) for name, value in ast.iter_fields(node) if name not in _UNSAID)
    return [(name, value) for name, value in found if value is not None and value != []]
