"""How what a decorator made is pickled: by its name, as functions are, or as the call that made it.

Before: ``m.loss``, which ``@sct.grad`` made; ``m.slope``, which is ``sct.grad(lambda x: x * x)``; what
``sct.grad(m.energy, wrt="x")`` returned.
After: the names ``m.loss`` and ``m.slope``; ``Derivative``, with the name ``m.energy`` and ``wrt``.  What was generated
is found, or generated, again where it is loaded.
"""

from __future__ import annotations

import pickle
import sys
import types
from collections.abc import Callable
from operator import attrgetter
from typing import Any, ClassVar, Self

from sct.errors import SctError


class NamelessError(SctError, pickle.PicklingError):
    """A derivative of a function that has no name by which another process finds it."""


class Made:
    """What a decorator, the ``maker``, made of a function: one thing, of which there are no copies."""

    maker: ClassVar[str]
    _given: tuple[Callable[..., Any], *tuple[Any, ...]]  # what its class was called with

    def __reduce__(self) -> Any:
        name = getattr(self, "__qualname__", "")  # a partial function has none
        if name and _has(self, name):
            return name
        f = self._given[0]
        if isinstance(f, types.FunctionType) and not _has(f, f.__qualname__):
            found = _name(self)
            if found is not None:
                return found
            reason = f"{f.__module__} has neither it nor that function by a name"
            raise NamelessError(
                f"the derivative of {f.__qualname__} cannot be pickled: {reason}; define one at the top"
            )
        return type(self), self._given

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, known: dict[int, Any]) -> Self:
        return self


def _name(made: Made) -> str | None:
    """The name that the top of its module has for it."""
    top = vars(sys.modules[made.__module__]) if made.__module__ in sys.modules else {}
    return next((name for name, value in list(top.items()) if value is made), None)


def _has(f: Any, name: str) -> bool:
    try:
        return attrgetter(name)(sys.modules[f.__module__]) is f
    except (AttributeError, KeyError):
        return False
