"""What Numba says when it compiles a generated function."""

from __future__ import annotations

import linecache
import re
import traceback
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sct.errors import SctError


class CompileError(SctError, TypeError):
    """A generated function that Numba does not compile, or a Numba that is not there.

    Attributes
    ----------
    place : tuple of str and int, or None
        The file and the line of what was generated, where that is known.
    """

    place: tuple[str, int] | None = None

    def about(self, statement: str) -> CompileError:
        """The same with the author's statement that it is about, before the help."""
        head, newline, help_ = str(self).rpartition("\n")
        return CompileError(f"{head}\n  it is about {statement}{newline}{help_}")


def plain(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function that Numba's decorator was put over, or ``f`` itself."""
    return getattr(f, "py_func", f)


def run(f: Callable[..., Any], args: Sequence[Any], named: dict[str, Any]) -> Any:
    """Call a function that Numba may have to compile first: what it refuses is named.

    Numba makes no arrays like one with gaps between its elements, so that it is given a copy of such an argument.
    """
    if plain(f) is not f:
        args = [_without_gaps(value) for value in args]
    try:
        return f(*args, **named)
    except Exception as problem:
        if plain(f) is not f and _NO_ITEMS in str(problem):
            raise CompileError(
                f"Numba cannot tell what an empty list among the arguments holds\n  {_EMPTY}"
            ) from problem
        if plain(f) is f or not _is_of_numba(problem):
            raise
        raise _told(problem) from problem


def _is_of_numba(problem: Exception) -> bool:
    """Whether Numba itself raised: what it compiled may raise the same built-in exceptions."""
    *_, (frame, _) = traceback.walk_tb(problem.__traceback__)
    raised_in = str(frame.f_globals.get("__name__"))
    return any(name.startswith("numba.") for name in (type(problem).__module__, raised_in))


def _without_gaps(value: Any) -> Any:
    if isinstance(value, np.ndarray) and not (value.flags.c_contiguous or value.flags.f_contiguous):
        return value.copy()
    return value


def quieten(path: Path) -> None:
    """Let Numba not advise on the layouts of arrays in a generated file."""
    try:
        from numba.core.errors import NumbaPerformanceWarning
    except ImportError:
        raise CompileError('compile="numba" needs Numba; install it, or leave `compile` out') from None
    warnings.filterwarnings("ignore", category=NumbaPerformanceWarning, module=re.escape(str(path.with_suffix(""))))


_PLACES = (re.compile(r'File "([^"]+)", line (\d+)'), re.compile(r"(\S+\.py) \((\d+)\)"))
_BLAME = re.compile(r"(Unknown attribute|No implementation of|Cannot unify|nsupported|Invalid use|not supported)")
_NO_ITEMS = "cannot compute fingerprint of empty list"
_EMPTY = "help: pass an array of no elements (`np.zeros(0)`, `np.zeros((0, 3))`), or leave `compile` out"
_HELP = "help: leave `compile` out, or write this operation in another way (loops, for example)"


def _told(problem: Exception) -> CompileError:
    """The generated line that Numba stops at, and the first line that says why."""
    message = re.sub(r"\x1b\[[0-9;]*m", "", str(problem))
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    last = lines[-1] if lines else type(problem).__name__
    why = next((line for line in lines if _BLAME.search(line)), last).split(" Raised from ")[0]
    places = [(file, int(line)) for pattern in _PLACES for file, line in pattern.findall(message)]
    places = places or _places_on_the_way(problem)
    if not places:
        return CompileError(f"Numba does not compile what was generated: {why}\n  {_HELP}")
    file, line = places[-1]
    text = linecache.getline(file, line).strip()
    found = CompileError(f"{file}:{line}: Numba does not compile `{text}`\n  {why}\n  {_HELP}")
    found.place = file, line
    return found


def _places_on_the_way(problem: Exception) -> list[tuple[str, int]]:
    """The lines that Numba was at when it raised what names none: where it makes code, it keeps that in ``loc``."""
    frames = [frame for frame, _ in traceback.walk_tb(problem.__traceback__)]
    found: list[Any] = [getattr(frame.f_locals.get("self"), "loc", None) for frame in frames]
    return [(loc.filename, loc.line) for loc in found if hasattr(loc, "filename") and hasattr(loc, "line")]
