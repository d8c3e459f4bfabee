"""Containers of numbers as vectors: for directions, differences and products."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import numpy as np


def _rebuilt(like: Any, parts: list[Any]) -> Any:
    if isinstance(like, dict):
        return dict(zip(like, parts, strict=True))
    if isinstance(like, list):
        return parts
    if isinstance(like, tuple):
        return type(like)(*parts) if hasattr(like, "_fields") else tuple(parts)
    return type(like)(**dict(zip([f.name for f in dataclasses.fields(like)], parts, strict=True)))


def parts(value: Any) -> list[Any] | None:
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list | tuple):
        return list(value)
    if dataclasses.is_dataclass(value):
        return [getattr(value, f.name) for f in dataclasses.fields(value)]
    return None


def along(value: Any, direction: Any, step: float) -> Any:
    """``value + step * direction``; what is no float stays as it is."""
    inner = parts(value)
    if inner is not None:
        moved = [along(a, b, step) for a, b in zip(inner, parts(direction), strict=True)]
        return _rebuilt(value, moved)
    if isinstance(value, np.ndarray):
        return value + step * direction if value.dtype.kind == "f" else value.copy()
    return value + step * direction if isinstance(value, float) else value


def random_like(value: Any, rng: np.random.Generator) -> Any:
    inner = parts(value)
    if inner is not None:
        return _rebuilt(value, [random_like(item, rng) for item in inner])
    if isinstance(value, np.ndarray):
        return rng.normal(size=value.shape)
    return rng.normal() if isinstance(value, float) else None


def product(bar: Any, direction: Any) -> float:
    """The inner product; both must be of the same form."""
    inner = parts(direction)
    if inner is not None:
        assert type(bar) is type(direction)
        if isinstance(bar, dict):
            assert list(bar) == list(direction)
        return sum(product(a, b) for a, b in zip(parts(bar), inner, strict=True))
    if direction is None:
        assert bar is None
        return 0.0
    assert np.shape(bar) == np.shape(direction)
    return float(np.sum(bar * direction))


def same(a: Any, b: Any) -> bool:
    inner = parts(a)
    if inner is not None:
        return type(a) is type(b) and all(map(same, inner, parts(b)))
    return np.array_equal(a, b)


def copied(value: Any) -> Any:
    return copy.deepcopy(value)
