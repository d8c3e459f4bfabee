"""A user's module, imported from its file: this alone runs it."""

from __future__ import annotations

import importlib.util
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from sct.errors import SctError


class ImportFailedError(SctError, ImportError):
    """A user's module that cannot be imported."""


def load(path: Path) -> Any:
    """Import a user's module from its file: this runs it.

    Raises
    ------
    ImportFailedError
        With the user's own frames.
    """
    try:
        return _imported(path)
    except (Exception, SystemExit) as problem:  # of the user's code
        raise ImportFailedError(f"{path} cannot be imported\n{of_the_user(problem)}") from problem


def of_the_user(problem: BaseException) -> str:
    """A traceback without the frames of sct, and of Python's import."""
    told = traceback.TracebackException.from_exception(problem)
    ours = ("<frozen importlib", *(f"{Path(file).parent}{os.sep}" for file in (__file__, importlib.__file__)))
    told.stack = traceback.StackSummary.from_list(f for f in told.stack if not f.filename.startswith(ours))
    return "".join(told.format()).rstrip()


def _imported(path: Path) -> Any:
    from sct.frontend.modules import dotted, root

    folder, name = root(path.resolve().parent), dotted(str(path.resolve()))
    sys.path.insert(0, str(folder))
    if "." in name:
        return importlib.import_module(name)
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
