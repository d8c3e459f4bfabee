"""How what a decorator made is pickled: by its name, as functions are, or as the call that made it.

Before: ``m.loss``, which ``@sct.grad`` made; ``sct.grad(m.energy, wrt="x")``.
After: the name ``m.loss``; ``Derivative``, with the name ``m.energy`` and ``wrt``.  What was generated is found, or
generated, again where it is loaded.
"""

from __future__ import annotations

import pickle
import sys
import types
from collections.abc import Callable
from operator import attrgetter
from typing import Any, Self

from sct.errors import SctError


class NamelessError(SctError, pickle.PicklingError):
    """A derivative of a function that has no name by which another process finds it."""


class Made:
    """What a decorator made of a function: one thing, of which there are no copies."""

    __qualname__: str
    _given: tuple[Callable[..., Any], *tuple[Any, ...]]  # what its class was called with

    def __reduce__(self) -> Any:
        if _is_by_name(self):
            return self.__qualname__
        f = self._given[0]
        if isinstance(f, types.FunctionType) and not _is_by_name(f):
            reason = f"{f.__module__} has neither it nor that function by a name"
            raise NamelessError(
                f"the derivative of {f.__qualname__} cannot be pickled: {reason}; define one at the top"
            )
        return type(self), self._given

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, known: dict[int, Any]) -> Self:
        return self


def _is_by_name(f: Any) -> bool:
    """Whether a module has it by its name."""
    try:
        return attrgetter(f.__qualname__)(sys.modules[f.__module__]) is f
    except (AttributeError, KeyError):
        return False
