"""What a value holds: the parts of containers and objects, those in these, and copies of all of it."""

from __future__ import annotations

import copy as _copying
import dataclasses
from collections.abc import Iterator, Sequence
from enum import Enum
from types import FunctionType, SimpleNamespace
from typing import Any, TypeVar

import numpy as np

_Kind = TypeVar("_Kind")
# Classes of what has no parts, by far the most of what is asked.
LEAVES = frozenset({float, int, bool, str, np.ndarray, np.float64, np.float32, np.int64, np.bool_, type(None)})


def parts(value: Any) -> list[tuple[Any, Any]] | None:
    """The labels and parts of a container, or None if it is none that we know."""
    if type(value) in LEAVES:
        return None
    if isinstance(value, dict):
        return [(int(key) if isinstance(key, np.integer) else key, item) for key, item in value.items()]
    if isinstance(value, tuple | list):
        return [(str(k), item) for k, item in enumerate(value)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [(field.name, getattr(value, field.name)) for field in dataclasses.fields(value)]
    return list(vars(value).items()) if is_object(value) else None


def is_object(value: Any) -> bool:
    """Whether a value is an instance of a class that is no more than an ``__init__``, inherited or not, and methods."""
    cls = type(value)
    made = isinstance(cls.__init__, FunctionType) or cls is SimpleNamespace
    return made and hasattr(value, "__dict__") and not isinstance(value, type | Exception | Enum)


def classes(value: Any) -> Iterator[type]:
    """The classes of the dataclasses and named tuples in an argument."""
    inner = parts(value)
    if inner is not None:
        if not isinstance(value, dict | list) and type(value) is not tuple:
            yield type(value)
        for _, part in inner:
            yield from classes(part)


def found_in(value: Any, cls: type[_Kind]) -> Iterator[_Kind]:
    """The arrays, or the lists, in an argument."""
    if isinstance(value, cls):
        yield value
    for _, part in parts(value) or ():
        yield from found_in(part, cls)


def narrow_integers(value: Any) -> Iterator[np.dtype[Any]]:
    """The kinds of NumPy's integers in an argument that have other than 64 bits, or no sign."""
    if type(value) in LEAVES and type(value) is not np.ndarray:
        return
    for part in found_in(value, object):
        if isinstance(part, np.ndarray | np.integer) and part.dtype.kind in "iu" and part.dtype != np.int64:
            yield part.dtype


def copy(value: Any) -> Any:
    """An argument that nobody else writes into."""
    return (
        value.copy() if isinstance(value, np.ndarray) else value if parts(value) is None else _copying.deepcopy(value)
    )


def assembled(like: Any, items: Sequence[Any]) -> Any:
    """A container of the form of ``like`` with other parts."""
    if isinstance(like, dict):
        return dict(zip(like, items, strict=True))
    if isinstance(like, tuple | list):
        return type(like)(*items) if hasattr(like, "_fields") else type(like)(items)
    made = _copying.copy(like)
    for (label, _), item in zip(parts(like) or (), items, strict=True):
        object.__setattr__(made, label, item)
    return made


def duplicate(value: Any, known: dict[int, Any] | None = None) -> Any:
    """A deep copy of what a forward sweep keeps, in which what shared memory still does, views too."""
    known = {} if known is None else known
    if id(value) in known:
        return known[id(value)]
    made: Any
    if isinstance(value, np.ndarray):
        base = value.base
        if isinstance(base, np.ndarray) and (base.flags.c_contiguous or base.flags.f_contiguous):
            offset = value.__array_interface__["data"][0] - base.__array_interface__["data"][0]
            whole = duplicate(base, known)
            made = np.ndarray(value.shape, value.dtype, whole.ravel("K"), offset, value.strides)
        else:
            made = value.copy("K")
    elif isinstance(value, list) and all(map(_is_number, value)):
        made = list(value)
    else:
        inner = parts(value)
        if inner is None:
            return value
        made = assembled(value, [duplicate(item, known) for _, item in inner])
    known[id(value)] = made
    return made


def _is_number(value: Any) -> bool:
    return type(value) is float or type(value) is int or type(value) is bool
