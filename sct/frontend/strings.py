"""What f-strings are made of."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst


def pieces(node: cst.BaseExpression) -> Iterator[str | cst.FormattedStringExpression]:
    """What an f-string, or a string beside one, is made of: values, and texts whose braces are doubled."""
    if isinstance(node, cst.ConcatenatedString):
        yield from pieces(node.left)
        yield from pieces(node.right)
    elif isinstance(node, cst.SimpleString):
        yield doubled(str(node.evaluated_value))
    elif isinstance(node, cst.FormattedString):
        start = node.start.replace("f", "").replace("F", "")
        for part in node.parts:
            if isinstance(part, cst.FormattedStringExpression):
                yield part
            elif isinstance(part, cst.FormattedStringText):
                yield ast.literal_eval(f"{start}{part.value}{node.end}")


def doubled(text: str) -> str:
    """A text in an f-string."""
    return text.replace("{", "{{").replace("}", "}}")
