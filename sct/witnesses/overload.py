"""Numbers of another kind through a function that was written for floats, by operator overloading.

The function is copied with other globals: ``np`` and ``math`` become libraries that know the numbers of an
:class:`Algebra` (dual numbers, symbols), and so do the user's functions that it calls.  Arrays become arrays of
objects, so that NumPy itself does all that only moves, adds or multiplies elements; a write in place is one.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sct.contents import is_object

_FLOATS = (float, np.floating)
_LIBRARIES = ("math", "numpy", "scipy")
_STANDARD = str(Path(functools.__file__).parent)
_MATH = {
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "atan2": "arctan2",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
    "pow": "power",
    "lgamma": "gammaln",
}


class Inapplicable(Exception):
    """A witness has nothing to say of a function; the message says why."""


@dataclass(frozen=True)
class Algebra:
    """A kind of numbers.

    Attributes
    ----------
    kind : type
        The numbers' class.
    elementwise : mapping
        By NumPy's (or SciPy's) name, functions of numbers and floats.
    arrays : mapping
        By dotted name, functions of arrays that NumPy's own code does not compute from elements.
    stopped : callable
        What ``sct.stop_gradient`` makes of a number.
    opaque : callable, optional
        Of a function's name, the function, and its arguments: its value, if it is not to run on arrays of objects; else
        NotImplemented.
    """

    kind: type
    elementwise: Mapping[str, Callable[..., Any]]
    arrays: Mapping[str, Callable[..., Any]]
    stopped: Callable[[Any], Any]
    opaque: Callable[[str, Callable[..., Any], Any, Any], Any] = lambda *_: NotImplemented


class Elements(np.ndarray):
    """An array of numbers of an algebra, or of floats among them."""

    algebra: Algebra

    def __array_finalize__(self, source: Any) -> None:
        self.algebra = getattr(source, "algebra", None)  # type: ignore[assignment]

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **kwargs: Any) -> Any:
        algebra = _algebra([*inputs, *(out or ())])
        scalar = algebra.elementwise.get(ufunc.__name__)
        kernel: Any = ufunc if scalar is None else np.frompyfunc(scalar, ufunc.nin, ufunc.nout)
        if out is not None:
            kwargs["out"] = tuple(map(_plain, out))
        kwargs.pop("dtype", None)
        try:
            found = getattr(kernel, method)(*map(_plain, inputs), **kwargs)
        except TypeError as problem:
            raise Inapplicable(f"`np.{ufunc.__name__}`: {problem}") from None
        if out is not None:
            return out[0]
        if scalar is not None and all(kind.endswith("?") for kind in ufunc.types):
            return found.astype(bool) if isinstance(found, np.ndarray) else bool(found)
        return wrap(found, algebra)

    def __array_function__(self, func: Any, kinds: Any, args: Any, kwargs: Any) -> Any:
        algebra = _algebra([self])
        name = f"{func.__module__}.{func.__name__}".removeprefix("numpy.")
        whole = algebra.arrays.get(name)
        if whole is not None:
            return wrap(whole(*args, **kwargs), algebra)
        found = algebra.opaque(name, func, args, kwargs)
        if found is not NotImplemented:
            return wrap(found, algebra)
        if name.startswith("linalg.") and name.split(".")[1] not in ("matmul", "multi_dot", "outer", "vecdot"):
            raise Inapplicable(f"`np.{name}` is not computed from single numbers here")
        try:
            return wrap(func._implementation(*args, **kwargs), algebra)
        except TypeError as problem:
            raise Inapplicable(f"`np.{name}`: {problem}") from None

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> Any:
        return self.copy() if _is_float(dtype) else super().astype(dtype, *args, **kwargs)

    def std(self, *args: Any, **kwargs: Any) -> Any:
        return np.std(self, *args, **kwargs)

    def var(self, *args: Any, **kwargs: Any) -> Any:
        return np.var(self, *args, **kwargs)


def _algebra(values: list[Any]) -> Algebra:
    return next(value.algebra for value in values if isinstance(value, Elements))


def _plain(value: Any) -> Any:
    """An operand as NumPy's loops over objects take it; NumPy's own floats would ask for an array loop again."""
    if isinstance(value, Elements):
        return value.view(np.ndarray)
    return float(value) if isinstance(value, np.floating) else value


def wrap(value: Any, algebra: Algebra) -> Any:
    """A result: arrays of objects or floats are arrays of the algebra's numbers from now on."""
    if isinstance(value, np.ndarray) and (value.dtype == object or value.dtype.kind == "f"):
        if value.dtype == object and value.ndim == 0:
            return value[()]
        found = (value.astype(object) if value.dtype.kind == "f" else value).view(Elements)
        found.algebra = algebra
        return found
    if type(value) in (tuple, list):
        return type(value)(wrap(item, algebra) for item in value)
    return value


