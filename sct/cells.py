"""A notebook's cells: above the cell of a function is put what others define that have run by then.

Before: a cell with ``W = np.array([1.0, 2.0])`` and ``class P: …``, one with ``import numpy as np``, and that of ``f``.
After: the text of a module that has all of them, and for each of its lines the cell and the line there.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import os
import re
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np

from sct.errors import RefusedError, Span, lines_of
from sct.frontend.bindings import Binding, bindings
from sct.frontend.modules import with_names

_DATA = (bool, int, float, str, tuple, list, dict, np.ndarray)


@dataclass(frozen=True)
class Line:
    """A line of a cell: its text, and where it is; of what the value alone tells, as a number, nowhere."""

    text: str
    file: str = ""
    number: int = 0


def lines_above(f: Callable[..., Any], text: str) -> list[Line]:
    """What other cells say of the names that the module of ``f`` has, and its own cell, ``text``, does not bind.

    There is nothing above a function of a file.
    """
    file = f.__code__.co_filename
    if Path(file).is_file():
        return []
    known: Mapping[str, Any] = f.__globals__  # type: ignore[attr-defined]
    own = {bound.name for bound in _bindings(text)}
    said: dict[str, list[tuple[str, Binding]]] = {}
    for cell in _cells(file):
        for bound in _bindings(_text(cell)):
            said.setdefault(bound.name, []).append((cell, bound))
    found = dict[Line, None]()
    for name, value in known.items():
        if name not in own:
            found.update(dict.fromkeys(_lines(name, value, known, said.get(name, []))))
    return list(found)


def _cells(file: str) -> list[str]:
    """The cells that have run: IPython, and Python's own prompt, number them, or have a folder of such names."""
    return [cell for cell in linecache.cache if _series(cell) == _series(file) and not Path(cell).is_file()]


def _series(file: str) -> tuple[str, str]:
    folder, name = os.path.split(file)
    return folder, re.split(r"\d", name)[0]


def _text(file: str) -> str:
    return with_names("".join(linecache.getlines(file)))


def _bindings(text: str) -> tuple[Binding, ...]:
    try:
        return bindings(ast.parse(text))
    except SyntaxError:  # of a cell that did not run; that of the function is refused where it is read
        return ()


def _lines(name: str, value: Any, known: Mapping[str, Any], said: list[tuple[str, Binding]]) -> Iterator[Line]:
    """The lines that give a name its value: where several cells do, those of the last one that still holds."""
    made = getattr(value, "primal", getattr(value, "__wrapped__", value))  # of a derivative, of a cache
    if isinstance(made, types.FunctionType) and made.__globals__ is known and made.__name__ in (name, "<lambda>"):
        file = made.__code__.co_filename
        try:
            rows, first = inspect.getsourcelines(made)
        except (OSError, TypeError):
            return
        yield from (Line(row.rstrip("\n"), file, first + k) for k, row in enumerate(rows))
        return
    for file, bound in reversed(said):
        if not isinstance(value, int | float) and _holds(bound, value, known, file):
            first = min([bound.statement.lineno, *(d.lineno for d in getattr(bound.node, "decorator_list", ()))])
            rows = lines_of(_text(file))[first - 1 : bound.statement.end_lineno]
            yield from (Line(row, file, first + k) for k, row in enumerate(rows))
            return
    if not name.startswith("_"):  # as IPython calls results
        yield from map(Line, _told(name, value))


def _told(name: str, value: Any) -> Iterator[str]:
    """The statement that a value tells by itself: of a number, a module, and what lies at the top of a package."""
    own, package = getattr(value, "__name__", ""), str(getattr(value, "__module__", "")).partition(".")[0]
    if isinstance(value, int | float):
        yield f"{name} = {value!r}"
    elif isinstance(value, types.ModuleType):
        yield f"import {own} as {name}"
    elif own and getattr(sys.modules.get(package), own, None) is value:
        yield f"from {package} import {own} as {name}"


def _holds(bound: Binding, value: Any, known: Mapping[str, Any], file: str) -> bool:
    """Whether a name has the value that its binding in a cell tells; data are compared where they are used."""
    if bound.imported is not None:
        module, own = bound.imported
        home = sys.modules.get(module)
        return home is not None and value is (getattr(home, own, None) if own else home)
    if isinstance(bound.node, ast.ClassDef):
        return isinstance(value, type) and _is_class(value, bound.node, file)
    stated = bound.statement.value if isinstance(bound.statement, ast.Assign | ast.AnnAssign) else None
    if stated is None or not bound.is_plain or not isinstance(bound.node, ast.Name):
        return False
    return (isinstance(value, _DATA) and not _holds_functions(value)) or _is_table(stated, value, known)


def _is_class(cls: type, node: ast.ClassDef, file: str) -> bool:
    """Whether a class is the one of this statement, and not one that another cell defined by its name."""
    fields = [ast.unparse(line.target) for line in node.body if isinstance(line, ast.AnnAssign)]
    methods = [vars(cls).get(line.name) for line in node.body if isinstance(line, ast.FunctionDef)]
    return list(cls.__annotations__) == fields and all(_file_of(method) == file for method in methods)


def _file_of(value: Any) -> str | None:
    """The file (or cell) of a method, also of one that sct or a decorator of Python's own has taken."""
    for name in ("fget", "__func__", "__wrapped__", "primal"):
        value = getattr(value, name, value)
    return value.__code__.co_filename if isinstance(value, types.FunctionType) else None


def _holds_functions(value: Any) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return callable(value) or any(map(_holds_functions, inner))


def _is_table(node: ast.expr, value: Any, known: Mapping[str, Any]) -> bool:
    """Whether a value is what names, of functions, and displays of such stand for."""
    if isinstance(node, ast.Name | ast.Attribute):
        head, *path = ast.unparse(node).split(".")
        return value is reduce(lambda found, inner: getattr(found, inner, None), path, known.get(head))
    if isinstance(node, ast.List | ast.Tuple) and isinstance(value, list | tuple):
        return len(node.elts) == len(value) and all(map(_is_table, node.elts, value, repeat(known)))
    if isinstance(node, ast.Dict) and isinstance(value, dict):
        keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
        return keys == list(value) and all(map(_is_table, node.values, value.values(), repeat(known)))
    return isinstance(node, ast.Constant) and bool(node.value == value)


def placed(error: RefusedError, file: str, lines: list[Line]) -> RefusedError:
    """The error of a function of ``file``, at its place in the cells that were joined."""
    if not lines:
        return error

    def at(span: Span) -> Span:
        span = replace(span, via=tuple(map(at, span.via)))
        if span.file != file:
            return span
        rest, shift = file, -len(lines)
        if span.line <= len(lines):
            line = lines[span.line - 1]
            rest, shift = line.file, line.number - span.line
        return replace(span, file=rest, line=span.line + shift, end_line=span.end_line + shift)

    found = []
    for problem in error.diagnostics:
        note = None if problem.note is None else (at(problem.note[0]), problem.note[1])
        found.append(replace(problem, span=at(problem.span), note=note))
    texts = {cell: _text(cell) for cell in {file, *(line.file for line in lines)}}
    return RefusedError(found, {**error.sources, **texts})
