"""Where a function's source is: in its module, in a notebook's cells, or in the function that it is nested in."""

from __future__ import annotations

import ast
import functools
import inspect
import linecache
import threading
import types
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sct.cells import Line, lines_above, placed
from sct.closures import Row, lifted
from sct.compiling import plain
from sct.errors import RefusedError, SctError, Span
from sct.frontend.modules import with_names
from sct.pickling import Made

LAMBDA = "the lambda"
CLASS_METHOD = "{} is a class method, which gets its class: make it a static method, or a function of the module"
_WRITTEN: WeakKeyDictionary[Callable[..., Any], _Written] = WeakKeyDictionary()
"""The nested functions that were brought to the top: by themselves, as two modules may have equal code in one place."""


READING = threading.RLock()
"""Held where texts are parsed: CPython's parser is not made for threads, and what one generates serves all."""


class SourceError(SctError, OSError):
    """A function whose source cannot be read."""


def undecorated(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function inside ``functools.lru_cache`` or one of Numba's decorators."""
    if isinstance(f, functools._lru_cache_wrapper):
        return f.__wrapped__
    return plain(f)


def function_in(value: Any) -> types.FunctionType | None:
    """The function inside what sct, Numba or a cache made of it; what wraps one otherwise is another function."""
    made = undecorated(getattr(value, "primal", value)) if callable(value) else None
    return made if isinstance(made, types.FunctionType) else None


def written_in_python(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function inside decorators that are known; what has no source in Python is refused."""
    found = undecorated(f)
    if not isinstance(found, types.FunctionType):
        name = getattr(f, "__name__", type(f).__name__)
        if isinstance(f, staticmethod):
            raise SourceError(f"{name} is a static method by now: write `@staticmethod` above sct's decorator")
        if isinstance(f, classmethod):
            raise SourceError(CLASS_METHOD.format(name))
        if isinstance(f, type):
            raise SourceError(f"{name} is a class: write a function that calls it, and differentiate that")
        if not callable(f):
            raise SourceError(f"sct takes a function, and not what is of type {name}; `wrt=…` names parameters")
        if isinstance(f, Made):
            called = f"sct.{f.maker}({name})"
            reason = f"{called} has no source of its own: differentiate a function that calls it"
            raise SourceError(f"{reason}, `def g(x): return {called}(x)`")
        if inspect.isfunction(vars(type(f)).get("__call__")):
            raise SourceError(f"{name} is an object: differentiate `{name}.__call__`, and pass it the object")
        raise SourceError(f"{name} has no source in Python: write a function that calls it, and differentiate that")
    return found


def is_made(f: Callable[..., Any]) -> bool:
    """Whether a function was compiled here, from the text of a nested one."""
    return f in _WRITTEN


def refuse_redefined(f: Callable[..., Any], text: str) -> None:
    """A function whose name its module binds again further down is not the one that would be read."""
    if not Path(f.__code__.co_filename).is_file() or f.__qualname__ != f.__name__:
        return
    found = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name == f.__name__]
    lines = [min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) for node in found]
    first = f.__code__.co_firstlineno
    if len(lines) > 1 and first in lines and lines[-1] != first:
        where = f"{f.__code__.co_filename}:{first}"
        raise SourceError(f"{where}: {f.__name__} is defined again in line {lines[-1]}; give one of them another name")


def is_method(f: Callable[..., Any]) -> bool:
    """Whether ``f`` is a method, as it stands in a class at the top of a module."""
    parts = getattr(f, "__qualname__", "").split(".")
    return len(parts) == 2 and inspect.isfunction(f) and parts[1] == f.__name__


def at_top(f: types.FunctionType) -> Callable[..., Any]:
    """A nested function as one of its module, which takes what that captures."""
    file = f.__code__.co_filename
    own = _text(f)
    if not own:
        raise _unreadable(f)
    name, rows = lifted(f, own)
    text = "\n".join(row.text for row in rows)
    known = dict(f.__globals__)
    exec(compile(text, file, "exec"), known)
    code = known[name].__code__.replace(co_firstlineno=f.__code__.co_firstlineno)
    made = types.FunctionType(code, f.__globals__)  # the module does not get it, and may change
    others = lines_above(f, own)
    above = f"{_joined(others, own)}\n\n\n"
    rows = [replace(row, line=row.line + len(others)) for row in rows]
    _WRITTEN[made] = _Written(called(f), above, rows, others)
    return made


@dataclass(frozen=True)
class _Written:
    """A nested function as the author wrote it.

    Attributes
    ----------
    name : str
        What it is called.
    above, rows : str, list of Row
        The text above its copy, and the copy's rows.
    others : list of Line
        What of that text is of other cells than its own.
    """

    name: str
    above: str
    rows: list[Row]
    others: list[Line]

    @property
    def text(self) -> str:
        """The text of the module with the copy at its end."""
        copy = "\n".join(row.text for row in self.rows)
        return f"{self.above}{copy}\n"

    def span(self, span: Span) -> Span:
        k = span.line - 1 - self.above.count("\n")
        if not 0 <= k < len(self.rows):
            return span
        row, last = self.rows[k], self.rows[k + span.end_line - span.line]
        via = tuple(map(self.span, span.via))
        if row.shift is None or last.shift is None:
            theirs = self.above.split("\n")[row.line - 1]
            return Span(span.file, row.line, len(theirs) - len(theirs.lstrip()), row.line, len(theirs.rstrip()), via)
        return Span(span.file, row.line, span.col + row.shift, last.line, span.end_col + last.shift, via)


def called(f: Callable[..., Any]) -> str:
    """What messages call a function."""
    written = _WRITTEN.get(f)
    name = f.__name__ if written is None else written.name
    return LAMBDA if name == "<lambda>" else name


def as_written(f: Callable[..., Any], error: RefusedError) -> RefusedError:
    """The error of a function that may be nested, or stand in a cell, at the places of the source."""
    written = _WRITTEN.get(f)
    file = f.__code__.co_filename
    if written is None:
        return placed(error, file, lines_above(f, _text(f)))
    label = written.name if written.name == LAMBDA else f"`{written.name}`"
    found = []
    for problem in error.diagnostics:
        note = None if problem.note is None else (written.span(problem.note[0]), problem.note[1])
        reason = problem.reason.replace(f"`{f.__name__}`", label)
        found.append(replace(problem, span=written.span(problem.span), note=note, reason=reason))
    return placed(RefusedError(found, error.sources), file, written.others)


def not_at_top(f: Callable[..., Any]) -> SourceError:
    where = f"{f.__code__.co_filename}:{f.__code__.co_firstlineno}"
    return SourceError(f"{where}: {f.__qualname__} is not at the top of its module; move it there")


def source_of(f: Callable[..., Any]) -> tuple[str, str]:
    """The text of the module (or notebook cell) that defines ``f``, and what errors call it."""
    if f.__qualname__ != f.__name__ and not is_method(f):
        raise not_at_top(f)
    written = _WRITTEN.get(f)
    return _module_text(f) if written is None else written.text, f.__code__.co_filename


def _text(f: Callable[..., Any]) -> str:
    """The text of a function's file (or cell); nothing where there is none, as in ``python -c``."""
    linecache.checkcache(f.__code__.co_filename)  # the module may have been edited and loaded again
    return with_names("".join(linecache.getlines(f.__code__.co_filename, f.__globals__)))


def _unreadable(f: Callable[..., Any]) -> SourceError:
    return SourceError(f"{f.__code__.co_filename}: the source of {f.__name__} cannot be read; put it into a file")


def _module_text(f: Callable[..., Any]) -> str:
    """The text of the module of a function; where that stands in a cell, with what it uses of other ones above it."""
    own = _text(f)
    if not own:
        try:
            own = with_names(inspect.getsource(f))
        except (OSError, TypeError):
            raise _unreadable(f) from None
    return _joined(lines_above(f, own), own)


def _joined(others: list[Line], own: str) -> str:
    return "".join([*(f"{line.text}\n" for line in others), own])
