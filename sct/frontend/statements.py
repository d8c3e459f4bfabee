"""Statements as written: the line that generated code shows of each, and the comments beside it.

Before: ``# twice`` above ``while f(  # slow`` / ``x) > 0:  # sct: …``, and a body.
After: ``while f(x) > 0:``, with ``# twice`` above it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import libcst as cst

from sct.errors import lines_of

_KIND_HINT = re.compile(r"#\s*sct:\s*\w+\s*:")  # generated code has an assertion instead


def first_line(node: cst.CSTNode, lines: Sequence[str], code: Callable[[cst.CSTNode], str]) -> str:
    """A compound statement up to its colon, or all of a simple one (its ``lines``), in a line."""
    if lines:
        return _without_comments(lines)
    if isinstance(node, cst.Try):
        return "try:"
    if isinstance(node, cst.Match):
        return lines_of(f"match {code(node.subject)}:")[0]
    if isinstance(node, cst.If | cst.While | cst.For | cst.With | cst.MatchCase):
        brief = node.with_changes(leading_lines=(), body=cst.SimpleStatementSuite([cst.Pass()]))
        if isinstance(node, cst.If | cst.While | cst.For):
            brief = brief.with_changes(orelse=None)
        return _in_a_line(code(brief)).removesuffix(" pass")
    return _without_comments(lines_of(code(node)))


def _without_comments(lines: Sequence[str]) -> str:
    return " ".join(line.split("#")[0].strip() for line in lines)


def comments(line: cst.CSTNode) -> tuple[tuple[str, ...], str | None]:
    """The comments above a line (or a compound statement), and the one behind it."""
    above = (empty.comment.value for empty in getattr(line, "leading_lines", ()) if empty.comment is not None)
    leading = tuple(comment for comment in above if not _KIND_HINT.match(comment))
    if isinstance(line, cst.SimpleStatementLine):
        trailing = line.trailing_whitespace.comment
    else:
        body = getattr(line, "body", None)
        trailing = body.header.comment if isinstance(body, cst.IndentedBlock) else None
    shown = trailing is not None and not _KIND_HINT.match(trailing.value)
    return leading, trailing.value if trailing is not None and shown else None


def _in_a_line(text: str) -> str:
    """What stands in brackets on lines of its own, without these breaks."""
    first, *rest = (line.split("#")[0].strip() for line in lines_of(text))
    for line in rest:
        closes, opened = line.startswith((")", "]", "}")), first.endswith(("(", "[", "{"))
        first = f"{first.removesuffix(',') if closes else first}{'' if closes or opened or not line else ' '}{line}"
    return first
