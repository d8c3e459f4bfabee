"""What is not known of a module's names: it is said where such a name is used.

Before: ``import math`` and ``class math: pi = 3.0``; ``A, B = 2.0, 3.0``; ``from a import *`` behind ``def h(x): …``.
After: "`math` is bound more than once in its module"; where and how ``A`` is bound; that the star may bring ``h``.
"""

from __future__ import annotations

import ast
import importlib
import sys
import sysconfig
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sct.frontend.bindings import Binding, public, stars
from sct.frontend.class_doubts import Doubt, class_doubt, note
from sct.frontend.modules import LIBRARIES, read, shadow

if TYPE_CHECKING:
    from sct.frontend.parse import Source


def doubt(source: Source, name: str) -> Doubt | None:
    """What is not known of a name that a module binds, or that it may have from an ``import *``."""
    bound = [binding for binding in source.bindings if binding.name == name]
    last = bound[-1] if bound else None
    star = next((node for node in reversed(stars(source.tree)) if _may_bring(source, node, name, last)), None)
    if star is not None:
        module = "." * star.level + (star.module or "")
        reason = f"`{name}` may be what `from {module} import *` brings, which is not looked into"
        help_ = f"import by name: `from {module} import {name}`"
        if last is not None:
            help_ = f"move `from {module} import *` above what binds `{name}`, or import by name what is used of it"
        return Doubt(reason, help_, note(source, star))
    if last is None:
        return None
    change = source.changes.get(name) if name in source.constants else None
    if change is not None:
        reason = f"what `{name}` holds is changed in its module"
        return Doubt(reason, "pass it as an argument", (source.place(change), "it is changed here"))
    other = next((binding for binding in bound if not last.is_like(binding) and binding is not last), None)
    if other is not None:
        reason = f"`{name}` is bound more than once in its module"
        is_import = other.imported is not None or last.imported is not None
        help_ = "import it once, at the top" if is_import else "give it one value, or pass it as an argument"
        return Doubt(reason, help_, note(source, other.node, "it is bound here, too"))
    if not last.is_plain:
        reason = f"`{name}` is bound {_how(last.statement)}, where it is not looked for"
        return Doubt(reason, "bind it in a statement of its own at the top of the module", note(source, last.node))
    if isinstance(last.node, ast.ClassDef):
        return class_doubt(source, last.node)
    library = (last.imported or ("", ""))[0].split(".")[0]
    file = shadow(source.file, library) if library in LIBRARIES else None
    if file is not None:
        reason = f"`{library}` is a file of yours, too: which one Python imports depends on how it is started"
        return Doubt(reason, f"give {file} another name", note(source, last.node, "it is imported here"))
    return None


def _may_bring(source: Source, star: ast.ImportFrom, name: str, last: Binding | None) -> bool:
    """Whether a star gives a name another meaning than the module's own last binding."""
    if last is not None and (last.statement.lineno, last.statement.col_offset) > (star.lineno, star.col_offset):
        return False
    module = "." * star.level + (star.module or "")
    if module.split(".")[0] in (*LIBRARIES, "sct"):
        return name in _names(module)
    other = source.imports(module)
    if other is None:
        found = _standard_names(module)
        return found is None or name in found
    found = public(other.tree)
    if found is None:
        return True
    theirs = [binding for binding in other.bindings if binding.name == name]
    if last is None or last.imported is None or last.imported[0].startswith("."):
        return name in found
    return name in found and not all(last.is_like(binding) for binding in theirs)


def _names(module: str) -> set[str]:
    """The names that a library has: it is no code of the user's."""
    library = importlib.import_module(module)
    return set(getattr(library, "__all__", [name for name in vars(library) if not name.startswith("_")]))


@cache
def _standard_names(module: str) -> set[str] | None:
    """The names that ``import *`` brings of a module of Python's own, by its text; None if that does not tell."""
    if module.split(".")[0] not in sys.stdlib_module_names:
        return None
    path = Path(sysconfig.get_path("stdlib"), *module.split("."))
    file = next((file for file in (path / "__init__.py", path.with_suffix(".py")) if file.is_file()), None)
    return None if file is None else public(ast.parse(read(file)))


def _how(statement: ast.stmt) -> str:
    kinds = {ast.Assign: "together with other names", ast.Try: "in a `try`", ast.If: "in an `if`"}
    kinds |= {ast.FunctionDef: "by a function"}
    return kinds.get(type(statement), f"in a statement `{ast.unparse(statement).split()[0]}`")
