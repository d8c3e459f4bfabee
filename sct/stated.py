"""Whether arguments have the forms that annotations state, for which a committed module was generated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sct.arguments import parts, type_of
from sct.errors import RefusedError
from sct.ir.nodes import Type
from sct.origin import source_of

_ORDER = ("bool", "int", "float")


class Stated:
    """The types that the annotations of a function state.

    Only containers are asked for: a tuple of another length takes other code.  To read annotations takes libcst, which
    a call with numbers and arrays does without.
    """

    def __init__(self, f: Callable[..., Any], key: str) -> None:
        self._function = f
        self._key = key
        self._types: list[Type] | None = None

    def fits(self, values: Sequence[Any]) -> bool:
        """Whether the containers among the arguments are such as the annotations state."""
        held = [k for k, value in enumerate(values) if parts(value) is not None]
        if not held:
            return True
        if self._types is None:
            self._types = self._read()
        return bool(self._types) and all(_fits(type_of(values[k], ""), self._types[k]) for k in held)

    def _read(self) -> list[Type]:
        from sct.frontend.annotations import parameter_types
        from sct.frontend.hints import hinted_types
        from sct.frontend.parse import Source

        source = Source(*source_of(self._function))
        try:
            return parameter_types(source, self._key, hinted_types(source, self._key))
        except RefusedError:
            return []


def _fits(given: Type, stated: Type) -> bool:
    if stated.kind == "unknown":
        return True
    if given.is_scalar and stated.is_scalar:
        return _ORDER.index(given.kind) <= _ORDER.index(stated.kind)
    if given.is_array and stated.is_array:
        return stated.rank in (None, given.rank) and _ORDER.index(given.dtype) <= _ORDER.index(stated.dtype)
    labels = [type_.form and (type_.form.kind, type_.form.labels) for type_ in (given, stated)]
    alike = given.kind == stated.kind and labels[0] == labels[1] and len(given.items) == len(stated.items)
    return alike and all(map(_fits, given.items, stated.items))
