"""What a function may use of what is loaded: where each thing is looked up, and which file says what it is.

Before: ``def f(x): return helper.step(P(x).v())``.
After: ``step`` in the module ``helper``, ``v`` in the class ``P``, ``P`` itself, and the files that define them.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import types
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from sct.frontend.bindings import Binding, bindings
from sct.frontend.modules import locate, read
from sct.origin import SourceError, function_in

_LIBRARIES = frozenset({"math", "numpy", "scipy"})


class File:
    """What a file says: its functions, their code, and what its module binds."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text

    @cached_property
    def codes(self) -> dict[str, types.CodeType]:
        code = compile(self.text, self.file, "exec", dont_inherit=True)
        return {inner.co_qualname: inner for inner in codes(code) if inner.co_flags & inspect.CO_OPTIMIZED}

    @cached_property
    def bound(self) -> dict[str, Binding]:
        return {binding.name: binding for binding in bindings(ast.parse(self.text))}

    @cached_property
    def definitions(self) -> dict[str, ast.FunctionDef]:
        """The functions at its top; and the methods of the classes there, as ``P.v``, that are bound once."""
        found = {}
        for name, binding in self.bound.items():
            if isinstance(binding.node, ast.FunctionDef):
                found[name] = binding.node
            elif isinstance(binding.node, ast.ClassDef):
                counts = Counter(bound.name for bound in bindings(binding.node))
                lines = [line for line in binding.node.body if isinstance(line, ast.FunctionDef)]
                methods = [method for method in lines if counts[method.name] == 1]
                found.update({f"{name}.{method.name}": method for method in methods})
        return found

    def tells(self, name: str) -> bool:
        """Whether the text tells which function a name is; of one in an ``if``, it is refused where it is read."""
        binding = self.bound.get(name)
        return binding is None or not isinstance(binding.node, ast.FunctionDef) or binding.is_plain

    def has(self, name: str) -> bool:
        """Whether a function or a method is one whose code is known."""
        return self.tells(name) and name in (self.definitions if "." in name else self.codes)

    def is_class(self, name: str) -> bool:
        return name in self.bound and isinstance(self.bound[name].node, ast.ClassDef)

    def is_decorated(self, name: str) -> bool:
        """Whether the file puts a decorator over a function: one that is harmless may have wrapped it."""
        return name in self.definitions and bool(self.definitions[name].decorator_list)


@dataclass(frozen=True)
class Use:
    """A thing that a function may use.

    Attributes
    ----------
    space : mapping
        The names of the module, or of the class, that it is looked up in.
    place : str
        The name of that module or class.
    key : str
        Its name there.
    held : object
        What is there.
    file : File
        What says what it should be, under ``name``.
    """

    space: Mapping[str, Any]
    place: str
    key: str
    held: Any
    file: File
    name: str

    @property
    def is_class(self) -> bool:
        """Whether it is one, as its file says."""
        return isinstance(self.held, type) and self.file.is_class(self.name)

    @property
    def is_member(self) -> bool:
        """Whether it is looked up in a class."""
        return isinstance(self.space, types.MappingProxyType)

    @property
    def is_wrapped(self) -> bool:
        """Whether it is a method with a decorator that may make anything of it, of which nothing is known then."""
        found = self.file.definitions[self.name].decorator_list if "." in self.name else []
        return any(ast.unparse(decorator) not in ("property", "staticmethod") for decorator in found)

    def function(self) -> types.FunctionType | None:
        """The function in it; what a decorator wrapped is that, where the file has the decorator."""
        held: Any = self.held
        if isinstance(held, property):
            held = held.fget
        elif isinstance(held, staticmethod | classmethod):
            held = held.__func__
        return function_in(inspect.unwrap(held) if callable(held) and self.file.is_decorated(self.name) else held)


def names_in(function: Callable[..., Any], name: str, said: File) -> set[str]:
    """The names that a function may look up, in its module and of objects; and those of the classes that it is told."""
    looked_up = {name for code in codes(function.__code__) for name in code.co_names}
    stated = ast.unparse(said.definitions[name].args) if name in said.definitions else ""
    return {*looked_up, *re.findall(r"\w+", stated), *name.split(".")[:-1]}


