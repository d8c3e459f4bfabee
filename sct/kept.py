"""What was made of a function is kept with it: ``sct.grad(f)(x)``, in a loop, makes one derivative.

Before: each turn makes a derivative, and looks for its generated code.
After: it is found where ``f`` has it, as long as ``f`` is what it was.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")
_NAME = "__sct_made__"


class _Kept(dict[Hashable, Any]):
    """What was made of a function; no pickle of the function takes it along."""

    def __reduce__(self) -> Any:
        return _Kept, ()


def kept(f: Callable[..., Any], asked: Hashable, make: Callable[[], T], holds: Callable[[T], bool]) -> T:
    """What ``make`` made of ``f`` when it was ``asked`` before, if that still ``holds``; else it is made now."""
    attributes = getattr(f, "__dict__", None)
    if not isinstance(attributes, dict):
        return make()
    # A wrapper has the attributes of what it wraps.
    made, asked = attributes.setdefault(_NAME, _Kept()), (id(f), asked)
    found: T | None = made.get(asked)
    if found is None or not holds(found):
        found = made[asked] = make()
    return found
