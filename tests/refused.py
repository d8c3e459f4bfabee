"""Hold a refusal to the place that is marked in a program: ``return ‹x(2.0)›``."""

from __future__ import annotations

import pytest

from sct.errors import Diagnostic, RefusedError, Span
from sct.pipeline import Mode, Request, differentiate

MODES: tuple[Mode, ...] = ("adjoint", "tangent")


def unmarked(marked: str) -> tuple[str, Span]:
    """A module without the marks, and the place that is between them."""
    before, inside, _ = marked.replace("›", "‹").split("‹")
    ends = [(text.count("\n") + 1, len(text) - text.rfind("\n") - 1) for text in (before, before + inside)]
    return marked.replace("‹", "").replace("›", ""), Span("model.py", *ends[0], *ends[1])


def refused(marked: str, *, function: str = "f", mode: Mode = "adjoint") -> Diagnostic:
    """The first problem of a function of a module: it has to be shown at what is marked, with a help.

    Of what goes on in other lines, as a loop with its body, the first one is shown.
    """
    source, place = unmarked(marked)
    with pytest.raises(RefusedError) as caught:
        differentiate(source, "model.py", [Request(function, mode=mode)])
    first, message = caught.value.diagnostics[0], str(caught.value)
    head, shown, caret = message.split("\n")[:3]
    row = source.split("\n")[place.line - 1]
    inside = row[place.col : place.end_col if place.end_line == place.line else len(row)]
    assert head == f"model.py:{place.line}:{place.col + 1}: {first.reason}", message
    assert shown.endswith(f" | {row}") and shown[caret.index("^") : caret.rindex("^") + 1] == inside, message
    assert first.help and f"\n  help: {first.help}" in message
    return first
