"""The sizes of what a call takes and makes.

Before: ``g`` takes ``f64[n]`` and an ``i64``, and makes ``f64[?1]``, of a size that is its own affair.
After: a call of it makes ``f64[?2]``, another one ``f64[?3]``: they need not be equally long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from sct.ir.sizes import atoms_in, fresh_like
from sct.ir.types import Dim, Type

_SIZED = ("int", "slice")
"""The kinds of what is no array, and may have a size."""


def of_call(made: Type, given: Sequence[Type]) -> Type:
    """The type of what a call makes: its sizes are new, but those that are computed from sizes that were ``given``."""
    known = {name for dim in _sizes(given) for name in atoms_in(dim)}
    return _renewed(made, lambda dim: atoms_in(dim) <= known)


def only_sizes(types: Sequence[Type]) -> tuple[tuple[Type, ...], dict[Dim, Dim]]:
    """Types of which no more is told than which sizes are equal, and what each size stands for."""
    names: dict[Dim, Dim] = {}

    def named(dim: Dim) -> Dim:
        return dim if isinstance(dim, int) else names.setdefault(dim, f"?size{len(names)}")

    found = tuple(_mapped(type_, named) for type_ in types)
    return found, {name: dim for dim, name in names.items()}


def with_sizes(made: Type, stand_for: dict[Dim, Dim]) -> Type:
    """The type of what a call makes, in the caller's sizes: what is computed from others is new."""
    told = _renewed(made, lambda dim: dim in stand_for or atoms_in(dim).isdisjoint(map(str, stand_for)))
    return _mapped(told, lambda dim: stand_for.get(dim, dim))


def _renewed(made: Type, is_told: Callable[[Dim], bool]) -> Type:
    new: dict[Dim, Dim] = {}
    return _mapped(made, lambda dim: dim if is_told(dim) else new.setdefault(dim, fresh_like(dim)))


def _mapped(type_: Type, change: Callable[[Dim], Dim]) -> Type:
    """A type with other sizes, those that a number or the length of a slice is known to be among them."""
    shape = None if type_.shape is None else tuple(map(change, type_.shape))
    dim = change(type_.dim) if type_.kind in _SIZED and type_.dim is not None else type_.dim
    return replace(type_, shape=shape, dim=dim, items=tuple(_mapped(item, change) for item in type_.items))


def _sizes(types: Iterable[Type]) -> Iterator[Dim]:
    for type_ in types:
        yield from type_.shape or ()
        if type_.kind in _SIZED and type_.dim is not None:
            yield type_.dim
        yield from _sizes(type_.items)
