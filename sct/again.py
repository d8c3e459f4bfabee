"""What is refused of generated code, told where the author can do something about it.

Before: a refusal in ``__sct_cache__/sct_f_….py``, at ``y = y_saved.pop()``, which advises to write that otherwise.
After: one in ``model.py``, at the statement whose reverse it is, as the comment beside it tells.
"""

from __future__ import annotations

import linecache
import re
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

from sct.errors import Diagnostic, RefusedError, Span, lines_of

_HELP = (
    "forward mode keeps nothing: take `sct.hvp` or `sct.hessian`, which differentiate that where this is refused, or "
    "`sct.jvp` of a function that returns `sct.jvp(…)[1]`; or write this without what the reason names"
)


def as_authored(error: RefusedError, derivative: Callable[..., Any], f: Callable[..., Any]) -> RefusedError:
    """The error, at the lines of ``f`` instead of those of the module that its derivative was generated into."""
    made, file = derivative.__code__.co_filename, f.__code__.co_filename
    generated, own = error.sources.get(made), [row.rstrip("\n") for row in linecache.getlines(file)]
    if generated is None or not own:
        return error
    found = dict[Diagnostic, None]()
    for problem in error.diagnostics:
        if problem.span.file == made:
            line = _authored(lines_of(generated), problem.span.line - 1, own, f) or f.__code__.co_firstlineno
            row = own[line - 1]
            span = Span(file, line, len(row) - len(row.lstrip()), line, len(row.rstrip()))
            reason = f"the derivative of this is not differentiated again: {problem.reason}"
            problem = Diagnostic(span, reason, _HELP if "# reverse" in generated else problem.help)
        found[problem] = None
    return RefusedError(list(found), {**error.sources, file: "\n".join(own)})


def statement(file: str, line: int, f: Callable[..., Any]) -> str | None:
    """The author's statement, with its place, that a line of what was generated for ``f`` is about, if that is told.

    The forward sweep has few comments: there it is the line itself, or not told.
    """
    own = [row.rstrip("\n") for row in linecache.getlines(f.__code__.co_filename)]
    rows = [row.rstrip("\n") for row in linecache.getlines(file)][:line]
    section = next((row.strip() for row in reversed(rows) if row.strip() in ("# forward", "# reverse")), None)
    rows = rows if section == "# reverse" else rows[-1:]
    found = _authored(rows, len(rows) - 1, own, f) if rows else None
    return None if found is None else f"{f.__code__.co_filename}:{found}: `{own[found - 1].strip()}`"


def _authored(rows: list[str], at: int, own: list[str], f: Callable[..., Any]) -> int | None:
    """The line of the author's statement that a generated line is about: one of ``f``, or else of what it calls."""
    inside = range(f.__code__.co_firstlineno, _last_line(f.__code__) + 1)
    lines = sorted(range(1, len(own) + 1), key=lambda line: (line in inside, -line))  # the last one is the place
    places = {row: line for line in lines if (row := own[line - 1].strip())}
    return next((places[text] for text in _near(rows, at) if text in places), None)


def _last_line(code: CodeType) -> int:
    """The last line of a function, and of those in it, that does something."""
    inner = [_last_line(const) for const in code.co_consts if isinstance(const, CodeType)]
    return max([code.co_firstlineno, *(line for _, _, line in code.co_lines() if line), *inner])


def _near(rows: list[str], at: int) -> Iterator[str]:
    """A line, and what the comments around it say, the nearest first, as far as its function goes.

    Those above it come first, but for a line that takes back what was saved: that stands before its statement.  A
    tangent has no comments, and stands before the statement itself.
    """
    yield rows[at].strip()
    heads = [k for k, row in enumerate(rows) if row.startswith("def ")]
    first = max((k for k in heads if k <= at), default=0)
    last = min((k for k in heads if k > at), default=len(rows))
    above, below = range(at - 1, first, -1), range(at + 1, last)
    is_reverse = any(rows[k].strip() == "# reverse" for k in above)
    for k in [*above, *below] if is_reverse and "_saved" not in rows[at] else [*below, *above]:
        row = rows[k].strip()
        if row.startswith("# "):
            yield row.removeprefix("# ")
        elif not is_reverse:
            yield re.sub(r"^\w+_value = ", "return ", row)
