"""Whether what is loaded is what the files say: it is the text that is differentiated, and the loaded code that runs.

A file may be edited after it was loaded, and anything may be put in the place of a function: ``helper.h = other``.
"""

from __future__ import annotations

import ast
import os
import types
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

from sct.origin import SourceError, is_made
from sct.uses import File, Use, changed, codes, is_native, uses


def refuse_changed(f: Callable[..., Any], text: str) -> list[Use]:
    """Refuse a function that is not what its file says, or calls one that is not; returns what it may use.

    Raises
    ------
    SourceError
        With the function's name, and its file.
    """
    file = f.__code__.co_filename
    # A notebook's cell is in no file; what was nested has been compiled from its text.
    is_said = Path(file).is_file() and not (_is_rewritten(f) or "<" in f.__qualname__ or is_made(f))
    if is_said:
        _refuse_wrapped(f)
    files = {file: File(file, text)}
    todo: list[tuple[Any, str, File]] = [(f, f.__qualname__, files[file])]
    seen, found = set[Any](), list[Use]()
    while todo:
        function, name, said = todo.pop()
        seen.add(function)
        if is_said or said.file != file:
            _refuse_edited(function, name, said)
        for use in uses(function, said, files):
            found.append(use)
            where, made = use.file, use.function()
            if not where.has(use.name) or (use.is_wrapped and made and made.__code__.co_qualname != use.name):
                continue
            if is_said or where.file != file:
                _refuse_replaced(use, made)
            # What pytest, or a checker of types, rewrites when it imports a file is not what that says.
            is_read = made and isinstance(made.__globals__.get("__loader__"), SourceFileLoader)
            if made and made not in seen and (is_read or where.file == file):
                todo.append((made, use.name, where))
    return found


def _refuse_wrapped(f: Callable[..., Any]) -> None:
    """Refuse what ``functools.wraps`` gave the name of another function: its own code is not what has that name."""
    maker, nested, _ = f.__code__.co_qualname.partition(".<locals>.")
    if nested and f.__code__.co_qualname != f.__qualname__:
        where = f"{f.__code__.co_filename}:{f.__code__.co_firstlineno}"
        reason = f"it is not known what the decorator `@{maker}` makes of `{f.__name__}`"
        raise SourceError(f"{where}: {reason}; leave the decorator off, or decorate another name: `g = decorator(f)`")


def _refuse_edited(function: Callable[..., Any], name: str, said: File) -> None:
    """Refuse a function that is not the one that a file has under this name."""
    code = said.codes.get(name)
    if code is None:
        reason = "it was edited since it was loaded, or exec ran another text; put it into the file, and load that"
        raise SourceError(f"{said.file}: the file has no function {name}: {reason}")
    if not _is_in(function, said.file) or not _alike(code, function.__code__):
        raise changed(said.file, name)
    if name in said.definitions and not _has_defaults(function, said.definitions[name].args):
        raise changed(said.file, name)


def _refuse_replaced(use: Use, made: types.FunctionType | None) -> None:
    """Refuse what is in the place of a function, and is none of its file."""
    is_lost = made is None and use.held is None and "." in use.name  # a method
    if is_lost or is_native(use.held) or (made is not None and not _is_in(made, use.file.file)):
        raise changed(use.file.file, use.name)


def _is_in(function: Callable[..., Any], file: str) -> bool:
    """Whether a function stands in a file, by whichever of its names that was found."""
    return os.path.realpath(function.__code__.co_filename) == os.path.realpath(file)


def _is_rewritten(f: Callable[..., Any]) -> bool:
    return type(getattr(f, "__globals__", {}).get("__loader__")).__module__.startswith("_pytest")


def _alike(a: types.CodeType, b: types.CodeType) -> bool:
    """Whether two functions do the same, wherever they stand in their file."""
    pairs = zip(codes(a), codes(b), strict=False)
    return len(codes(a)) == len(codes(b)) and all(_said(x) == _said(y) for x, y in pairs)


def _said(code: types.CodeType) -> tuple[Any, ...]:
    consts = [const for const in code.co_consts if not isinstance(const, types.CodeType)]
    return code.co_code, code.co_names, code.co_varnames, repr(consts)


def _has_defaults(function: Callable[..., Any], stated: ast.arguments) -> bool:
    """Whether a function has the defaults that its text states, as far as those are literals."""
    keywords = zip(stated.kwonlyargs, stated.kw_defaults, strict=True)
    by_name = {arg.arg: default for arg, default in keywords if default is not None}
    held, held_by_name = function.__defaults__ or (), function.__kwdefaults__ or {}  # type: ignore[attr-defined]
    if len(stated.defaults) != len(held) or by_name.keys() != held_by_name.keys():
        return False
    pairs = [*zip(stated.defaults, held, strict=True), *((by_name[name], held_by_name[name]) for name in by_name)]
    return all(_is_stated(value, text) for text, value in pairs)


def _is_stated(value: Any, text: ast.expr) -> bool:
    try:
        return repr(ast.literal_eval(text)) == repr(value)
    except ValueError:  # it is no literal
        return True
