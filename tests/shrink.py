"""Make a failing program small: leave out statements as long as it fails in the same way."""

from __future__ import annotations

import ast
from collections.abc import Callable


def shrink(text: str, fails: Callable[[str], bool]) -> str:
    """The smallest program found that still fails."""
    changed = True
    while changed:
        changed = False
        for candidate in _candidates(text):
            if candidate != text and fails(candidate):
                text, changed = candidate, True
                break
    return text


def _candidates(text: str) -> list[str]:
    tree = ast.parse(text)
    (fn,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "f")
    found: list[str] = []
    for owner in ast.walk(fn):
        for field in ("body", "orelse"):
            block = getattr(owner, field, None)
            if not isinstance(block, list):
                continue
            for position, statement in enumerate(block):
                inner = getattr(statement, "body", []) if isinstance(statement, ast.If | ast.For | ast.While) else []
                for instead in ([], inner):
                    new = [*block[:position], *instead, *block[position + 1 :]]
                    if not new and field == "body":
                        continue
                    setattr(owner, field, new)
                    found.append(ast.unparse(tree))
                    setattr(owner, field, block)
    for owner in ast.walk(fn):
        for name, child in ast.iter_fields(owner):
            if isinstance(child, ast.BinOp | ast.Call | ast.IfExp | ast.BoolOp | ast.UnaryOp):
                parts = [part for part in ast.iter_child_nodes(child) if isinstance(part, ast.expr)]
                for part in parts:
                    setattr(owner, name, part)
                    found.append(ast.unparse(tree))
                    setattr(owner, name, child)
            elif isinstance(child, list):
                for position, part in enumerate(child):
                    if isinstance(part, ast.BinOp | ast.Call | ast.IfExp | ast.UnaryOp):
                        for smaller in (p for p in ast.iter_child_nodes(part) if isinstance(p, ast.expr)):
                            child[position] = smaller
                            found.append(ast.unparse(tree))
                        child[position] = part
    return found
