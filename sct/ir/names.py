"""Names: where functions are defined, what is generated for them is called, and which parameter is meant.

Before: ``helpers.Model.predict``, with respect to ``x``.
After: ``Model.predict`` of a file; ``Model_predict_tangent``, ``predict_value`` and ``x_dot``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class GlobalRef:
    """A function or a constant: the source file it is in (absolute, or ``<…>``; a library's name) and its name there.

    ``spelling`` is its text where it is used (``g`` or ``helpers.g``), in the module ``home``.
    """

    file: str
    name: str
    spelling: str = field(compare=False)
    home: str = field(compare=False)

    @property
    def identifier(self) -> str:
        return identifier(self.name)

    @property
    def label(self) -> str:
        return label(self.name)


def identifier(name: str) -> str:
    """What the functions that are generated for one are called after: ``Model_predict`` for ``Model.predict``."""
    return name.replace(".", "_")


def label(name: str) -> str:
    """What a function's values are called after: ``predict`` for ``Model.predict``."""
    return name.rpartition(".")[2]


def as_name(text: str) -> str:
    """A name as Python takes it where it stands in code: in the normal form NFKC, where a micro sign is a mu."""
    return unicodedata.normalize("NFKC", text)


def place_of(entry: object, params: Sequence[str]) -> int | None:
    """Where the parameter stands that an entry of ``wrt`` tells, by its name or from either end; None for no such."""
    if isinstance(entry, str):
        return params.index(as_name(entry)) if as_name(entry) in params else None
    return entry % len(params) if type(entry) is int and -len(params) <= entry < len(params) else None


def tangent_names(params: Sequence[str], wrt: Sequence[int]) -> list[str]:
    """What the tangents of the parameters at ``wrt`` are called: ``x_dot``, or ``x_dot_`` where that is a parameter."""
    names = list(params)
    for k in wrt:
        name = f"{params[k]}_dot"
        while name in names:
            name += "_"
        names.append(name)
    return names[len(params) :]
