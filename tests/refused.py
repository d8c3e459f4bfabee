"""Hold a refusal to the place that is marked in a program: ``return ‹x(2.0)›``."""

from __future__ import annotations

import pytest

from sct.errors import Diagnostic, RefusedError
from sct.pipeline import Request, differentiate


def refused(marked: str) -> Diagnostic:
    """The first problem of ``f`` in a module, which has to begin at the mark."""
    start = marked.index("‹")
    line, col = marked[:start].count("\n") + 1, start - marked.rfind("\n", 0, start) - 1
    with pytest.raises(RefusedError) as caught:
        differentiate(marked.replace("‹", "").replace("›", ""), "model.py", [Request("f")])
    first = caught.value.diagnostics[0]
    assert (first.span.line, first.span.col) == (line, col), str(caught.value)
    return first
