"""Calls with arguments like those of an earlier call go to the generated function at once.

Before: each call converts its arguments, looks up what is generated for their kinds and ranks, and orders the adjoints.
After: one look-up, by the classes of the arguments; where there are arrays or containers among them, by their layouts.

What is found has to be called with the arguments as they are: nothing is converted, ordered or checked besides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sct.arguments import as_float, layout
from sct.contents import found_in, parts

_MANY = 1000
_NUMBERS = (float, int, str, np.generic, type(None))

Shortcut = tuple[Callable[..., Any], Callable[..., Any]]
"""What is called, and the generated function that it comes from."""


class Shortcuts:
    """The shortcuts of a derivative with respect to the parameters ``wrt``.

    Attributes
    ----------
    numbers : dict
        Those for numbers, by their classes: a look-up is all that such a call takes.
    """

    def __init__(self, wrt: Sequence[int]) -> None:
        self._wrt = wrt
        self.numbers: dict[tuple[type, ...], Shortcut] = {}
        self._others: dict[tuple[Any, ...], Shortcut] = {}

    def of(self, args: Sequence[Any]) -> Shortcut | None:
        """The shortcut for arguments with arrays or containers among them, if there was a call with such."""
        return self._others.get(tuple(map(_layout, args))) if self._others else None

    def add(self, args: Sequence[Any], shortcut: Shortcut) -> None:
        """Let calls with arguments like these take the shortcut, if they are passed on as they are."""
        if not all(_is_float(args[k]) for k in self._wrt if k < len(args)):
            return
        if all(isinstance(value, _NUMBERS) for value in args):
            self.numbers[tuple(map(type, args))] = shortcut
        elif all(isinstance(value, _NUMBERS) or _is_array(value) or _is_container(value) for value in args):
            if len(self._others) >= _MANY:  # sizes that are new in each call
                self._others.clear()
            self._others[tuple(map(_layout, args))] = shortcut


def is_number(value: Any) -> bool:
    """Whether an argument is none that anything could be written into."""
    return isinstance(value, _NUMBERS)


def _layout(value: Any) -> Any:
    if type(value) is np.ndarray:
        return value.shape, value.strides, value.dtype.char
    return type(value) if isinstance(value, _NUMBERS) else layout(value)


def _is_array(value: Any) -> bool:
    """Whether a value is an array that generated code, compiled or not, takes as it is."""
    has_no_gaps = type(value) is np.ndarray and (value.flags.c_contiguous or value.flags.f_contiguous)
    return has_no_gaps and value.ndim > 0


def _is_container(value: Any) -> bool:
    """Whether a value has parts, of which its layout tells all."""
    return parts(value) is not None and layout(value) is not None


def _is_float(value: Any) -> bool:
    """Whether a value is passed on as it is, and made of doubles, as its adjoint surely is."""
    if parts(value) is None:
        return isinstance(value, float) or (_is_array(value) and value.dtype == np.float64)
    as_it_is = as_float(value, "") is value or all(type(item) is float for item in value)
    return as_it_is and all(array.dtype == np.float64 for array in found_in(value, np.ndarray))
