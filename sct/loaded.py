"""Whether what is loaded is what the files say: it is the text that is differentiated, and the loaded code that runs.

A file may be edited after it was loaded, and anything may be put in the place of a function: ``helper.h = other``.
"""

from __future__ import annotations

import ast
import os
import re
import sys
import types
from collections.abc import Callable, Iterable
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

from sct.function_tables import is_stated, space_of
from sct.origin import SourceError, called, is_made
from sct.ruled import refuse_untold
from sct.uses import File, Use, alike, changed, is_native, members, names_in, uses


def refuse_changed(f: Callable[..., Any], text: str, classes: frozenset[str] = frozenset()) -> list[Use]:
    """Refuse a function that is not what its file says, or calls one that is not; returns what it may use.

    ``classes`` are the names of those of its arguments.

    Raises
    ------
    SourceError
        With the function's name, and its file.
    """
    try:
        ast.parse(text)
    except SyntaxError:
        return []  # which is refused, with its place, where the text is read
    walk = _Walk(f, text, classes)
    if walk.is_said:
        _refuse_wrapped(f)
    while walk.todo:
        walk.look_into(*walk.todo.pop())
        if not walk.todo:  # what is read of objects is known when all functions are
            walk.look_into_classes()
    return list(walk.found.values())


def refuse_other_text(functions: Iterable[types.FunctionType], text: str) -> None:
    """Refuse nested functions that are not in the ``text`` of their file.

    Raises
    ------
    SourceError
        With its name, and its file.
    """
    for f in functions:
        file = f.__code__.co_filename
        is_said = Path(file).is_file() and not _is_rewritten(f)
        if is_said and not any(f.__code__ == code for code in File(file, text).all_codes):
            raise changed(file, called(f))


class _Walk:
    """What a function may use, followed from one function to the next.

    Attributes
    ----------
    is_said : bool
        Whether the function's file says what it is: a notebook's cell is in none.
    """

    def __init__(self, f: Callable[..., Any], text: str, classes: frozenset[str]) -> None:
        self.file = f.__code__.co_filename
        self.is_said = Path(self.file).is_file() and not _is_rewritten(f)
        self.files = {self.file: File(self.file, text)}
        self.todo: list[tuple[Any, str, File]] = [(f, f.__qualname__, self.files[self.file])]
        self.classes, self.names = classes, set(classes)
        self.seen: set[Any] = set()
        self.found: dict[tuple[str, str], Use] = {}

    def look_into(self, function: Callable[..., Any], name: str, said: File) -> None:
        """Check a function, and note what it uses."""
        self.seen.add(function)
        if (self.is_said or said.file != self.file) and said.tells(name) and not is_made(function):
            _refuse_edited(function, name, said)
        names = names_in(function, name, said)
        self.names |= names
        for use in uses(getattr(function, "__globals__", {}), names | self.classes, said, self.files):
            refuse_untold(use.held, use.key, [said, use.file])
            self.note(use)

    def look_into_classes(self) -> None:
        for use in [use for use in self.found.values() if use.is_class]:
            for member in members(use, self.names, self.files):
                self.note(member)

    def look_into_table(self, use: Use, is_said: bool) -> None:
        """Check what holds functions, or is another name of one, and note what its text names."""
        said = use.file
        stated, known = said.tables[use.name], space_of(use)
        if is_said and not is_stated(stated, use.held, said, known):
            raise changed(said.file, use.name)
        for inner in uses(known, set(re.findall(r"\w+", ast.unparse(stated))), said, self.files):
            self.note(inner)

    def note(self, use: Use) -> None:
        """Refuse what is not what its file says; look into what is."""
        if (use.place, use.key) in self.found:
            return
        self.found[(use.place, use.key)] = use
        where, made = use.file, use.function()
        is_said = self.is_said or where.file != self.file
        if where.is_generated and "." in use.name:
            return  # it is of a class of the author's
        if is_said and where.is_class(use.name) and not use.is_class:
            raise changed(where.file, use.name)
        if use.is_member and not _is_as_assigned(use):
            raise changed(where.file, use.name)
        if use.is_table:
            self.look_into_table(use, is_said)
        if not where.has(use.name) or (use.is_wrapped and made and made.__code__.co_qualname != use.name):
            return
        if is_said:
            _refuse_replaced(use, made)
        # What pytest, or a checker of types, rewrites when it imports a file is not what that says.
        is_read = made and isinstance(made.__globals__.get("__loader__"), SourceFileLoader)
        if made and made not in self.seen and (is_read or where.file == self.file):
            self.todo.append((made, use.name, where))


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
    if not _is_in(function, said.file) or not alike(code, function.__code__):
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


def _has_defaults(function: Callable[..., Any], stated: ast.arguments) -> bool:
    """Whether a function has the defaults that its text states, as far as those are literals."""
    keywords = zip(stated.kwonlyargs, stated.kw_defaults, strict=True)
    by_name = {arg.arg: default for arg, default in keywords if default is not None}
    held, held_by_name = function.__defaults__ or (), function.__kwdefaults__ or {}  # type: ignore[attr-defined]
    if len(stated.defaults) != len(held) or by_name.keys() != held_by_name.keys():
        return False
    pairs = [*zip(stated.defaults, held, strict=True), *((by_name[name], held_by_name[name]) for name in by_name)]
    return all(_is_stated(value, text) for text, value in pairs)


def _is_as_assigned(use: Use) -> bool:
    """Whether a class has the number that its body assigns, as far as the text tells: generated code has that."""
    stated = use.file.class_constants.get(use.name)
    if stated is None or not isinstance(use.held, bool | int | float | str | tuple):
        return True
    if any(isinstance(node, ast.Call) for node in ast.walk(stated)):
        return True
    names = {**getattr(sys.modules.get(use.place.rpartition(".")[0]), "__dict__", {}), **use.space}
    try:
        return repr(eval(compile(ast.Expression(stated), "", "eval"), names)) == repr(
            use.held
        )  # it is no more than names
    except Exception:  # of a name that is deleted since, or stands for something else
        return False


def _is_stated(value: Any, text: ast.expr) -> bool:
    try:
        return repr(ast.literal_eval(text)) == repr(value)
    except ValueError:  # it is no literal
        return True
