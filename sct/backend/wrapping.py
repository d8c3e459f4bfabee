"""Text that is too wide for a line, broken as a formatter would.

Before: ``B[i, j] = 0.2 * (A[i, j] + A[i, j - 1] + A[i, j + 1] + …)``.
After: ``B[i, j] = 0.2 * (``, the sum on a line of its own, or each of its terms, and ``)``.
"""

from __future__ import annotations

import re

INDENT = "    "
WIDTH = 88


def broken(line: str) -> list[str]:
    """A line of ours that ends in a bracket, broken as a formatter would if it is too wide."""
    if len(line) <= WIDTH or not line.endswith((")", "]", "}")):
        return [line]
    margin = line[: len(line) - len(line.lstrip())]
    start = _opening(line)
    inside = line[start + 1 : -1]
    if line[start] == "[" and " for " in inside:
        return [line[: start + 1], *(f"{margin}{INDENT}{item}" for item in _clauses(inside)), f"{margin}]"]
    if line[start - 1].isidentifier() and len(margin) + len(INDENT) + len(inside) <= WIDTH:
        return [line[: start + 1], f"{margin}{INDENT}{inside}", f"{margin}{line[-1]}"]
    items = _items(inside)
    comma = "," if len(items) > 1 else ""  # of what stands alone in brackets it would make a tuple
    return [line[: start + 1], *(f"{margin}{INDENT}{item}{comma}" for item in items if item), f"{margin}{line[-1]}"]


def _opening(line: str) -> int:
    depth = 0
    for position in range(len(line) - 1, -1, -1):
        depth += (line[position] in ")]}") - (line[position] in "([{")
        if depth == 0:
            return position
    raise AssertionError(f"unbalanced: {line}")


def _clauses(text: str) -> list[str]:
    """The parts of a comprehension: what it makes, and each ``for``."""
    depth, starts = 0, [0]
    for position, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if not depth and text.startswith(" for ", position):
            starts.append(position)
    return [text[a:b].strip() for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]


def _items(text: str) -> list[str]:
    items, depth = [""], 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and not depth:
            items.append("")
        else:
            items[-1] += character
    return [item.strip() for item in items]


def wrapped(line: str, width: int) -> list[str]:
    """An assignment broken between the terms of its last bracket, or of all that is assigned, if it is too wide."""
    head = re.match(r"[^=]*? (?:[-+*/]|\*\*)?= ", line)
    if len(line) <= width or head is None or line.lstrip().startswith("#"):
        return [line]
    start = _opening(line) if line.endswith(")") else 0
    if start > head.end() and line[start - 1] == " ":
        opened, inside = line[: start + 1], line[start + 1 : -1]
    else:
        opened, inside = f"{head[0]}(", line[head.end() :]
    if len(INDENT) + len(inside) <= width:
        return [opened, f"{INDENT}{inside}", ")"]
    terms = _terms(inside, (" + ", " - "))
    if len(terms) == 1:
        terms = _terms(inside, (" * ", " / "))
    return [opened, *(f"{INDENT}{term}" for term in terms), ")"] if len(terms) > 1 else [line]


def _terms(text: str, operators: tuple[str, ...]) -> list[str]:
    """The parts of an expression, each but the first with the operator before it."""
    depth, starts = 0, [0]
    for position, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if not depth and text.startswith(operators, position):
            starts.append(position)
    return [text[a:b].strip() for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
