"""Calls with arguments like those of an earlier call go to the generated function at once.

Before: each call converts its arguments, looks up what is generated for their kinds and ranks, and orders the adjoints.
After: one look-up, by the classes of the arguments; where there are arrays among them, by their layouts.

What is found has to be called with the arguments as they are: nothing is converted, ordered or checked besides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

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
        self._arrays: dict[tuple[Any, ...], Shortcut] = {}

    def of_arrays(self, args: Sequence[Any]) -> Shortcut | None:
        """The shortcut for arguments with arrays among them, if there was a call with such."""
        return self._arrays.get(tuple(map(_layout, args)))

    def add(self, args: Sequence[Any], shortcut: Shortcut) -> None:
        """Let calls with arguments like these take the shortcut, if they are passed on as they are.

        Of a container its class says too little: a tuple may have another length.
        """
        as_they_are = all(_is_float(args[k]) for k in self._wrt if k < len(args))
        if not as_they_are or not all(isinstance(value, _NUMBERS) or _is_array(value) for value in args):
            return
        if any(map(_is_array, args)):
            if len(self._arrays) >= _MANY:  # sizes that are new in each call
                self._arrays.clear()
            self._arrays[tuple(map(_layout, args))] = shortcut
        else:
            self.numbers[tuple(map(type, args))] = shortcut


def _layout(value: Any) -> Any:
    return (value.shape, value.strides, value.dtype.char) if type(value) is np.ndarray else type(value)


def _is_array(value: Any) -> bool:
    """Whether a value is an array that generated code, compiled or not, takes as it is."""
    has_no_gaps = type(value) is np.ndarray and (value.flags.c_contiguous or value.flags.f_contiguous)
    return has_no_gaps and value.ndim > 0


def _is_float(value: Any) -> bool:
    return isinstance(value, float | np.floating) or (_is_array(value) and value.dtype.kind == "f")
