"""Tangents and seeds, as the user gives them, in the form of what they belong to.

A tangent has the structure and the shapes of its argument, the seed of a reverse sweep those of the value: what they
are is checked part by part, and what is a number in another guise (an int, a list for an array) is converted.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sct.arguments import ArgumentError
from sct.contents import assembled, found_in, parts
from sct.errors import NO_COMPLEX

_NUMBERS = (bool, int, float, complex, np.generic, np.ndarray, list, tuple)


def outline(value: Any) -> Any:
    """A value with all its forms and shapes, and none of its arrays' memory."""
    inner = parts(value)
    if inner is not None:
        return assembled(value, [outline(part) for _, part in inner])
    return np.broadcast_to(np.zeros((), value.dtype), value.shape) if isinstance(value, np.ndarray) else value


def seed(given: Any, value: Any) -> Any:
    """The adjoint of a value.  A value that is an int may be a float elsewhere, and has a seed like one."""
    return _fitted(given, value, "the adjoint of the value", has_ints=True)


def tangent(given: Any, primal: Any, name: str) -> Any:
    """The tangent of an argument.  An int in a container carries no derivative: its tangent is None, or 0."""
    return _fitted(given, primal, f"the tangent of {name}", has_ints=False)


def as_precise(bar: Any, value: Any) -> Any:
    """The adjoint of a value in its precision: beside doubles, as ``np.zeros(3)``, singles get one of doubles."""
    if isinstance(value, np.ndarray | np.floating):
        is_wider = isinstance(bar, np.ndarray | np.floating) and value.dtype.kind == "f" and bar.dtype != value.dtype
        return bar.astype(value.dtype) if is_wider else bar
    inner = parts(value)
    if inner is None or bar is None or not any(part.dtype != float for part in found_in(value, np.ndarray)):
        return bar
    made = [part for _, part in parts(bar) or ()]
    return assembled(bar, [as_precise(part, own) for part, (_, own) in zip(made, inner, strict=True)])


def _fitted(given: Any, like: Any, what: str, has_ints: bool) -> Any:
    if type(given) is float and isinstance(like, float):
        return given
    if type(given) is np.ndarray and isinstance(like, np.ndarray) and given.shape == like.shape:
        if given.ndim and given.dtype.kind == like.dtype.kind == "f":
            return given
    inner = parts(like)
    if inner is not None:
        own = _matched(given, like, inner)
        if own is None:
            raise ArgumentError(f"{what} has its form, {_described(like)}, and not {_described(given)}")
        pairs = zip(own, inner, strict=True)
        return assembled(like, [_fitted(g, part, f"{what}{_place(like, at)}", has_ints) for g, (at, part) in pairs])
    kind = np.asarray(like).dtype.kind
    if given is None and kind != "f":
        return np.zeros(np.shape(like))[()] if kind in "biu" else None
    if kind not in "fbiu":
        why = "as what it belongs to is None" if like is None else f"as that of {_described(like)} is"
        raise ArgumentError(f"{what} is None, {why}, and not {_described(given)}")
    found = _numbers(given, like, what)
    if kind != "f" and not has_ints and np.any(found):
        raise ArgumentError(f"{what} is None or 0: an int in a container carries no derivative; make it a float there")
    return found


def _numbers(given: Any, like: Any, what: str) -> Any:
    """A number or an array of floats, of the shape of another one."""
    if isinstance(given, np.ma.MaskedArray):  # what is behind its mask may be anything
        raise ArgumentError(f"{what} is {_described(like)}, and not a masked array; pass `.filled(0.0)` of it")
    try:
        found = np.asarray(given if isinstance(given, _NUMBERS) else None)
    except ValueError:  # rows of several lengths
        found = np.asarray(None)
    if found.dtype.kind == "c":
        raise ArgumentError(f"{what} is complex: {NO_COMPLEX}")
    if found.dtype.kind not in "fbiu":
        raise ArgumentError(f"{what} is {_described(like)}, and not {_described(given)}")
    if found.shape != np.shape(like):
        raise ArgumentError(f"{what} has its shape, {np.shape(like)}, and not {found.shape}")
    found = found if found.dtype.kind == "f" else found.astype(float)
    return found if found.shape else given if isinstance(given, float) else found[()]


def _matched(given: Any, like: Any, inner: list[tuple[str, Any]]) -> list[Any] | None:
    """The parts of a container in the order of those of another one; None where they are others."""
    own = parts(given)
    if own is None:
        return None
    if isinstance(like, tuple | list):  # a named tuple may be given as a plain one
        fits = isinstance(given, tuple | list) and len(own) == len(inner)
        return [part for _, part in own] if fits else None
    found = dict(own)
    return [found[label] for label, _ in inner] if found.keys() == dict(inner).keys() else None


def _place(like: Any, label: str) -> str:
    if isinstance(like, dict):
        return f"[{label!r}]"
    return f"[{label}]" if isinstance(like, tuple | list) else f".{label}"


def _described(value: Any) -> str:
    inner = parts(value)
    if inner is not None:
        if isinstance(value, tuple | list):
            return f"a {type(value).__name__} of {len(inner)}"
        labels = ", ".join(str(label) for label, _ in inner)
        return f"a {type(value).__name__} of {labels or 'nothing'}"
    if isinstance(value, np.ndarray):
        held = "" if value.dtype.kind in "fbiu" else f" and of {value.dtype}"
        return f"an array of shape {value.shape}{held}"
    if isinstance(value, float | int | np.number):
        return "a number"
    return "None" if value is None else "a string" if isinstance(value, str) else f"of type {type(value).__name__}"