def _written(value: Any) -> Any:
    """What the author wrote: a type of floats, where it is a function that takes the algebra's numbers here."""
    return value.args[0] if isinstance(value, functools.partial) and value.func is _as_float else value


def _is_float(dtype: Any) -> bool:
    dtype = _written(dtype)
    return (isinstance(dtype, str) and dtype == "float") or (isinstance(dtype, type) and issubclass(dtype, _FLOATS))


def _holds(value: Any, algebra: Algebra) -> bool:
    if isinstance(value, tuple | list):
        return any(_holds(item, algebra) for item in value)
    return isinstance(value, Elements | algebra.kind)


class _Function:
    """A function of a library that takes the algebra's numbers as well."""

    def __init__(self, original: Any, name: str, algebra: Algebra) -> None:
        self._original, self._name, self._algebra = original, name, algebra

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        algebra, name = self._algebra, self._name
        args, kwargs = tuple(map(_written, args)), {key: _written(value) for key, value in kwargs.items()}
        if not _holds([*args, *kwargs.values()], algebra):
            return wrap(self._original(*args, **kwargs), algebra)
        args = tuple(object if _is_float(arg) else arg for arg in args)
        kwargs = {key: value for key, value in kwargs.items() if not (key == "dtype" and _is_float(value))}
        scalar = algebra.elementwise.get(name.split(".")[-1])
        if scalar is not None and not any(isinstance(arg, np.ndarray | list | tuple) for arg in args):
            return scalar(*args)
        whole = algebra.arrays.get(name)
        if whole is not None:
            return wrap(whole(*args, **kwargs), algebra)
        found = algebra.opaque(name, self._original, args, kwargs)
        if found is not NotImplemented:
            return wrap(found, algebra)
        if isinstance(self._original, np.ufunc):
            args = tuple(_array(arg, algebra) if isinstance(arg, algebra.kind) else arg for arg in args)
        try:
            return wrap(self._original(*args, **kwargs), algebra)
        except TypeError as problem:
            raise Inapplicable(f"`{name}`: {problem}") from None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


def _array(number: Any, algebra: Algebra) -> Elements:
    found = np.empty((), dtype=object)
    found[()] = number
    array = found.view(Elements)
    array.algebra = algebra
    return array


class _Library:
    """A module for the algebra's numbers."""

    def __init__(self, module: types.ModuleType, world: Overloading, path: str = "") -> None:
        self._module, self._world, self._path = module, world, path

    def __getattr__(self, name: str) -> Any:
        return self._world.converted(getattr(self._module, name), f"{self._path}{name}")


