"""What is known of an argument: its type, what tells calls apart, what counts as a float."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from functools import lru_cache, reduce
from types import SimpleNamespace
from typing import Any

import numpy as np

from sct.analysis.joins import is_uniform, join
from sct.contents import LEAVES, parts
from sct.errors import NO_COMPLEX, SctError
from sct.ir.classes import changes_parts
from sct.ir.types import BOOL, FLOAT, INT, NONE, STR, UNDEF, Dim, DType, Form, Type, is_key, map_arrays, not_one

_KINDS: dict[str, DType] = {"f": "float", "i": "int", "u": "int", "b": "bool"}
_LIBRARY = frozenset({"builtins", "collections", "typing", "abc"})
_SCALARS = (bool, int, float, np.number, np.bool_)
_MAKING = frozenset(
    {"__new__", "__init__", "__array_finalize__", "__array_priority__", "__repr__", "__str__", "__doc__"}
)
"""What a class that inherits from arrays may have of its own: none of this changes what is computed with it."""
_PLAIN = {np.ndarray: "np.asarray(…)", float: "float(…)", int: "int(…)"}
_LONG = 100
"""From so many items on, nothing is told of a list of several kinds: it would be asked of each."""


class ArgumentError(SctError, TypeError):
    """An argument that cannot be differentiated, or a ``wrt`` that names no parameter.

    Attributes
    ----------
    reason : str
        What is wrong, without the place of the function.
    """

    def __init__(self, reason: str, where: str = "") -> None:
        self.reason = reason
        super().__init__(f"{where}: {reason}" if where else reason)


@contextmanager
def arguments_of(f: Callable[..., Any]) -> Iterator[None]:
    """Let what is refused of arguments say whose they are: the file and the line of a function."""
    try:
        yield
    except ArgumentError as problem:
        where = f"{f.__code__.co_filename}:{f.__code__.co_firstlineno}"
        raise type(problem)(problem.reason, where) from None


def as_float(value: Any, name: str) -> Any:
    """An argument that is differentiated: an int counts as a float, an array of ints as one of floats.

    In a container an int is one: it carries no derivative, and the gradient has None in its place.
    """
    if type(value) is float or isinstance(value, np.floating):
        return value
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "iub":
            return value.astype(float)
        if value.dtype.kind == "f":
            return value
        if value.dtype.kind == "c":
            raise ArgumentError(f"the argument {name} is an array of {value.dtype}: {NO_COMPLEX}")
        raise ArgumentError(
            f"the argument {name} is an array of {value.dtype}, and only real numbers can be differentiated"
        )
    if isinstance(value, int | np.integer | np.bool_):
        return float(value)
    if type(value) is list and value and all(isinstance(item, _SCALARS) for item in value):
        return [float(item) for item in value]
    if isinstance(value, complex | np.complexfloating):
        raise ArgumentError(f"the argument {name} is of type {type(value).__name__}: {NO_COMPLEX}")
    if parts(value) is None:
        raise _unsuited(value, name, "a float, a NumPy array of floats")
    if not type_of(value, name).is_differentiable:
        raise ArgumentError(f"there is no float and no array of floats in the argument {name}")
    return value


def _unsuited(value: Any, name: str, kinds: str) -> ArgumentError:
    """What is said of an argument of a kind that is not known; suited are ``kinds``."""
    if isinstance(value, type):
        return ArgumentError(f"the argument {name} is a class: make a class method a static one, or pass an object")
    told = f"the argument {name} is of type {type(value).__name__}"
    return ArgumentError(f"{told}; pass {kinds}, a container of these, or an object of a class with an `__init__`")


def key(values: Sequence[Any], names: Sequence[str]) -> tuple[Any, ...]:
    """What generated code depends on: kinds and ranks, which dimensions are 1, and which are equal."""
    sizes = {1: 0}
    found: list[Any] = []
    for value, name in zip(values, names, strict=True):
        if isinstance(value, np.ndarray):
            found.append((value.dtype.kind, *(sizes.setdefault(n, len(sizes)) for n in value.shape)))
        else:
            found.append(type(value) if parts(value) is None else (type(value), type_of(value, name)))
    return tuple(found)


def types_of(values: Sequence[Any], names: Sequence[str]) -> tuple[Type, ...]:
    """The types of arguments; sizes that are equal have one name."""
    sizes: dict[int, Dim] = {1: 1}
    found = []
    for value, name in zip(values, names, strict=True):
        type_ = type_of(value, name)
        if isinstance(value, np.ndarray) and type_.is_array and type_.shape is not None:
            dims = zip(value.shape, type_.shape, strict=True)
            type_ = Type("array", tuple(sizes.setdefault(n, dim) for n, dim in dims), type_.dtype)
        found.append(type_)
    return tuple(found)


def type_of(value: Any, name: str) -> Type:
    """The type of an argument; ``name`` is what its dimensions are called after."""
    refuse_other_operators(value, name)
    if isinstance(value, np.ndarray):
        kind = _KINDS.get(value.dtype.kind)
        if kind is None:
            raise ArgumentError(f"the argument {name} is an array of {value.dtype}; pass an array of real numbers")
        shape: tuple[Dim, ...] = tuple(1 if n == 1 else f"{name}.{axis}+" for axis, n in enumerate(value.shape))
        return Type("array" if shape else kind, shape, kind)
    if isinstance(value, bool | np.bool_):
        return BOOL
    if isinstance(value, int | np.integer):
        return INT if not name else _int(name)
    if isinstance(value, float | np.floating):
        return FLOAT
    if isinstance(value, str):
        return STR
    if value is None:
        return NONE
    inner = parts(value)
    if isinstance(value, Enum):
        cls, base = type(value).__name__, "int" if type(value.value) is int else "str"
        raise ArgumentError(
            f"the argument {name} is a {cls}, which is equal to nothing but itself: let it be of type {base} as well, "
            f"`class {cls}({base}, Enum)`, and compare with `==`"
        )
    if inner is None:
        raise _unsuited(value, name, "a float, an int, a NumPy array")
    return _container(value, name, inner)


def refuse_other_operators(value: Any, name: str) -> None:
    """Refuse a matrix, a masked array, and what else inherits from arrays or numbers, and has operators of its own."""
    cls = type(value)
    if cls in LEAVES or not isinstance(value, np.ndarray | float | int) or isinstance(value, np.number | Enum):
        return
    base = next(base for base in cls.__mro__ if base in (np.ndarray, float, int))
    others = cls.__mro__[: cls.__mro__.index(base)]
    own = {key for other in others if other is not np.memmap for key in vars(other)}
    if not own.isdisjoint(vars(base).keys() - _MAKING):
        kind = "an array" if base is np.ndarray else "a number"
        reason = f"the argument {name} is a {cls.__name__}, whose operators are not those of {kind}"
        raise ArgumentError(f"{reason}; pass `{_PLAIN[base]}` of it")


def _container(value: Any, name: str, inner: list[tuple[str, Any]]) -> Type:
    cls = type(value)
    method, computes = _of_class(cls, _sizes(cls))  # type: ignore[arg-type]
    if method is not None:
        raise ArgumentError(
            f"the argument {name} is a {cls.__name__}, whose `{method}` may change what its parts are; pass a class "
            f"of plain fields, a list or a dict"
        )
    if isinstance(value, list) and (found := _of_list(value, name)) is not None:
        return found
    items = tuple(type_of(part, f"{name}.{label}") for label, part in inner)
    labels = tuple(label for label, _ in inner)
    if isinstance(value, list):
        return Type("tuple", items=items, form=Form("list"))
    if isinstance(value, dict):
        if not all(map(is_key, labels)):
            known = "strings, integers or tuples of these"
            raise ArgumentError(f"the argument {name} is a dict whose keys are not all {known}; use these, or a list")
        return Type("tuple", items=items, form=Form("dict", labels))
    if type(value) is tuple:
        return Type("tuple", items=items)
    plain = not hasattr(cls, "_fields") and not dataclasses.is_dataclass(cls)
    found = Type("tuple", items=items, form=Form("class", getattr(cls, "_fields", labels), cls.__name__, plain))
    if computes and found.is_differentiable:
        raise ArgumentError(
            f"the argument {name} is a {cls.__name__}, which computes its fields; pass a class of plain fields"
        )
    return found


def _of_list(values: list[Any], name: str) -> Type | None:
    """The type of a list of items of one kind; None for another one.

    Nothing is said of which sizes its items have in common, so that all of them are called alike: most types that are
    joined are equal then.  Those of one layout are, and one of them is asked.
    """
    different = {layout(value) or id(value): value for value in values}
    try:
        found = reduce(join, (type_of(value, f"{name}.*") for value in different.values()), UNDEF)
    except ArgumentError:  # which names the item
        return None
    if not is_uniform(found) or found.optional:
        return None
    return Type("list", items=(map_arrays(found, lambda dim, place: _unknown(dim, f"{name}.{place}")),))


def layout(value: Any) -> Any:
    """What the type of a value depends on, where that is told quickly; else None.

    Before: ``{"w": np.ones((3, 1)), "s": 2.0}``.
    After: ``(dict, ("w", "s"), ("d", 2, 1), float)``: of an array what it holds, its rank, and the axes of one element.
    """
    cls = type(value)
    if cls is np.ndarray:
        shape = value.shape
        return value.dtype.char, len(shape), *([k for k, n in enumerate(shape) if n == 1] if 1 in shape else ())
    if cls in LEAVES:
        return cls
    said: tuple[Any, ...] = (cls,)
    if cls is tuple or cls is list:
        items = value
    elif cls is dict:
        said, items = (cls, tuple(value)), value.values()
    else:
        inner = parts(value)
        if inner is None:
            return None
        said, items = (cls, _sizes(cls), tuple([label for label, _ in inner])), [part for _, part in inner]
    found = list(map(layout, items))
    if cls is list and len(found) > 1:
        different = set(found)
        found = [len(found), *different] if len(different) == 1 else found if len(found) < _LONG else [None]
    return None if None in found else (*said, *found)


def _sizes(cls: type) -> tuple[int, ...]:
    """How much a class has, and each of its bases: where something was added to one, it is another number."""
    return tuple([len(base.__dict__) for base in cls.__mro__])


@lru_cache(maxsize=1024)
def _int(name: str) -> Type:
    return Type("int", dim=f"{name}=")


def _unknown(dim: Dim, name: str) -> Dim:
    """A dimension of the items of a list: two of them need not have it in common, unless it is 1 in all."""
    return dim if dim == 1 else f"?{name}+" if not_one(dim) else f"?{name}"


@lru_cache(maxsize=256)
def _of_class(cls: type, sizes: tuple[int, ...]) -> tuple[str | None, bool]:
    """The method of a class that may change what its parts are, and whether it computes fields.

    It is asked again as soon as something was added to the class: one of the ``sizes`` is another one then.
    """
    return _changes_parts(cls), _computes_fields(cls)


def _changes_parts(cls: type) -> str | None:
    """The method by which instances may show other parts than they hold, if the class has one."""
    params = getattr(cls, "__dataclass_params__", None)
    frozen = ("__setattr__", "__delattr__") if params is not None and params.frozen else ()
    for base in cls.__mro__:
        if base.__module__ in _LIBRARY or base is SimpleNamespace:
            continue
        for name, value in vars(base).items():
            is_method = name not in frozen and inspect.isroutine(value)
            if is_method and (changes_parts(name) or issubclass(cls, dict | list)):
                return name
    return None


def _computes_fields(cls: type) -> bool:
    if hasattr(cls, "_fields") or not dataclasses.is_dataclass(cls):
        return False
    own = "__init__" in cls.__dict__ and not cls.__dataclass_params__.init  # type: ignore[attr-defined]
    plain = all(field.init for field in dataclasses.fields(cls))
    return own or not plain or hasattr(cls, "__post_init__")
