"""The author's own lines, where what is written says the same.

Before: ``z = a + b*c``, from ``z = (a +`` and ``     b * c)`` in the source.
After: those two lines.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from sct.backend.wrapping import Written
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
    return list(map(Written, f"{name}{written}".splitlines()))


@lru_cache(maxsize=64)
def _parsed(text: str) -> str:
    """The syntax tree; a statement's is compared with that of each of its parts."""
    return ast.dump(ast.parse(text))