def uses(function: Callable[..., Any], names: set[str], said: File, files: dict[str, File]) -> Iterator[Use]:
    """What ``names`` mean to a function, of the files of the user's; ``files`` are those that were read so far.

    Raises
    ------
    SourceError
        Where a library is another one, or something else is in the place of a function or class of it.
    """
    known = getattr(function, "__globals__", {})
    place = str(known.get("__name__"))
    for name in sorted(names & said.bound.keys() & known.keys()):
        binding, held = said.bound[name], known[name]
        if isinstance(binding.node, ast.FunctionDef | ast.ClassDef):
            yield Use(known, place, name, held, said, name)
        elif binding.is_plain and binding.imported is not None:
            module, own = binding.imported
            _refuse_other_library(held, module, own, name, said)
            if isinstance(held, types.ModuleType):
                yield from _of_module(held, names, said, files)
            elif (path := locate(said.file, module)) is not None:
                yield Use(known, place, name, held, _file(path, files), own)


def _of_module(module: types.ModuleType, names: set[str], said: File, files: dict[str, File]) -> Iterator[Use]:
    """What names mean in a module, and in those in it."""
    path = locate(said.file, module.__name__)
    for name in sorted(names & vars(module).keys()):
        held = vars(module)[name]
        if module.__name__.split(".")[0] in _LIBRARIES:
            _refuse_other_function(held, module.__name__, name, said)
        elif isinstance(held, types.ModuleType):
            yield from _of_module(held, names - {name}, said, files)
        elif path is not None:
            yield Use(vars(module), module.__name__, name, held, _file(path, files), name)


def members(use: Use, names: set[str], files: dict[str, File]) -> Iterator[Use]:
    """What names mean of a class, and of what it inherits from: methods, and what is there for its fields."""
    bases = {base: _of_base(base, use, files) for base in use.held.__mro__}
    fields = {field for base in bases for field in vars(base).get("__dataclass_fields__", ())}
    keys = {"__init__", *(names & {*fields, *(key for base in bases for key in vars(base))})}
    for base, file in bases.items():
        for key in sorted(keys) if file is not None else ():
            assert file is not None
            found = Use(
                vars(base),
                f"{base.__module__}.{base.__name__}",
                key,
                vars(base).get(key),
                file,
                f"{base.__name__}.{key}",
            )
            made = found.function() if key == "__init__" or isinstance(found.held, property) else None
            is_field = key == "__init__" or key in fields  # a dataclass makes its own `__init__`, in no file
            is_made = made is None or made.__code__.co_filename.startswith("<")
            if is_field and not is_made and found.name not in file.codes:
                raise changed(file.file, found.name)
            yield found


def _of_base(base: type, use: Use, files: dict[str, File]) -> File | None:
    """The file of a class that the class in ``use`` inherits from, or of itself; None if it is none of the user's."""
    if base.__module__ == use.held.__module__:
        return use.file
    path = locate(use.file.file, base.__module__)
    return None if path is None else _file(path, files)


def _file(path: Path, files: dict[str, File]) -> File:
    if str(path) not in files:
        files[str(path)] = File(str(path), read(path))
    return files[str(path)]


def _refuse_other_library(held: Any, module: str, own: str, name: str, said: File) -> None:
    """Refuse what is not what an import of a library gave."""
    loaded = sys.modules.get(module) if module.split(".")[0] in _LIBRARIES else None
    if loaded is None:
        return
    if held is not (getattr(loaded, own, held) if own else loaded):
        raise changed(said.file, name)
    if own:
        _refuse_other_function(held, module, own, said)


def _refuse_other_function(held: Any, module: str, name: str, said: File) -> None:
    """Refuse a function in a library that is not the library's."""
    made = function_in(held)
    is_strange = made is not None and str(made.__globals__.get("__name__")).split(".")[0] != module.split(".")[0]
    if module == "math" and callable(held):
        is_strange = not isinstance(held, types.BuiltinFunctionType) or held.__name__ != name
    if is_strange:
        raise changed(said.file, f"{module}.{name}")


def is_native(held: Any) -> bool:
    return isinstance(held, types.BuiltinFunctionType | np.ufunc)


def changed(file: str, name: str) -> SourceError:
    reason = "the file was edited since it was loaded, or something else was put in its place"
    return SourceError(f"{file}: {name} is not what the file says: {reason}; load it again")


def codes(code: types.CodeType) -> list[types.CodeType]:
    """The code of a function, and of those in it."""
    inner = [const for const in code.co_consts if isinstance(const, types.CodeType)]
    return [code, *(found for each in inner for found in codes(each))]
