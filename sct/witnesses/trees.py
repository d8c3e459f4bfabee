"""Arguments and values as vectors of numbers: floats, arrays of floats, and containers of these."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from sct.contents import assembled, is_object


def numbers(value: Any, like: Any = None) -> list[Any]:
    """The floats in a value, in order; ``like`` tells where they are, should they be numbers of another kind."""
    return [number for _, number in _leaves(value, value if like is None else like, "")]


def places(value: Any, name: str) -> list[str]:
    """Where the floats of a value are: ``x[0, 1]``, ``p.rate``."""
    return [place for place, _ in _leaves(value, value, name)]


def _leaves(value: Any, like: Any, place: str) -> Iterator[tuple[str, Any]]:
    labelled = _parts(like)
    if labelled is not None:
        inner = _parts(value) or []
        assert len(inner) == len(labelled), "a container of another form"
        for (label, part), (_, given) in zip(labelled, inner, strict=True):
            yield from _leaves(given, part, f"{place}{label}")
    elif isinstance(like, np.ndarray) and like.dtype.kind == "f":
        assert np.shape(value) == like.shape, f"the shape {np.shape(value)} where {like.shape} is expected"
        for index in np.ndindex(like.shape):
            where = f"[{', '.join(map(str, index))}]" if index else ""
            yield f"{place}{where}", value[index] if index or isinstance(value, np.ndarray) else value
    elif isinstance(like, float | np.floating):
        assert np.shape(value) == (), f"the shape {np.shape(value)} where a number is expected"
        yield place, value[()] if isinstance(value, np.ndarray) else value


def _parts(value: Any) -> list[tuple[str, Any]] | None:
    if isinstance(value, dict):
        return [(f"[{key!r}]", part) for key, part in value.items()]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return [(f".{name}", part) for name, part in zip(value._fields, value, strict=True)]
    if isinstance(value, tuple | list):
        return [(f"[{k}]", part) for k, part in enumerate(value)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [(f".{field.name}", getattr(value, field.name)) for field in dataclasses.fields(value)]
    return [(f".{name}", part) for name, part in vars(value).items()] if is_object(value) else None


Array = Callable[[np.ndarray], Any]


def rebuilt(
    like: Any, given: Sequence[Any], array: Array | None = None, other: Callable[[Any], Any] | None = None
) -> Any:
    """A value of the form of ``like`` with these numbers; ``array`` makes an array of an array of objects.

    ``other`` is applied to what is neither a float nor an array of floats; without it, that is copied.
    """
    return _rebuilt(like, iter(given), array or _floats, other or copy.deepcopy)


def _floats(values: np.ndarray) -> np.ndarray:
    return values.astype(float)


def _rebuilt(like: Any, given: Iterator[Any], array: Array, other: Callable[[Any], Any]) -> Any:
    labelled = _parts(like)
    if labelled is not None:
        return assembled(like, [_rebuilt(part, given, array, other) for _, part in labelled])
    if isinstance(like, np.ndarray) and like.dtype.kind == "f":
        made = np.empty(like.shape, dtype=object)
        for index in np.ndindex(like.shape):
            made[index] = next(given)
        return array(made)
    return next(given) if isinstance(like, float | np.floating) else other(like)
