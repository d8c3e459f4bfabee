"""A module's text while calls in it are replaced, and functions are put behind it.

Each row of the text remembers the line of the source that it stems from, so that what is refused is refused there.
"""

from __future__ import annotations

from dataclasses import replace

from sct.errors import Diagnostic, RefusedError, Span


class Draft:
    """The text of a module, to be edited.

    Attributes
    ----------
    original : str
        The text as the author wrote it.
    file : str
        What errors call it.
    hidden : str
        The file that writes functions of libraries out: no error is shown in it.
    added : dict
        What was put behind it: the functions by name, and import lines.
    lifted : dict
        Of the added functions that were nested ones, the parameters that stand for captured variables, and the text
        before the function got a name of its own.
    """

    def __init__(self, text: str, file: str, hidden: str = "") -> None:
        self.original = text
        self.file = file
        self.hidden = hidden
        self.added: dict[str, str] = {}
        self.lifted: dict[str, tuple[frozenset[str], str]] = {}
        self._rows = text.split("\n")
        self._origins = list(range(1, len(self._rows) + 1))
        self._own = len(self._rows)

    @property
    def text(self) -> str:
        return "\n".join(self._rows)

    def replace(self, span: Span, text: str) -> None:
        """Put ``text``, of one line, in the place of what is at ``span``."""
        first, last = span.line - 1, span.end_line - 1
        row = self._rows[first][: span.col] + " ".join(text.split("\n")) + self._rows[last][span.end_col :]
        self._rows[first : last + 1] = [row]
        self._origins[first : last + 1] = self._origins[first : first + 1]
        self._own -= last - first if span.line <= self._own else 0

    def replace_lines(self, span: Span, rows: list[str]) -> None:
        """Put rows in the place of the lines of a statement."""
        self._rows[span.line - 1 : span.end_line] = rows
        self._origins[span.line - 1 : span.end_line] = [self._origins[span.line - 1]] * len(rows)
        self._own += len(rows) - (span.end_line - span.line + 1) if span.line <= self._own else 0

    def insert(self, behind: int, rows: list[str], line: int) -> None:
        """Put rows behind a line, on account of what stands in another."""
        self._rows[behind:behind] = rows
        self._origins[behind:behind] = [self._origins[line - 1]] * len(rows)
        self._own += len(rows) if behind <= self._own else 0

    def drop(self, span: Span) -> None:
        """Leave out the lines of a statement."""
        del self._rows[span.line - 1 : span.end_line]
        del self._origins[span.line - 1 : span.end_line]
        self._own -= span.end_line - span.line + 1 if span.line <= self._own else 0

    def append(self, name: str, text: str, line: int) -> None:
        """Put a function (or an import) behind the module, on account of what stands in a line of the text."""
        self.added[name] = text
        rows = ["", "", *text.split("\n"), ""]
        self._rows += rows
        self._origins += [self._origins[line - 1]] * len(rows)

    def as_written(self, error: RefusedError) -> RefusedError:
        """The error, at the places of the source as it was written."""
        found = {self._placed(problem): None for problem in error.diagnostics}
        return RefusedError(list(found), {**error.sources, self.file: self.original})

    def _placed(self, problem: Diagnostic) -> Diagnostic:
        if problem.span.file == self.hidden:  # what a library's function is short for: its call is shown
            problem = replace(problem, span=_call_of(problem.span, self.hidden))
        reason = problem.reason
        if problem.span.file == self.file and problem.span.line > self._own:
            reason = f"of the derivative that is taken here: {reason}"
        note = problem.note
        if note is not None:
            note = (self._span(note[0]), note[1])
        return replace(problem, span=self._span(problem.span), reason=reason, note=note)

    def _span(self, span: Span) -> Span:
        if span.file != self.file or not 0 < span.line <= len(self._rows):
            return span
        line, end = (self._origins[min(n, len(self._rows)) - 1] for n in (span.line, span.end_line))
        via = tuple(self._span(call) for call in span.via)
        rows = self.original.split("\n")
        if span.line <= self._own and self._rows[span.line - 1] == rows[line - 1]:
            return replace(span, line=line, end_line=end, via=via)
        row = rows[line - 1]
        return Span(self.file, line, len(row) - len(row.lstrip()), line, len(row.rstrip()), via)


def _call_of(span: Span, hidden: str) -> Span:
    """The innermost call around a place in the file ``hidden`` that stands in another one."""
    calls = span.via
    while calls and calls[-1].file == hidden:
        calls = calls[:-1]
    return replace(calls[-1], via=calls[:-1]) if calls else span
