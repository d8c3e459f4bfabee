"""The files of modules that are generated at a call, and how they are imported."""

from __future__ import annotations

import atexit
import functools
import importlib.util
import os
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sct.backend.module import write_atomically
from sct.backend.sources import short_hash
from sct.contents import classes
from sct.errors import SctError
from sct.frontend.modules import CACHE


class CacheError(SctError, OSError):
    """There is no folder that takes what is generated."""


def stored(file: str, name: str, text: str) -> Path:
    """The file that holds what was generated from ``file``: written, unless it is there as it was generated.

    Raises
    ------
    CacheError
        If no folder can be written, not even a temporary one.
    """
    problem: OSError | None = None
    for folder in _folders(file):
        try:
            path = folder() / name
            if not (path.is_file() and path.read_bytes() == text.encode()):
                write_atomically(path, text)
            return path
        except OSError as found:  # it cannot be written, or the disk is full
            problem = found
    reason = f"{file}: no folder can be written for what is generated from it: {problem}"
    raise CacheError(f"{reason}\n  help: set XDG_CACHE_HOME or TMPDIR to one, or `sct build {Path(file).name}` before")


def _folders(file: str) -> Iterator[Callable[[], Path]]:
    """Folders for generated modules: beside the source, in the user's cache folder, one of this process."""
    folder = Path(file).parent
    if folder.name == CACHE:
        yield lambda: folder
    elif Path(file).is_file():
        yield lambda: folder / CACHE
    yield lambda: _users() / short_hash(str(folder))
    yield _temporary


def _users() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("sct")


@functools.cache
def _temporary() -> Path:
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="sct_"))
    atexit.register(_remove, folder, os.getpid())
    return folder


def _remove(folder: Path, owner: int) -> None:
    import shutil

    if os.getpid() == owner:  # what was forked has the folder of its parent
        shutil.rmtree(folder, ignore_errors=True)


def load(path: Path, package: str, borrowed: dict[str, Any] | None = None) -> types.ModuleType:
    """Import a generated module from its file, as one of ``package``, with what it borrows from its source."""
    name = f"_sct_{path.stem}_{short_hash(str(path))}"
    name = f"{package}.{name}" if package else name
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    vars(module).update(borrowed or {})
    folder = str(path.parent.parent if path.parent.name == CACHE else path.parent)
    sys.path.insert(0, folder)  # for the modules that lie beside the source
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(folder)
    return module


def share_classes(module: types.ModuleType, f: Callable[..., Any], values: Sequence[Any]) -> None:
    """Let a generated module use the caller's classes, not copies of them."""
    for cls in {cls for value in values for cls in classes(value)}:
        if not hasattr(module, cls.__name__):
            setattr(module, cls.__name__, cls)
    for name, own in list(vars(module).items()):
        if isinstance(own, type) and own.__module__ == module.__name__ and name in f.__globals__:
            setattr(module, name, f.__globals__[name])
