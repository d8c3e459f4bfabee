"""A generated module under Numba: its functions compiled, and those that it imports from other generated modules."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent.parent / "samples" / "gradbench"


@contextmanager
def importable(folder: Path):
    """Let the modules of a folder be imported by their plain names, for a while."""
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
                del sys.modules[name]


def load(stem: str, folder: Path = FOLDER) -> ModuleType:
    """A module of its own: another load has other functions."""
    with importable(folder):
        return importlib.import_module(stem)


def compile_module(stem: str, folder: Path = FOLDER) -> ModuleType:
    """The module with every function under ``numba.njit``; each is compiled when it is first called."""
    import numba

    module = load(stem, folder)
    done: dict[FunctionType, Any] = {}

    def compiled(f: FunctionType) -> Any:
        if f not in done:
            done[f] = numba.njit(f)
            bind(f.__globals__)
        return done[f]

    def bind(namespace: dict[str, Any]) -> None:
        for name, value in list(namespace.items()):
            if isinstance(value, FunctionType) and not name.startswith("__"):
                namespace[name] = compiled(value)

    bind(vars(module))
    return module


def compile_or_keep(function: Callable[..., Any], plain: Callable[..., Any]) -> Callable[..., Any]:
    """``function``, or ``plain`` from the first call on that shows that Numba cannot compile it."""
    import numba

    chosen: list[Callable[..., Any]] = []

    def call(*args: Any) -> Any:
        if chosen:
            return chosen[0](*args)
        try:
            value = function(*args)
        except numba.core.errors.NumbaError:
            chosen.append(plain)
            return plain(*args)
        chosen.append(function)
        return value

    call.is_compiled = lambda: chosen == [function]  # type: ignore[attr-defined]
    return call


def copies(args: tuple[Any, ...]) -> list[Any]:
    """The arguments, arrays copied."""
    return [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]
