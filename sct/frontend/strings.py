"""What f-strings are made of.

Before: ``f"{x=} and {y:.{n}f}"``.
After: the texts ``x={``, ``!r} and {``, ``:.{``, ``}f}``, and the values ``x``, ``y`` and ``n`` between them.
"""

from __future__ import annotations

import ast
import string
from collections.abc import Callable, Iterator

import libcst as cst

Code = Callable[[cst.CSTNode], str]


def template(
    node: cst.FormattedString | cst.ConcatenatedString, code: Code
) -> tuple[list[str], list[cst.BaseExpression]]:
    """An f-string: the texts around its values, with the braces and what formats a value; and the values."""
    texts, values = [""], list[cst.BaseExpression]()
    for piece in _pieces(node):
        if isinstance(piece, cst.FormattedStringExpression):
            _format(piece, code, texts, values)
        else:
            texts[-1] += piece
    return texts, values


def placed(text: str, node: cst.Call) -> tuple[list[str], list[cst.BaseExpression]] | None:
    """``"{} and {y:.2f}".format(x, y=y)`` as the f-string that it is; None where a value is more than an argument."""
    if any(argument.star for argument in node.args):
        return None
    given = {str(k): a.value for k, a in enumerate(a for a in node.args if a.keyword is None)}
    given |= {a.keyword.value: a.value for a in node.args if a.keyword is not None}
    texts, values, count = [""], list[cst.BaseExpression](), 0
    for own, field, spec, conversion in string.Formatter().parse(text):
        texts[-1] += _doubled(own)
        if field is None:
            continue
        name, count = (field, count) if field else (str(count), count + 1)
        if name not in given or "{" in (spec or ""):
            return None
        texts[-1] += "{"
        values.append(given[name])
        texts.append((f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "") + "}")
    return texts, values


def _format(
    part: cst.FormattedStringExpression, code: Code, texts: list[str], values: list[cst.BaseExpression]
) -> None:
    """What stands in the braces of an f-string."""
    conversion, spec = part.conversion, part.format_spec
    if part.equal is not None:  # `{x=}` is `x={x!r}`
        texts[-1] += _doubled(code(part.with_changes(conversion=None, format_spec=None))[1:-1])
        conversion = "r" if conversion is None and spec is None else conversion
    texts[-1] += "{"
    values.append(part.expression)
    texts.append(f"!{conversion}" if conversion else "")
    texts[-1] += ":" if spec is not None else ""
    for inner in spec or ():
        if isinstance(inner, cst.FormattedStringExpression):
            _format(inner, code, texts, values)
        elif isinstance(inner, cst.FormattedStringText):
            texts[-1] += inner.value
    texts[-1] += "}"


def _pieces(node: cst.BaseExpression) -> Iterator[str | cst.FormattedStringExpression]:
    """What an f-string, or a string beside one, is made of: values, and texts whose braces are doubled."""
    if isinstance(node, cst.ConcatenatedString):
        yield from _pieces(node.left)
        yield from _pieces(node.right)
    elif isinstance(node, cst.SimpleString):
        yield _doubled(str(node.evaluated_value))
    elif isinstance(node, cst.FormattedString):
        start = node.start.replace("f", "").replace("F", "")
        for part in node.parts:
            if isinstance(part, cst.FormattedStringExpression):
                yield part
            elif isinstance(part, cst.FormattedStringText):
                yield ast.literal_eval(f"{start}{part.value}{node.end}")


def _doubled(text: str) -> str:
    """A text in an f-string."""
    return text.replace("{", "{{").replace("}", "}}")
