"""The files that a check reads: what lies at the paths, what belongs to a file that is named, what cannot be read."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from sct.backend.module import Generated, parse
from sct.builds import Recipe
from sct.errors import UnreadableError
from sct.frontend.modules import read


def text_of(path: Path) -> str | None:
    """The text of a file; None for what has none."""
    try:
        return read(path) if path.is_file() else None
    except UnreadableError:
        return None


def is_closed(path: Path) -> bool:
    """Whether there is a file or a folder that this user may not read."""
    return path.exists() and not os.access(path, os.R_OK | os.X_OK if path.is_dir() else os.R_OK)


def files_at(paths: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """The Python files at the paths, and the folders that this user may not look into.

    Passed over are hidden folders, caches and virtual environments.
    """
    found, closed = [], []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        closed += [path] * is_closed(path)
        for folder, inner, names in os.walk(path):
            folders = [each for name in sorted(inner) if not _is_skipped(each := Path(folder, name))]
            closed += filter(is_closed, folders)
            inner[:] = [each.name for each in folders if each not in closed]
            found += [each for name in sorted(names) if name.endswith(".py") and (each := Path(folder, name)).is_file()]
    return found, closed


def generated_from(source: Path) -> dict[Path, Generated]:
    """The generated modules beside a source that say they are built from it."""
    found = {}
    for path in sorted(source.parent.glob("*.py")):
        generated = parse(text_of(path) or "")
        if generated is not None and Recipe.of(generated, path).source.resolve() == source.resolve():
            found[path] = generated
    return found


def _is_skipped(folder: Path) -> bool:
    is_environment = os.path.exists(folder / "pyvenv.cfg")  # false where that may not be asked
    return folder.name.startswith((".", "__")) or folder.name == "node_modules" or is_environment
