"""The files of modules that are generated at a call, and how they are imported."""

from __future__ import annotations

import importlib.util
import sys
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sct.arguments import classes
from sct.backend.sources import short_hash
from sct.frontend.modules import CACHE


def cache(file: str) -> Path:
    """A folder for generated modules: beside the source, or the user's cache folder."""
    folder = Path(file).parent
    if folder.name == CACHE:
        return folder
    folder /= CACHE
    if Path(file).is_file():
        try:
            folder.mkdir(exist_ok=True)
            return folder
        except OSError:
            pass
    from platformdirs import user_cache_path

    return user_cache_path("sct", ensure_exists=True) / short_hash(str(Path(file).parent))


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