class Overloading:
    """Copies functions so that they take an algebra's numbers.

    ``is_hooked`` tells whether one has run a ``with sct.adjoint_of(x)``, which may change what flows backwards.
    """

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
        self.is_hooked = False
        self._globals: dict[int, dict[str, Any]] = {}
        self._classes: dict[type, type] = {}

    def function(self, f: types.FunctionType) -> types.FunctionType:
        """A copy of a function with other globals."""
        found = self._globals.get(id(f.__globals__))
        if found is None:
            found = self._globals[id(f.__globals__)] = {"float": self.converted(float)}
            for name, value in list(f.__globals__.items()):
                found[name] = value if name.startswith("__") else self.converted(value)
        made = types.FunctionType(f.__code__, found, f.__name__, f.__defaults__, f.__closure__)
        made.__kwdefaults__ = f.__kwdefaults__
        return made

    def converted(self, value: Any, path: str = "") -> Any:
        """What a global is to a function that is given the algebra's numbers."""
        algebra = self.algebra
        module = str(getattr(value, "__module__", "") or "")
        if isinstance(value, types.ModuleType):
            return self._module(value, path)
        if isinstance(value, np.ndarray):
            return wrap(value.copy(), algebra)
        if isinstance(value, type):
            return functools.partial(_as_float, value, algebra) if _is_float(value) else self.cls(value)
        if not callable(value):
            return value
        if module.split(".")[0] == "sct" and getattr(value, "__name__", "") == "stop_gradient":
            return functools.partial(_stopped, algebra=algebra)
        if module.split(".")[0] == "sct" and getattr(value, "__name__", "") == "adjoint_of":
            return self._hook
        if isinstance(value, np.ufunc) or module.split(".")[0] in _LIBRARIES:
            name = path or str(getattr(value, "__name__", ""))
            return _Function(value, _MATH.get(name, name) if module == "math" else name, algebra)
        plain = undecorated(value)
        is_users = isinstance(plain, types.FunctionType) and _is_users(plain.__code__.co_filename)
        return self.function(plain) if is_users else value

    def cls(self, cls: type) -> type:
        """A class whose methods take the algebra's numbers: a subclass of one of the user's."""
        if not _is_users(getattr(sys.modules.get(cls.__module__), "__file__", None) or ""):
            return cls
        if cls not in self._classes:
            self._classes[cls] = cls
            members = {name: self._member(value) for name, value in vars(cls).items() if not name.startswith("__")}
            changed = {name: value for name, value in members.items() if value is not vars(cls)[name]}
            if changed:
                self._classes[cls] = type(cls.__name__, (cls,), {"__slots__": (), **changed})
        return self._classes[cls]

    def _member(self, value: Any) -> Any:
        if isinstance(value, property):
            return property(None if value.fget is None else self._member(value.fget))
        if isinstance(value, staticmethod):
            return staticmethod(self._member(value.__func__))
        plain = undecorated(value)
        is_users = isinstance(plain, types.FunctionType) and _is_users(plain.__code__.co_filename)
        return self.function(plain) if is_users else value

    def argument(self, value: Any) -> Any:
        """An argument whose objects are of classes that take the algebra's numbers."""
        if isinstance(value, dict):
            return {key: self.argument(item) for key, item in value.items()}
        if isinstance(value, tuple | list):
            items = list(map(self.argument, value))
            return self.cls(type(value))(*items) if hasattr(value, "_fields") else type(value)(items)
        if (dataclasses.is_dataclass(value) and not isinstance(value, type)) or is_object(value):
            made = copy.copy(value)
            for name in vars(value):
                object.__setattr__(made, name, self.argument(getattr(value, name)))
            object.__setattr__(made, "__class__", self.cls(type(value)))
            return made
        return value

    @contextmanager
    def _hook(self, x: Any) -> Iterator[Any]:
        self.is_hooked = True
        yield x * 0.0

    def _module(self, module: types.ModuleType, path: str) -> Any:
        if module.__name__.split(".")[0] in (*_LIBRARIES, "sct"):
            return _Library(module, self, f"{path}." if "." in module.__name__ and path else "")
        return _Library(module, self) if _is_users(getattr(module, "__file__", None) or "<built in>") else module


def _as_float(original: type, algebra: Algebra, *args: Any) -> Any:
    return args[0] if args and isinstance(args[0], algebra.kind) else original(*args)


def _stopped(value: Any, algebra: Algebra) -> Any:
    if isinstance(value, Elements):
        return wrap(np.frompyfunc(algebra.stopped, 1, 1)(value.view(np.ndarray)), algebra)
    return algebra.stopped(value)


def undecorated(f: Any) -> Any:
    """The function inside sct's, ``functools``' and Numba's decorators."""
    for inner in ("primal", "py_func", "__wrapped__"):
        f = getattr(f, inner, f)
    return f


def _is_users(file: str) -> bool:
    """Whether a file is part of neither Python nor an installed package."""
    return "site-packages" not in Path(file).parts and not file.startswith((_STANDARD, "<built in>", "<frozen"))
