"""What a function that is differentiated has to return: numbers; for a gradient, one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sct.arguments import type_of
from sct.errors import SctError
from sct.ir.types import Type
from sct.origin import called, is_made


class NoNumberError(SctError, TypeError):
    """A function whose value is None or a string."""


class NotScalarError(NoNumberError):
    """``grad`` of a function whose value is not a scalar."""


def refuse_value(f: Callable[..., Any], key: str, value: Any, needs_scalar: bool) -> None:
    """Refuse a value that is no number; where paths differ, that is not known before."""
    is_number = isinstance(value, float | int | np.number) or (isinstance(value, np.ndarray) and not value.ndim)
    if value is None or isinstance(value, str) or (needs_scalar and not is_number):
        refuse_type(f, key, type_of(value, ""), needs_scalar)


def refuse_type(f: Callable[..., Any], key: str, type_: Type, needs_scalar: bool) -> None:
    """Refuse a value of this type: one of which there is no derivative, or no gradient."""
    name = called(f) if is_made(f) else key
    where = f"{f.__code__.co_filename}:{f.__code__.co_firstlineno}"
    if type_.kind == "undef":
        reason = "on every path it raises, calls itself again, or computes with None"
        raise NoNumberError(f"{where}: {name} returns nothing: {reason}; return what it computes")
    if type_.kind in ("none", "str"):
        what = "None" if type_.kind == "none" else "a string"
        raise NoNumberError(f"{where}: {name} returns no number, but {what}; return what it computes")
    if needs_scalar and not type_.is_scalar and type_.kind != "unknown":
        form = type_.form
        kind = type_.kind if form is None else form.name if form.kind == "class" else form.kind
        kind = "an array" if type_.is_array else f"a {kind}"
        raise NotScalarError(f"{where}: {name} returns {kind}, and grad needs a scalar; use sct.vjp({name}, …)")
