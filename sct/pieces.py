"""What is generated is generated once in a process, for all derivatives that ask for the same.

Before: ``sct.grad(f)(x)``, ``sct.jvp(f, …)`` in a loop, of which each makes a derivative of its own.
After: the first one generates; as long as no text changes that was read for it, the others take what it made.
"""

from __future__ import annotations

from pathlib import Path

from sct.frontend.modules import read
from sct.pipeline import Piece, Request, differentiate, module_head

_MADE: dict[tuple[str, str, Request], tuple[Piece, str]] = {}


def piece_of(text: str, file: str, wanted: Request) -> tuple[Piece, str]:
    """The generated text of a function of a module, and what the module's head is made of.

    Raises
    ------
    RefusedError
        If it cannot be differentiated; it is tried again when it is asked for again.
    """
    known = _MADE.get((text, file, wanted))
    if known is None or not all(_is_as_read(*module) for module in known[0].read):
        (piece,) = differentiate(text, file, [wanted])
        known = _MADE[(text, file, wanted)] = (piece, module_head(text, file))
    return known


def _is_as_read(file: str, text: str) -> bool:
    return Path(file).is_file() and read(Path(file)) == text
