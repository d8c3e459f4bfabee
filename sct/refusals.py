"""What is refused at a call: names of the module that stand for something else by now, arguments that do not fit."""

from __future__ import annotations

import copy
import dis
import inspect
import itertools
import operator
import re
import types
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from importlib.machinery import SourceFileLoader
from typing import Any

import numpy as np

from sct.arguments import ArgumentError
from sct.contents import classes, found_in, narrow_integers, parts
from sct.origin import SourceError, function_in
from sct.uses import Use, codes, holds_functions

ASKS_FLOAT = re.compile(r"\bisinstance\([^\n]*\bfloat\b(?![^\n]*\bfloating\b)")
"""What asks whether something is a float of Python's."""
_MADE = frozenset({"adjoint", "grad", "tangent", "tangents", "forward", "reverse"})
"""What the names of the functions that are made of one end in."""
_DATA = (bool, int, float, str, tuple, list, dict, np.generic, np.ndarray)


class Watched:
    """What generated modules take from a function's module, and from others: it must stay what it is.

    These are constants, functions, methods of classes, modules, and what is theirs, as ``np.sin``.  A call compares
    objects, which is quick; what a constant holds is compared where it is another one, or may be written into.
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        self._name = f.__name__
        self._module: dict[str, Any] = f.__globals__  # type: ignore[attr-defined]
        self._own = str(self._module.get("__name__"))
        self._held: dict[tuple[str, str], tuple[Mapping[str, Any], str, Any]] = {}
        self._functions: dict[types.FunctionType, tuple[str, types.CodeType, Any, Any]] = {}
        self._objects: list[tuple[Callable[[str], Any], str, Any]] = []
        if isinstance(f, types.FunctionType):
            self._functions[f] = (f"{self._own}.{self._name}", f.__code__, f.__defaults__, f.__kwdefaults__)

    def add(self, module: types.ModuleType, uses: Sequence[Use], of: str) -> None:
        """Note what a generated module's functions look up that were made ``of`` one, and what the author's ``uses``.

        The constants of a generated module are those of the source.
        """
        found = _codes(module, of)
        for name, other in _attributes(module, found):
            self._held.setdefault((other.__name__, name), (vars(other), name, _kept(vars(other)[name])))
        for name in _looked_up(found):
            if name in self._module:
                held = vars(module).get(name)
                now = _kept(held if _is_constant(held) else self._module[name])
                self._held.setdefault((self._own, name), (self._module, name, now))
        for use in uses:
            made = use.function()
            if made is not None and use.file.has(use.name):
                self._functions.setdefault(
                    made, (f"{use.place}.{use.key}", made.__code__, made.__defaults__, made.__kwdefaults__)
                )
            if made is not None or use.is_member or use.is_table:
                self._held.setdefault((use.place, use.key), (use.space, use.key, _kept(use.held)))
        if (changed := self._changed()) is not None:
            raise ArgumentError(changed)

    @property
    def is_current(self) -> bool:
        """Whether all is what it was."""
        return self.is_untouched or self._changed() is None

    def refuse_changed(self) -> None:
        """Refuse to go on with what is no longer what it was."""
        if not self.is_untouched and (changed := self._changed()) is not None:
            raise ArgumentError(changed)

    @property
    def is_untouched(self) -> bool:
        """Whether the very objects are there: each call asks, and most often they are."""
        for get, name, held in self._objects:
            if get(name) is not held:
                return False
        for f, (_, code, defaults, keywords) in self._functions.items():
            if f.__code__ is not code or f.__defaults__ is not defaults or f.__kwdefaults__ is not keywords:
                return False
        return True

    def _changed(self) -> str | None:
        """What is no longer what it was, in words, if anything is."""
        for place, (space, name, held) in self._held.items():
            now = space.get(name)
            if now is not held:
                if not _same(held, now):
                    return self._told(".".join(place), held, now)
                if not _may_change(held):
                    self._held[place] = space, name, now
        self._objects = [(space.get, name, held) for space, name, held in self._held.values()]
        for f, (label, *made) in self._functions.items():
            if not all(map(operator.is_, made, (f.__code__, f.__defaults__, f.__kwdefaults__))):
                return self._told(label, f, None)
        return None

    def _told(self, name: str, held: Any, now: Any) -> str:
        name = name.removeprefix(f"{self._own}.")
        if _is_constant(held):
            what = f"the constant {name}, which is {held!r} in the source and {now!r} now"
            return f"{self._name} uses {what}; pass it as an argument"
        return f"{self._name} uses {name}, in whose place something else was put; make its derivative again"


def _codes(module: types.ModuleType, of: str) -> list[types.CodeType]:
    """The code of the functions of a module that were made of one, and of those that they call.

    It is all of the module's where something else holds functions.
    """
    assert isinstance(module.__loader__, SourceFileLoader)
    whole = module.__loader__.get_code(module.__name__)
    assert whole is not None
    functions = {const.co_name: const for const in whole.co_consts if isinstance(const, types.CodeType)}
    todo = [name for name in functions if name == of or name.removeprefix(f"{of}_") in _MADE]
    for name in todo:
        called = [other for code in codes(functions[name]) for other in code.co_names if other in functions]
        todo += [other for other in dict.fromkeys(called) if other not in todo]
    found = [code for name in todo for code in codes(functions[name])]
    others = (vars(module).get(name) for code in found for name in code.co_names if name not in functions)
    return list(codes(whole)) if any(map(holds_functions, others)) else found


def _looked_up(found: Sequence[types.CodeType]) -> Iterator[str]:
    """The names that the functions of a module look up in it."""
    for code in found:
        for step in dis.get_instructions(code):
            if step.opname == "LOAD_GLOBAL":
                yield step.argval


def _attributes(module: types.ModuleType, found: Sequence[types.CodeType]) -> Iterator[tuple[str, types.ModuleType]]:
    """What the functions of a module take from others, as ``math.sin`` and ``np.linalg.inv``, and from which."""
    names = {name for code in found for name in code.co_names}
    todo = [other for other in vars(module).values() if isinstance(other, types.ModuleType)]
    for other in todo:
        for name in names & vars(other).keys():
            if not isinstance(inner := vars(other)[name], types.ModuleType):
                yield name, other
            elif inner not in todo:
                todo.append(inner)


def _is_constant(held: Any) -> bool:
    return isinstance(held, _DATA) and not holds_functions(held)


def _kept(held: Any) -> Any:
    """What holds data or functions as it is now, and anything else."""
    if _is_constant(held):
        return copy.deepcopy(held)
    if not holds_functions(held) or not isinstance(held, dict | list | tuple):
        return held
    return {key: _kept(item) for key, item in held.items()} if isinstance(held, dict) else type(held)(map(_kept, held))


def _may_change(held: Any) -> bool:
    """Whether something can be written into what is held."""
    return isinstance(held, list | dict | np.ndarray) or (isinstance(held, tuple) and any(map(_may_change, held)))


def _same(a: Any, b: Any) -> bool:
    """Whether two things are one to generated code."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        alike = isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.dtype == b.dtype
        return alike and np.array_equal(a, b, equal_nan=True)
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return type(a) is type(b) and len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, _DATA) and isinstance(b, _DATA):
        return bool(a == b or (a != a and b != b))
    f, g = function_in(a), function_in(b)
    if f is None or g is None or f is g:
        return (f or a) is (g or b)
    # One of a module that was loaded again.
    is_plain = f.__globals__ is g.__globals__ and not f.__closure__ and not g.__closure__
    return is_plain and f.__code__ == g.__code__ and _same(f.__defaults__, g.__defaults__)


