"""A text's two syntax trees: Python's own, whose errors and positions a reader knows, and libcst's, which keeps all."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache

import libcst as cst

from sct.errors import Diagnostic, RefusedError, Span, lines_of


@lru_cache(maxsize=8)  # the functions of a module are read one by one, where each is called first
def checked(text: str, file: str) -> tuple[ast.Module, cst.Module]:
    """Parse a module; nothing of it runs.

    Raises
    ------
    RefusedError
        If it is not valid Python, at the place that Python itself names.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, file)
    except SyntaxError as problem:
        line, col = problem.lineno or 1, max(0, (problem.offset or 1) - 1)
        ends_here = problem.end_lineno == line and (problem.end_offset or 0) > col + 1
        span = Span(file, line, col, line, (problem.end_offset or 0) - 1 if ends_here else col + 1)
        raise _invalid(text, span, f"this is not valid Python: {problem.msg}", "correct the syntax") from None
    except ValueError as problem:  # a null byte
        raise _invalid(text, Span(file, 1, 0, 1, 1), f"this is not valid Python: {problem}", "correct it") from None
    try:
        return tree, cst.parse_module(text)
    except cst.ParserSyntaxError as problem:
        place = _tab(text, file) if "dedent" in problem.message else None
        if place is not None:
            reason = "tabs and spaces are mixed here in a way that libcst, which sct parses with, does not know"
            raise _invalid(text, place, reason, "indent with spaces alone") from None
        span = Span(file, problem.raw_line, problem.raw_column, problem.raw_line, problem.raw_column + 1)
        help_ = "write it in another way, or in a module of its own"
        raise _invalid(text, span, "this is Python that libcst, which sct parses with, does not know", help_) from None


def _tab(text: str, file: str) -> Span | None:
    """The first line whose indentation has a tab."""
    for line, row in enumerate(lines_of(text), start=1):
        width = len(row) - len(row.lstrip())
        if "\t" in row[:width]:
            return Span(file, line, 0, line, width)
    return None


def _invalid(text: str, span: Span, reason: str, help_: str) -> RefusedError:
    return RefusedError([Diagnostic(span, reason, help_)], {span.file: text})
