"""Random arguments of given types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sct.ir.types import Dim, Type

_SIZES = (3, 4, 2, 5)


class UnknownError(Exception):
    """A type that does not say enough for a random value."""


def random_value(
    type_: Type, rng: np.random.Generator, positive: bool, sizes: dict[Dim, int], classes: Mapping[str, Any]
) -> Any:
    """A value of a type; dimensions of one name get one size, which ``sizes`` keeps."""

    def value(of: Type) -> Any:
        return random_value(of, rng, positive, sizes, classes)

    if type_.kind == "array" and type_.shape is not None:
        shape = tuple(d if isinstance(d, int) else sizes.setdefault(d, _SIZES[len(sizes) % 4]) for d in type_.shape)
        if type_.dtype != "float":
            return rng.integers(0, 2, size=shape).astype(bool if type_.dtype == "bool" else int)
        return rng.uniform(0.2, 1.5, size=shape) if positive else rng.normal(size=shape)
    if type_.kind == "float":
        return float(rng.uniform(0.2, 1.5) if positive else rng.normal())
    if type_.kind == "int":
        return int(rng.integers(1, 5))
    if type_.kind in ("bool", "none"):
        return bool(rng.integers(0, 2)) if type_.kind == "bool" else None
    if type_.kind == "list":
        return [value(type_.items[0]) for _ in range(3)]
    if type_.kind == "tuple":
        items, form = [value(item) for item in type_.items], type_.form
        if form is None or form.kind == "list":
            return items if form is not None else tuple(items)
        if form.kind == "dict":
            return dict(zip(form.labels, items, strict=True))
        if form.name in classes and not form.plain:  # what an `__init__` makes of its arguments is not known
            return classes[form.name](**dict(zip(form.words, items, strict=True)))
    raise UnknownError