def refuse_variable(f: Callable[..., Any], parameters: Mapping[str, inspect.Parameter]) -> None:
    """Refuse ``*args`` and ``**kwargs``."""
    for parameter in parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            where = f"{f.__code__.co_filename}:{f.__code__.co_firstlineno}"
            raise SourceError(f"{where}: `{parameter}` of {f.__name__} is not supported; name the parameters")


def refuse_shared(f: str, names: Sequence[str], values: Sequence[Any], writes: Collection[str]) -> None:
    """A function writes into an argument: another one that shows the same memory would have to change with it.

    What it ``writes`` into are arrays (and lists), or objects and dicts.
    """
    given = list(zip(names, values, strict=True))
    held = [(name, array) for name, value in given for array in found_in(value, np.ndarray) if "arrays" in writes]
    for (one, a), (other, b) in itertools.combinations(held, 2):
        if np.may_share_memory(a, b):
            raise ArgumentError(
                f"the arguments {one} and {other} share memory, and {f} writes into an argument; "
                f"pass a copy of one of them"
            )
    holders: dict[int, str] = {}
    for other, x in ((name, x) for name, value in given for x in found_in(value, object) if _changes(x)):
        if id(x) in holders:
            raise ArgumentError(
                f"the arguments {holders[id(x)]} and {other} hold one {type(x).__name__}, and {f} writes into an "
                f"argument; pass a copy of one of them"
            )
        holders[id(x)] = other


def _changes(value: Any) -> bool:
    """Whether a value is a container that can be changed."""
    return parts(value) is not None and not isinstance(value, tuple)


def refuse_narrow(f: str, names: Sequence[str], values: Sequence[Any]) -> None:
    """Refuse NumPy's floats of other than 64 bits: to Python they are no floats, and types call all of them so."""
    for name, value in zip(names, values, strict=True):
        held = [part.dtype for part in found_in(value, object) if isinstance(part, np.ndarray | np.floating)]
        narrow = next((dtype for dtype in held if dtype.kind == "f" and dtype.type is not np.float64), None)
        if narrow is not None:
            reason = f"the argument {name} is of {narrow}, and {f} asks what is a `float`, which no such number is"
            raise ArgumentError(f"{reason}; ask for `(float, np.floating)`")


def refuse_wrapping(f: str, names: Sequence[str], values: Sequence[Any], counts: Collection[str]) -> None:
    """Refuse NumPy's integers of other than 64 bits, or without a sign, where they are computed with.

    What the function computes may be in their range, and what its derivative does out of it: ``1.0 - x * k``, and
    ``-k``.
    """
    for name, value in zip(names, values, strict=True):
        dtype = next(narrow_integers(value), None) if name in counts else None
        if dtype is not None:
            reason = f"the argument {name} is of {dtype}, and what is computed with such integers may wrap around"
            raise ArgumentError(f"{reason}, in {f} or in its derivative; pass integers of 64 bits, `np.int64(…)` of it")


def refuse_strangers(f: Callable[..., Any], names: Sequence[str], values: Sequence[Any]) -> None:
    """A class is looked up by its name, in the module of the function: it must be that one."""
    for name, value in zip(names, values, strict=True):
        for cls in classes(value):
            if f.__globals__.get(cls.__name__, cls) is not cls:  # type: ignore[attr-defined]
                known = f"`{cls.__name__}` that the module of {f.__name__} knows"
                raise ArgumentError(f"the argument {name} is a {cls.__name__}, and not the {known}; rename one")
