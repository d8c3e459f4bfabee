"""Statements that are too wide for a line, broken as a formatter breaks them (Black's and Ruff's style).

Before: ``B[i, j] = 0.2 * (A[i, j] + A[i, j - 1] + A[i, j + 1] + …)``.
After: ``B[i, j] = 0.2 * (``, the sum on a line of its own, or each of its terms, and ``)``.

What stands last in brackets is put on lines of its own; a sum or a product is put in brackets first.  In brackets,
there is a line for each item, or for each operand of the operators that bind least, with its operator before it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache

INDENT = "    "
WIDTH = 88
_KEYWORD = re.compile(r"(?:return|assert|raise|if|elif|while|with|for \w+ in|def \w+(?=\()) ?")
_ASSIGNS = re.compile(r" (?:[-+*/@%]|\*\*|//)?= ")
_STRING = r"'''(?:[^\\]|\\.)*?'''|'(?:[^'\\]|\\.)*'" r'|"""(?:[^\\]|\\.)*?"""|"(?:[^"\\]|\\.)*"'
_CLOSED = re.compile(rf"{_STRING}|[(\[{{]|[)\]}}]", re.DOTALL)
_OPERATORS = tuple(
    re.compile(pattern)
    for pattern in (
        r" (?:if|else) ",
        r" (?:or|and) ",
        r" (?:<|>|<=|>=|==|!=|not in|in|is not|is) ",
        r" \| ",
        r" \^ ",
        r" & ",
        r" (?:<<|>>) ",
        r" [-+] ",
        r" (?:\*|/|//|%|@) ",
        r" \*\* ",
    )
)


class Written(str):
    """A line that the author wrote, which stays as it is."""


def indent(lines: list[str]) -> list[str]:
    return [type(line)(f"{INDENT}{line}") if line else line for line in lines]


def laid_out(lines: Iterable[str]) -> list[str]:
    """The lines of a function, those broken that are too wide."""
    found: list[str] = []
    for line in lines:
        bare = line.lstrip(" ")
        margin = line[: len(line) - len(bare)]
        parts = [bare] if isinstance(line, Written) else fitted(bare, WIDTH - len(margin))
        found += [f"{margin}{part}" for part in parts]
    return found


def fitted(line: str, width: int) -> list[str]:
    """The lines of a statement that stands at no indentation, none wider than ``width`` if that can be."""
    if len(line) <= width or line.startswith(("#", '"')) or "  # " in line:
        return [line]
    end = len(line) - line.endswith(":")
    assigns = next(_found(line, _ASSIGNS), None)
    keyword = _KEYWORD.match(line)
    start = assigns.end() if assigns is not None else keyword.end() if keyword is not None else 0
    if line.startswith("assert "):  # in one pair of brackets, the condition and the message would be a tuple
        return _assertion(_items(line[start:]), width)
    return _statement(line[:start], line[start:end], line[end:], width)


def _assertion(parts: list[str], width: int) -> list[str]:
    condition, *message = parts
    if not message:
        return _statement("assert ", condition, "", width)
    *lines, last = _statement("assert ", condition, ", (", width)
    return [*lines, *_statement(last.removesuffix("("), message[0], "", width)]


def _statement(head: str, text: str, tail: str, width: int) -> list[str]:
    if len(head) + len(text) + len(tail) <= width:
        return [f"{head}{text}{tail}"]
    if len(head) > width and head.endswith(" = ") and head != ") = ":
        names = _inside(head.removesuffix(" = "), width - len(INDENT))
        return ["(", *(f"{INDENT}{name}" for name in names), *_statement(") = ", text, tail, width)]
    items = _items(text)
    parts = items if len(items) > 1 else _operands(text)
    whole = len(parts) == 1 and len(INDENT) + len(text) > width
    brackets = _brackets(text)
    if brackets and len(parts) <= 2:
        (first, _), (last, end) = brackets[0], brackets[-1]
        ends = end == len(text) - 1 and (whole or not _follows_name(text, last) or text[last] == "(")
        found = _expanded(head, text, tail, width) if ends or first == 0 else None
        if found is not None and (_fit(found, width) or whole):
            return found
    if whole and not brackets:  # nothing makes it fit
        return [f"{head}{text}{tail}"]
    return [f"{head}(", *(f"{INDENT}{line}" for line in _inside(text, width - len(INDENT), one_each=True)), f"){tail}"]


def _fit(lines: list[str], width: int) -> bool:
    return max(map(len, lines)) <= width


def _expanded(head: str, text: str, tail: str, width: int) -> list[str]:
    """The text with what is in those brackets on lines of its own that do not fit."""
    lines, current, position = list[str](), head, 0
    brackets = _brackets(text)
    for k, (start, end) in enumerate(brackets):
        following = brackets[k + 1][0] + 1 if k + 1 < len(brackets) else len(text)
        rest = f"{text[position:following]}{tail if following == len(text) else ''}"
        if len(current) + len(rest) > width and start + 1 < end:
            lines.append(f"{current}{text[position : start + 1]}")
            inner = _inside(text[start + 1 : end], width - len(INDENT), one_each=not _follows_name(text, start))
            lines += [f"{INDENT}{line}" for line in inner]
            current, position = "", end
        else:
            current, position = current + text[position : end + 1], end + 1
    return [*lines, f"{current}{text[position:]}{tail}"]


def _inside(text: str, width: int, tail: str = "", one_each: bool = False) -> list[str]:
    """The lines of what stands in brackets; ``tail`` is behind it.  Items of a display stand on lines of their own."""
    items = [item for item in _items(text) if item]
    if len(text) + len(tail) <= width and not (one_each and len(items) > 1):
        return [text + tail]
    clauses = _split(text, re.compile(r" (?=for )"))
    if len(clauses) > 1:
        made, *rest = clauses
        return [*_inside(made, width), *(line for each in rest for line in _expanded("", each, "", width))]
    if len(items) > 1 or text.endswith(","):
        return [line for item in items for line in _inside(item, width, ",")]
    operands = _operands(text)
    if len(operands) > 1:
        *first, last = operands
        return [*(line for operand in first for line in _inside(operand, width)), *_inside(last, width, tail)]
    return _expanded("", text, tail, width)


def _follows_name(text: str, start: int) -> bool:
    """Whether a bracket is that of a call or a subscript."""
    return bool(re.search(r"[\w\])]$", text[:start]))


def _operands(text: str) -> list[str]:
    """The operands of the operators that bind least, each but the first with its operator before it."""
    for operator in _OPERATORS:
        parts = _split(text, operator)
        if len(parts) > 1:
            return parts
    return [text]


def _items(text: str) -> list[str]:
    return [part.removeprefix(",").strip() for part in _split(text, re.compile(","))]


def _split(text: str, separator: re.Pattern[str]) -> list[str]:
    """The parts of a text, split before what separates them outside brackets."""
    starts = [0, *(match.start() for match in _found(text, separator))]
    return [text[a:b].strip() for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]


def _found(text: str, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """The matches outside brackets and strings, behind the first character."""
    closed = _closed(text)
    starts = [start for start, _, _ in closed]
    for match in pattern.finditer(text, 1):
        k = bisect_right(starts, match.start()) - 1
        if k < 0 or closed[k][1] < match.start():
            yield match


def _brackets(text: str) -> list[tuple[int, int]]:
    """Where the outermost brackets open and close."""
    return [(start, end) for start, end, is_bracket in _closed(text) if is_bracket]


@lru_cache(maxsize=1024)
def _closed(text: str) -> tuple[tuple[int, int, bool], ...]:
    """The outermost brackets, and the strings outside of these: where each begins and ends, and whether it is one."""
    found, depth, start = list[tuple[int, int, bool]](), 0, 0
    for token in _CLOSED.finditer(text):
        if token[0] in "([{":
            start = start if depth else token.start()
            depth += 1
        elif token[0] in ")]}":
            depth -= 1
            found += [] if depth else [(start, token.start(), True)]
        elif not depth:
            found.append((token.start(), token.end() - 1, False))
    return tuple(found)
