"""Where the modules lie that a module imports, and what they say.  Nothing is imported: the file system is asked."""

from __future__ import annotations

import io
import os
import re
import tokenize
from pathlib import Path

from sct.errors import UnreadableError
from sct.ir.names import as_name

LIBRARIES = frozenset({"math", "numpy", "scipy"})
"""What is known by its rules, and not looked into."""
WRITTEN_OUT = frozenset({"bisect", "functools", "itertools", "operator"})
"""The modules of Python's own of which some functions are written out (see `sct.rules.definitions`)."""
CACHE = "__sct_cache__"
"""The folder beside a module that holds what is generated from it when it runs."""


def locate(file: str, module: str) -> Path | None:
    """The file of a module that the module in ``file`` imports, if it lies in the same package or folder.

    ``module`` is dotted; dots before it count the packages upwards, as in ``from ..solvers import step``.  What is
    of sct is known, and not looked into, wherever it lies.
    """
    parts = [part for part in module.split(".") if part]
    level = len(module) - len(module.lstrip("."))
    if parts[:1] == ["sct"] and not level:
        return None
    here = Path(os.path.abspath(file)).parent  # where packages have parents, which `Path("model.py")` has not
    here = here.parent if here.name == CACHE else here
    bases = [here, *here.parents][level - 1 : level] if level else dict.fromkeys([root(here), here])
    for base in bases:
        found = [base.joinpath(*parts, "__init__.py")]  # a package comes first, as in Python
        found += [base.joinpath(*parts[:-1], f"{name}.py") for name in parts[-1:]]
        for file_ in found:
            if file_.is_file():
                return file_ if Path(file).is_absolute() else Path(os.path.relpath(file_))
    return None


def shadow(file: str, library: str) -> Path | None:
    """The file that a library's name means where Python is started beside the module (or package) in ``file``."""
    folder = root(Path(file).parent)
    found = [path for path in (folder / library / "__init__.py", folder / f"{library}.py") if path.is_file()]
    is_installed = found and next(folder.glob(f"{library}*-info"), None) is not None
    return found[0] if found and not is_installed else None


def read(path: Path) -> str:
    """The text of a module, read as Python reads it: what its first lines say of its encoding counts.

    Raises
    ------
    UnreadableError
        If it is not text in that encoding, or may not be read.
    """
    try:
        with tokenize.open(path) as file:
            return with_names(file.read())
    except PermissionError as problem:
        message = f"{path}: this file cannot be read: {problem.strerror}"
        raise UnreadableError(f"{message}\n  help: make it readable, or delete it") from None
    except (UnicodeDecodeError, SyntaxError) as problem:
        reason = problem.reason if isinstance(problem, UnicodeDecodeError) else problem.msg
        message = f"{path}: this file cannot be read as text: {reason}"
        raise UnreadableError(
            f"{message}\n  help: save it as UTF-8, or name its encoding: `# coding: latin-1`"
        ) from None


def with_names(text: str) -> str:
    """A module's text with its names as Python takes them: a micro sign is a mu there, and a ligature its letters."""
    if all(as_name(word) == word for word in set(re.findall(r"\w+", text)) if not word.isascii()):
        return text
    rows = text.split("\n")
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):  # what is no Python is refused with the text that it has
        return text
    for token in reversed(tokens):
        if token.type == tokenize.NAME and not token.string.isascii():
            (line, start), (_, end) = token.start, token.end
            row = rows[line - 1]
            rows[line - 1] = row[:start] + as_name(token.string) + row[end:]
    return "\n".join(rows)


def root(folder: Path) -> Path:
    """The folder that holds the package that ``folder`` is in; the folder itself where it is no package."""
    folder = Path(os.path.abspath(folder))
    while (folder / "__init__.py").is_file() and folder != folder.parent:  # as a folder without a name is
        folder = folder.parent
    return folder


def dotted(file: str) -> str:
    """The name under which a module is imported absolutely."""
    path = Path(os.path.abspath(file))
    parts = path.with_suffix("").relative_to(root(path.parent)).parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def submodule(module: str, name: str) -> str:
    """``from module import name`` where ``name`` is a module itself."""
    return f"{module}{name}" if module.endswith(".") else f"{module}.{name}"
