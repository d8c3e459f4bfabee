"""Places in source text, and the errors that name them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

NO_COMPLEX = "complex numbers are not supported yet"
USE_REAL = "write the real and the imaginary part as two real numbers"


def lines_of(text: str) -> list[str]:
    """The lines of a text as Python counts them: a form feed, or what else ``str.splitlines`` splits at, ends none."""
    found = re.split("\r\n|\r|\n", text)
    return found if found[-1] else found[:-1]


@dataclass(frozen=True)
class Span:
    """A place in a source file: 1-based lines, 0-based columns, the end exclusive.

    ``via`` are the calls, the outermost first, that are lowered in line around it: the same text may mean another thing
    in each.  So it may in each turn of a loop that is written out, of which ``turns`` are those around it.
    """

    file: str
    line: int
    col: int
    end_line: int
    end_col: int
    via: tuple[Span, ...] = ()
    turns: tuple[int, ...] = ()

    @property
    def in_text(self) -> Span:
        """The same place in whatever turn."""
        return replace(self, via=tuple(call.in_text for call in self.via), turns=())


@dataclass(frozen=True)
class Diagnostic:
    """One refusal: where, why, and what to write instead.

    Attributes
    ----------
    span : Span
        The place.
    reason : str
        What is not supported or not right, in one line.
    help : str
        A rewrite that would work.
    note : tuple of (Span, str), optional
        A second place that explains the first.
    """

    span: Span
    reason: str
    help: str
    note: tuple[Span, str] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "span", self.span.in_text)
        if self.note is not None:
            object.__setattr__(self, "note", (self.note[0].in_text, self.note[1]))


class SctError(Exception):
    """Base of every error that sct raises on purpose."""


class UnreadableError(SctError):
    """A file that is no text, or may not be read."""


class RefusedError(SctError):
    """A function that cannot be differentiated.

    Attributes
    ----------
    diagnostics : list of Diagnostic
        Every problem that was found, in the order of the source.
    """

    def __init__(self, diagnostics: Sequence[Diagnostic], sources: dict[str, str] | None = None) -> None:
        self.diagnostics = list(diagnostics)
        self.sources = sources or {}
        super().__init__("\n\n".join(render(d, self.sources) for d in self.diagnostics))


def render(diagnostic: Diagnostic, sources: dict[str, str]) -> str:
    """The diagnostic as text: ``file:line:col``, the line, a caret below it, the reason and the help."""
    span = diagnostic.span
    parts = [f"{_place(span)}: {diagnostic.reason}", *_excerpt(span, sources.get(span.file))]
    notes = [] if diagnostic.note is None else [diagnostic.note]
    for place, text in [*notes, *((call, "it is called here") for call in reversed(span.via))]:
        parts += [f"{_place(place)}: note: {text}", *_excerpt(place, sources.get(place.file))]
    return "\n".join([*parts, f"  help: {diagnostic.help}"])


def _place(span: Span) -> str:
    return f"{span.file}:{span.line}:{span.col + 1}"


def _excerpt(span: Span, source: str | None) -> list[str]:
    lines = lines_of(source or "")
    if not 1 <= span.line <= len(lines):
        return []
    line = lines[span.line - 1]
    end = span.end_col if span.end_line == span.line else len(line)
    margin = f"{span.line:>5} | "
    # Tabs are kept in the padding, so that the caret stands below what it points at.
    padding = "".join("\t" if c == "\t" else " " for c in line[: span.col])
    return [f"{margin}{line}", f"{' ' * (len(margin) - 2)}| {padding}{'^' * max(1, end - span.col)}"]
