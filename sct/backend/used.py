"""What a generated module uses of the head that it could have: imports, constants, and what these use themselves.

Before: ``import math, os``, ``RATE = 0.1``, ``WIDE = 2 * math.pi``, ``SIDE = WIDE / 4``, and functions that read
``SIDE``.
After: ``import math``, ``WIDE = 2 * math.pi``, ``SIDE = WIDE / 4``.

So a module needs no package that its functions do not need, and a new import in the source is no drift.  ``from
__future__ import …`` and ``from … import *`` stay: what these bring does not show.
"""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterator

from sct.backend.wrapping import INDENT, WIDTH
from sct.errors import lines_of
from sct.frontend.bindings import bindings

_UNEVALUATED = "from __future__ import annotations"


def used_head(head: str, body: str) -> str:
    """Those statements of ``head`` that the code below it uses, each import of modules on a line of its own."""
    return "\n".join(_used(ast.parse(head).body, lines_of(head), names_read(body)))


def names_read(text: str) -> set[str]:
    """The names that a module's code reads of the module, those in annotations and in strings there included."""
    return {*_globals(symtable.symtable(text, "", "exec")), *names_annotated(ast.parse(text))}


def with_annotations(head: str, body: str) -> str:
    """The head, by which no annotation of the code below it is evaluated if one is of what neither of them defines."""
    trees = [ast.parse(head), ast.parse(body)]
    defined = {bound.name.partition(".")[0] for tree in trees for bound in bindings(tree)} | vars(builtins).keys()
    stated = (
        part
        for node in ast.walk(trees[1])
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None))
    )
    names = {node.id for part in stated if part is not None for node in ast.walk(part) if isinstance(node, ast.Name)}
    return head if names <= defined or "import annotations" in head else f"{_UNEVALUATED}\n{head}"


def names_annotated(tree: ast.AST) -> Iterator[str]:
    """The names in the annotations of a program, those in strings included."""
    for node in ast.walk(tree):
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            yield from _annotated(annotation)


def _globals(table: symtable.SymbolTable) -> Iterator[str]:
    top = table.get_type() == "module"
    yield from (name.get_name() for name in table.get_symbols() if name.is_referenced() and (top or name.is_global()))
    for inner in table.get_children():
        yield from _globals(inner)


def _annotated(annotation: ast.expr | None) -> Iterator[str]:
    for node in ast.walk(annotation) if annotation is not None else ():
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                yield from _annotated(ast.parse(node.value.strip(), mode="eval").body)
            except SyntaxError:  # the names of an array's sizes
                continue


def _used(statements: list[ast.stmt], lines: list[str], read: set[str], start: int = 0) -> list[str]:
    """The lines of what is used; what that uses itself stands before it, and is added to ``read``."""
    found: list[str] = []
    starts = [start, *(statement.end_lineno or 0 for statement in statements)]
    for statement, above in reversed(list(zip(statements, starts, strict=False))):
        text = lines[above : statement.end_lineno]
        if isinstance(statement, ast.Import | ast.ImportFrom):
            found[:0] = _import(statement, text, read)
        elif isinstance(statement, ast.If) and not statement.orelse and statement.body[0].lineno > statement.lineno:
            first = statement.body[0].lineno - 1
            if inner := _used(statement.body, lines, read, first):
                read |= names_read(ast.unparse(statement.test))
                found[:0] = [*lines[above:first], *inner]
        elif _bound(statement) & read:
            read |= names_read(ast.unparse(statement))
            found[:0] = text
    return found


def _bound(statement: ast.stmt) -> set[str]:
    body = [*statement.body, *statement.orelse] if isinstance(statement, ast.If) else [statement]
    return {bound.name for bound in bindings(ast.Module(body, []))}


def _import(statement: ast.Import | ast.ImportFrom, text: list[str], read: set[str]) -> list[str]:
    """The import of what is used; as written, if that is all of it."""
    module = statement.module if isinstance(statement, ast.ImportFrom) else None
    always = module == "__future__" or statement.names[0].name == "*"
    kept = [each for each in statement.names if always or (each.asname or each.name).split(".")[0] in read]
    names = [ast.unparse(alias) for alias in kept]
    margin = " " * statement.col_offset
    if isinstance(statement, ast.Import) and len(statement.names) > 1:
        return [f"{margin}import {name}" for name in names]
    if not kept or len(kept) == len(statement.names):
        return text if kept else []
    assert isinstance(statement, ast.ImportFrom)
    head = f"{margin}from {'.' * statement.level}{statement.module or ''} import "
    if len(head) + len(", ".join(names)) <= WIDTH:
        return [head + ", ".join(names)]
    return [f"{head}(", *(f"{margin}{INDENT}{name}," for name in names), f"{margin})"]
