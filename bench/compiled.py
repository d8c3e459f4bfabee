"""Compiled modules: what ``sct build --target numba`` writes for a sample, and hand-written text under Numba."""

from __future__ import annotations

import importlib
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from sct.backend.module import parse
from sct.builds import Recipe, plan
from sct.errors import RefusedError

FOLDER = Path(__file__).parent.parent / "samples" / "gradbench"


@contextmanager
def importable(folder: Path) -> Iterator[None]:
    """Let the modules of a folder be imported by their plain names, for a while."""
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
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


@cache
def _room() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="sct_bench_")


def numba_folder(folder: Path) -> Path:
    """Where the modules that are built from a folder's sources for the target Numba go, while this process runs."""
    made = Path(_room().name) / folder.name
    made.mkdir(exist_ok=True)
    return made


def build(stem: str, folder: Path) -> None:
    """Write ``stem`` for the target Numba, as its committed twin is built, and what it imports of the samples."""
    target = numba_folder(folder) / f"{stem}.py"
    if target.exists():
        return
    committed = folder / f"{stem}.py"
    generated = parse(committed.read_text(encoding="utf-8"))
    assert generated is not None
    recipe = Recipe.of(generated, committed)
    text = plan(recipe.source, recipe.functions, recipe.wrt, recipe.mode, target, "numba").text()
    for other in re.findall(r"^from (\w+_grad) import", text, re.MULTILINE):
        build(other, folder)
    target.write_text(text, encoding="utf-8")


@cache
def compile_module(stem: str, folder: Path = FOLDER) -> ModuleType:
    """The module of the target Numba; each of its functions is compiled when it is first called.

    Raises
    ------
    RefusedError
        If a function has something that Numba does not compile.
    """
    build(stem, folder)
    return load(stem, numba_folder(folder))


def jit_module(stem: str, folder: Path) -> ModuleType:
    """A hand-written module with every function under ``numba.njit``."""
    import numba

    module = load(stem, folder)
    for name, value in list(vars(module).items()):
        if isinstance(value, FunctionType) and not name.startswith("__"):
            setattr(module, name, numba.njit(value))
    return module


def compile_or_keep(
    compiled: Callable[[], Callable[..., Any]], plain: Callable[..., Any], why: Callable[[str], None]
) -> Callable[..., Any]:
    """What ``compiled()`` returns, or ``plain`` from the first call on that shows that Numba does not compile it."""
    import numba

    chosen: list[Callable[..., Any]] = []

    def call(*args: Any) -> Any:
        if chosen:
            return chosen[0](*args)
        try:
            function = compiled()
            value = function(*args)
        except (RefusedError, numba.core.errors.NumbaError) as problem:
            why(str(problem))
            chosen.append(plain)
            return plain(*args)
        chosen.append(function)
        return value

    return call


def copies(args: tuple[Any, ...]) -> list[Any]:
    """The arguments, arrays copied."""
    return [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]
