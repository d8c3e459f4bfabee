"""The author's own lines, where what is written says the same.

Before: ``z = a + b*c``, from ``z = (a +`` and ``     b * c)`` in the source; ``x = 0.0`` and ``y = 0.0``, from
``x = y = 0.0``.
After: those two lines; that one.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from sct.backend.wrapping import Written
from sct.errors import lines_of
from sct.ir.nodes import Statement

_NAME = re.compile(r"\b[^\W\d]\w*")


def as_written(lines: list[str], stmt: Statement) -> list[str]:
    """The author's own lines, if ``lines`` say the same; what he returns has a name."""
    if len(lines) != 1 or not stmt.lines or lines[0] == stmt.lines[0]:
        return lines
    made, written, name = lines[0], "\n".join(stmt.lines), ""
    named = re.match(r"\w+ = ", made)
    if named is not None and written.startswith("return "):
        name = named[0]
        made, written = made.removeprefix(name), written.removeprefix("return ")
    if not set(_NAME.findall(made)) <= set(_NAME.findall(written)) or _parsed(made) != _parsed(written):
        return lines
    return list(map(Written, lines_of(f"{name}{written}")))


def in_one(lines: list[str], stmt: Statement) -> list[str]:
    """The author's own statement in the place of the last lines, if these do in turn what it does at once."""
    pairs = assigned("\n".join(stmt.lines)) if len(lines) > 1 and stmt.lines else []
    if len(pairs) < 2:
        return lines
    read = {name for _, value in pairs[1:] for name in _NAME.findall(value)}
    before, made = lines[: -len(pairs)], lines[-len(pairs) :]
    beside = f"  {stmt.trailing}" if stmt.trailing else ""
    bare = [line.removesuffix(beside) for line in made]
    if not read.isdisjoint(name for name, _ in pairs) or [f"{name} = {value}" for name, value in pairs] != bare:
        return lines
    return [*before, *map(Written, stmt.lines[:-1]), Written(stmt.lines[-1] + ("" if made == bare else beside))]


@lru_cache(maxsize=64)
def assigned(text: str) -> list[tuple[str, str]]:
    """The variables that a statement gives values to, and the values: ``x = y = 0`` and ``x, y = a, b``."""
    (node,) = ast.parse(text).body
    if not isinstance(node, ast.Assign):
        return []
    pairs = [(target, node.value) for target in node.targets]
    first, value = pairs[0]
    if len(pairs) == 1 and isinstance(first, ast.Tuple) and isinstance(value, ast.Tuple):
        pairs = list(zip(first.elts, value.elts, strict=False)) if len(first.elts) == len(value.elts) else []
    names = [target.id for target, _ in pairs if isinstance(target, ast.Name)]
    values = [ast.get_source_segment(text, part) or "" for _, part in pairs]
    return list(zip(names, values, strict=True)) if len(names) == len(pairs) else []


@lru_cache(maxsize=64)
def _parsed(text: str) -> str:
    """The syntax tree; a statement's is compared with that of each of its parts."""
    return ast.dump(ast.parse(text))
