"""Where the modules lie that a module imports.  Nothing is imported, and nothing but the file system is asked."""

from __future__ import annotations

from pathlib import Path

CACHE = "__sct_cache__"
"""The folder beside a module that holds what is generated from it when it runs."""


def locate(file: str, module: str) -> Path | None:
    """The file of a module that the module in ``file`` imports, if it lies in the same package or folder.

    ``module`` is dotted; dots before it count the packages upwards, as in ``from ..solvers import step``.
    """
    parts = [part for part in module.split(".") if part]
    level = len(module) - len(module.lstrip("."))
    here = Path(file).parent
    here = here.parent if here.name == CACHE else here
    bases = [here, *here.parents][level - 1 : level] if level else dict.fromkeys([root(here), here])
    for base in bases:
        path = base.joinpath(*parts)
        for found in (path.with_name(f"{path.name}.py"), path / "__init__.py"):
            if parts and found.is_file():
                return found
        if not parts and (path / "__init__.py").is_file():
            return path / "__init__.py"
    return None


def root(folder: Path) -> Path:
    """The folder that holds the package that ``folder`` is in; the folder itself where it is no package."""
    while (folder / "__init__.py").is_file():
        folder = folder.parent
    return folder


def dotted(file: str) -> str:
    """The name under which a module is imported absolutely."""
    path = Path(file)
    parts = path.with_suffix("").relative_to(root(path.parent)).parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def submodule(module: str, name: str) -> str:
    """``from module import name`` where ``name`` is a module itself."""
    return f"{module}{name}" if module.endswith(".") else f"{module}.{name}"
