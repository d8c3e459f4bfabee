"""Types: what is known of a value.

Before: ``def f(x: float, A: Float[np.ndarray, "m n"])``.
After: ``FLOAT`` and ``Type("array", ("m", "n"))``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, TypeGuard

Kind = Literal[
    "float",
    "int",
    "bool",
    "array",
    "tuple",
    "list",
    "str",
    "none",
    "ellipsis",
    "slice",
    "step",
    "tape",
    "residuals",
    "undef",
    "unknown",
]
DType = Literal["float", "int", "bool"]
Dim = int | str
"""A dimension: an int when it is known (mostly 1), else a symbol.  Equal symbols are equal sizes.  A symbol that ends
in ``+`` is known not to be 1; one that starts with ``?`` is equal to nothing but itself."""
Key = str | int | tuple[str | int, ...]
"""The key of a dict, or the name of a field."""


def not_one(dim: Dim) -> bool:
    """Whether a dimension is known not to be 1."""
    return dim.endswith("+") if isinstance(dim, str) else dim != 1


@dataclass(frozen=True)
class Form:
    """How a structure is written, and what its parts are called.

    Attributes
    ----------
    kind : str
        ``list`` (of parts that differ, hence of known length), ``dict`` with constant keys, or ``class``: a dataclass
        or a named tuple; ``named`` is a library's named tuple, which is written as a plain one, as Numba knows it.
    labels : tuple of Key
        The keys, or the names of the fields.
    name : str
        The class, as the module spells it; empty where the module does not know it.
    plain : bool
        Whether it is a class with an ``__init__`` of its own: what has its form is made as a ``SimpleNamespace``.
    """

    kind: Literal["list", "dict", "class", "named"]
    labels: tuple[Key, ...] = ()
    name: str = ""
    plain: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The labels as parts of names, and of messages."""
        return tuple("_".join(map(str, key)) if isinstance(key, tuple) else str(key) for key in self.labels)


def is_key(value: object) -> TypeGuard[Key]:
    """Whether a constant may be the key of a dict: what is equal to another one, as ``True`` to 1, is none."""
    return type(value) in (str, int) or (type(value) is tuple and all(type(part) in (str, int) for part in value))


@dataclass(frozen=True)
class Type:
    """What is known of a value.

    Attributes
    ----------
    kind : Kind
        ``float``, ``int`` and ``bool`` are scalars (Python's or NumPy's; a 0-d array is a scalar too).
    shape : tuple of Dim or None
        Of an array: one entry a dimension; None when even the rank is unknown.  Of a number: empty where it is a 0-d
        array that came in, or may be one that was made.
    dtype : DType
        Of an array: the kind of its elements.
    items : tuple of Type
        Of a tuple, or another structure whose parts are known: the type of each part.  Of a list: that of every item.
    dim : Dim or None
        Of an int: its value as a dimension, where that is known (``len(x)`` of a known shape).  Of a bool and of a
        string: its value, where that is known.  Of a slice: its length, where it surely lies within the array.  Of a
        step: ``T`` where it transposes, ``R`` where it reshapes.
    form : Form or None
        Of a structure (its kind is ``tuple``) that is no plain tuple.
    optional : bool
        Of a float: whether it may be None for all that.  Nothing is computed with it where it is.
    """

    kind: Kind
    shape: tuple[Dim, ...] | None = None
    dtype: DType = "float"
    items: tuple[Type, ...] = ()
    dim: Dim | None = None
    form: Form | None = None
    optional: bool = False

    @property
    def rank(self) -> int | None:
        """The number of dimensions: 0 for a scalar, None when it is unknown."""
        if self.kind in ("float", "int", "bool"):
            return 0
        return None if self.shape is None else len(self.shape)

    @property
    def literal(self) -> tuple[Any] | None:
        """The only value, in a tuple, where it is known and is what a literal may stand for."""
        if self.kind == "none":
            return (None,)
        if self.kind == "tuple" and self.form is None:
            items = [item.literal for item in self.items]
            return None if None in items else (tuple(item[0] for item in items if item is not None),)
        told = (isinstance(self.dim, int) and self.kind != "slice") or (self.kind == "str" and self.dim is not None)
        return (self.dim,) if told else None

    @cached_property
    def is_scalar(self) -> bool:
        return self.kind in ("float", "int", "bool")

    @cached_property
    def is_array(self) -> bool:
        return self.kind == "array"

    @property
    def is_buffer(self) -> bool:
        """Whether a value of this type can be written into."""
        return self.kind in ("array", "list")

    @property
    def element(self) -> str:
        """The kind of one element: ``float``, ``int``, ``bool``, or the kind itself for anything else."""
        return self.dtype if self.kind == "array" else self.kind

    @property
    def is_differentiable(self) -> bool:
        """Whether a value of this type can carry a derivative."""
        if self.kind in ("tuple", "list"):
            return any(item.is_differentiable for item in self.items)
        return self.element in ("float", "unknown")


def are_alike(a: Type, b: Type) -> bool:
    """Whether two values are known to have one shape: of unknown ranks nothing is known, be they equal."""
    return a.rank is not None and a.rank == b.rank and (a.rank == 0 or a.shape == b.shape)


def forms(types: Iterable[Type]) -> Iterator[Form]:
    """The forms of all structures in types."""
    for type_ in types:
        if type_.form is not None:
            yield type_.form
        yield from forms(type_.items)


def class_names(types: Iterable[Type]) -> frozenset[str]:
    """The names of all classes in types."""
    return frozenset(form.name for form in forms(types) if form.name)


def map_arrays(type_: Type, change: Callable[[Dim, str], Dim], place: str = "") -> Type:
    """A type with other dimensions, without the values of numbers; ``change`` is told a dimension and where it is."""
    if type_.kind in ("tuple", "list"):
        items = tuple(map_arrays(item, change, f"{place}{k}.") for k, item in enumerate(type_.items))
        return replace(type_, items=items)
    if type_.shape is not None:
        return replace(type_, shape=tuple(change(dim, f"{place}{k}") for k, dim in enumerate(type_.shape)))
    return replace(type_, dim=None) if type_.kind in ("int", "bool") else type_


FLOAT = Type("float")
INT = Type("int")
BOOL = Type("bool")
STR = Type("str")
NONE = Type("none")
TAPE = Type("tape")
RESIDUALS = Type("residuals")
UNDEF = Type("undef")
UNKNOWN = Type("unknown")
UNTOLD = Type("unknown", dim="untold")
"""The type of a parameter of which nothing is said: its uses may tell it."""
