"""Whether what is loaded is what the files say: it is the text that is differentiated, and the loaded code that runs.

A file may be edited after it was loaded, and anything may be put in the place of a function: ``helper.h = other``.
"""

from __future__ import annotations

import ast
import inspect
import os
import sys
import types
from collections.abc import Callable, Iterator
from functools import cached_property
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import numpy as np

from sct.frontend.bindings import Binding, bindings
from sct.frontend.modules import locate, read
from sct.origin import SourceError, function_in, is_made

_LIBRARIES = frozenset({"math", "numpy", "scipy"})


class _File:
    """What a file says: its functions' code, and what its module binds."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text

    @cached_property
    def codes(self) -> dict[str, types.CodeType]:
        code = compile(self.text, self.file, "exec", dont_inherit=True)
        return {inner.co_qualname: inner for inner in _codes(code) if inner.co_flags & inspect.CO_OPTIMIZED}

    def is_decorated(self, name: str) -> bool:
        """Whether the file puts a decorator over a function: one that is harmless may have wrapped it."""
        node = self.bound[name].node if name in self.bound else None
        return isinstance(node, ast.FunctionDef) and bool(node.decorator_list)

    def tells(self, name: str) -> bool:
        """Whether the text tells which function a name is; of one in an ``if``, it is refused where it is read."""
        binding = self.bound.get(name)
        return binding is None or not isinstance(binding.node, ast.FunctionDef) or binding.is_plain

    @cached_property
    def bound(self) -> dict[str, Binding]:
        return {binding.name: binding for binding in bindings(ast.parse(self.text))}


def refuse_changed(f: Callable[..., Any], text: str) -> None:
    """Refuse a function that is not what its file says, or calls one that is not.

    Raises
    ------
    SourceError
        With the function's name, and its file.
    """
    file = f.__code__.co_filename
    if not Path(file).is_file() or _is_rewritten(f) or "<" in f.__qualname__ or is_made(f):
        return  # a notebook's cell, for one; what was nested has been compiled from its text
    _refuse_wrapped(f)
    files = {file: _File(file, text)}
    if not files[file].tells(f.__qualname__):
        return
    todo, seen = [(f, f.__qualname__, files[file])], set[Any]()
    while todo:
        function, name, said = todo.pop()
        seen.add(function)
        code = said.codes.get(name)
        if code is None:
            reason = "it was edited since it was loaded, or exec ran another text; put it into the file, and load that"
            raise SourceError(f"{said.file}: the file has no function {name}: {reason}")
        if not _is_in(function, said.file) or not _alike(code, function.__code__):
            raise _changed(said.file, name)
        for held, own, path in _used(function, said):
            where = files[str(path)] if str(path) in files else _File(str(path), read(path))
            files[where.file] = where
            made = function_in(inspect.unwrap(held) if where.is_decorated(own) else held)
            is_native = isinstance(held, types.BuiltinFunctionType | np.ufunc)
            if own in where.codes and (is_native or (made and not _is_in(made, where.file))):
                raise _changed(where.file, own)
            # What pytest, or a checker of types, rewrites when it imports a file is not what that says.
            is_read = made and (where.file == file or isinstance(made.__globals__.get("__loader__"), SourceFileLoader))
            if made and own in where.codes and made not in seen and is_read:
                todo.append((made, own, where))


def _refuse_wrapped(f: Callable[..., Any]) -> None:
    """Refuse what ``functools.wraps`` gave the name of another function: its own code is not what has that name."""
    maker, nested, _ = f.__code__.co_qualname.partition(".<locals>.")
    if nested and f.__code__.co_qualname != f.__qualname__:
        where = f"{f.__code__.co_filename}:{f.__code__.co_firstlineno}"
        reason = f"it is not known what the decorator `@{maker}` makes of `{f.__name__}`"
        raise SourceError(f"{where}: {reason}; leave the decorator off, or decorate another name: `g = decorator(f)`")


def _used(function: Callable[..., Any], said: _File) -> Iterator[tuple[Any, str, Path]]:
    """What a function may call: what is loaded, and the name and the file of what should be."""
    names = {name for code in _codes(function.__code__) for name in code.co_names}
    known = getattr(function, "__globals__", {})
    for name in sorted(names & said.bound.keys() & known.keys()):
        binding, held = said.bound[name], known[name]
        if isinstance(binding.node, ast.FunctionDef) and said.tells(name):
            yield held, name, Path(said.file)
        elif binding.is_plain and binding.imported is not None:
            module, own = binding.imported
            _refuse_other(held, module, own, name, said)
            if isinstance(held, types.ModuleType):
                yield from _of_module(held, names, said)
            elif (path := locate(said.file, module)) is not None:
                yield held, own, path


def _of_module(module: types.ModuleType, names: set[str], said: _File) -> Iterator[tuple[Any, str, Path]]:
    """What a function may call of a module, and of those in it."""
    path = locate(said.file, module.__name__)
    for name in sorted(names & vars(module).keys()):
        held = vars(module)[name]
        if module.__name__.split(".")[0] in _LIBRARIES:
            _refuse_strange(held, module.__name__, name, said)
        elif isinstance(held, types.ModuleType):
            yield from _of_module(held, names - {name}, said)
        elif path is not None:
            yield held, name, path


def _refuse_other(held: Any, module: str, own: str, name: str, said: _File) -> None:
    """Refuse what is not what an import of a library gave."""
    loaded = sys.modules.get(module) if module.split(".")[0] in _LIBRARIES else None
    if loaded is None:
        return
    if held is not (getattr(loaded, own, held) if own else loaded):
        raise _changed(said.file, name)
    if own:
        _refuse_strange(held, module, own, said)


def _refuse_strange(held: Any, module: str, name: str, said: _File) -> None:
    """Refuse a function in a library that is not the library's."""
    made = function_in(held)
    is_strange = made is not None and str(made.__globals__.get("__name__")).split(".")[0] != module.split(".")[0]
    if module == "math" and callable(held):
        is_strange = not isinstance(held, types.BuiltinFunctionType) or held.__name__ != name
    if is_strange:
        raise _changed(said.file, f"{module}.{name}")


def _is_in(function: Callable[..., Any], file: str) -> bool:
    """Whether a function stands in a file, by whichever of its names that was found."""
    return os.path.realpath(function.__code__.co_filename) == os.path.realpath(file)


def _changed(file: str, name: str) -> SourceError:
    reason = "the file was edited since it was loaded, or something else was put in its place"
    return SourceError(f"{file}: {name} is not what the file says: {reason}; load it again")


def _is_rewritten(f: Callable[..., Any]) -> bool:
    return type(getattr(f, "__globals__", {}).get("__loader__")).__module__.startswith("_pytest")


def _codes(code: types.CodeType) -> list[types.CodeType]:
    inner = [const for const in code.co_consts if isinstance(const, types.CodeType)]
    return [code, *(found for each in inner for found in _codes(each))]


def _alike(a: types.CodeType, b: types.CodeType) -> bool:
    """Whether two functions do the same, wherever they stand in their file."""
    pairs = zip(_codes(a), _codes(b), strict=False)
    return len(_codes(a)) == len(_codes(b)) and all(_said(x) == _said(y) for x, y in pairs)


def _said(code: types.CodeType) -> tuple[Any, ...]:
    consts = [const for const in code.co_consts if not isinstance(const, types.CodeType)]
    return code.co_code, code.co_names, code.co_varnames, repr(consts)
