"""Generated modules beside their sources: what is current, what is not, and how to repair it."""

from __future__ import annotations

import ast
import difflib
import os
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sct.backend.module import Generated, differs, parse
from sct.backend.sources import definitions
from sct.builds import Build, Recipe, plan, read, target_of
from sct.errors import RefusedError, SctError
from sct.pipeline import marked

State = Literal["current", "out of date", "missing", "orphaned", "edited by hand"]


class OverwriteError(SctError):
    """A file that must not be overwritten."""


@dataclass(frozen=True)
class Finding:
    """What ``sct check`` says of one generated module.

    Attributes
    ----------
    target : Path
        The module.
    state : State
        How it stands to its source.
    repair : str
        The command that makes it current.
    diff : str
        What that command would change.
    problem : str
        Why its source is refused, if it is.
    """

    target: Path
    state: State
    repair: str
    diff: str = ""
    problem: str = ""


def check(paths: Iterable[Path]) -> Iterator[Finding]:
    """The state of every generated module at the paths, and of every marked source that lacks one."""
    texts = {path: text for path in _files(paths) if (text := _text(path)) is not None}
    generated = {path: found for path, text in texts.items() if (found := parse(text)) is not None}
    for path, found in generated.items():
        yield examine(path, texts[path], found)
    covered = {Recipe.of(found, path).source.resolve() for path, found in generated.items()}
    for path, text in texts.items():
        if path not in generated and path.resolve() not in covered:
            yield from _unbuilt(path, text)


def _unbuilt(path: Path, text: str) -> Iterator[Finding]:
    """A finding if the source has marked functions: no generated module says that it is built from them."""
    # Most files do not mention sct, and need not be parsed.
    if "sct" not in text:
        return
    try:
        if marked(text, str(path)):
            yield against(plan(path))
    except RefusedError as problem:
        yield Finding(target_of(path), "missing", shlex.join(["sct", "build", str(path)]), problem=str(problem))


def examine(target: Path, text: str, generated: Generated) -> Finding:
    """The state of a generated module, by what its own header says."""
    recipe = Recipe.of(generated, target)
    remove = shlex.join(["rm", str(target)])
    if not recipe.source.is_file():
        return Finding(target, "orphaned", remove)
    try:
        source = read(recipe.source)
        present = definitions(ast.parse(source))
        left = [name for name in recipe.functions if name in present]
        if not left and (recipe.functions or not marked(source, str(recipe.source))):
            return Finding(target, "orphaned", remove)
        build = recipe.plan(target, left)
        if len(left) < len(recipe.functions):
            force = "" if generated.is_intact else " --force"
            return Finding(target, "orphaned", build.command() + force, unified(text, build.text(), target))
        return against(build)
    except SyntaxError as problem:
        repair = shlex.join(["sct", "build", str(recipe.source)])
        return Finding(target, "out of date", repair, problem=f"{recipe.source}:{problem.lineno}: {problem.msg}")
    except RefusedError as problem:
        repair = shlex.join(["sct", "build", str(recipe.source)])
        return Finding(target, "out of date", repair, problem=str(problem))


def against(build: Build) -> Finding:
    """The state of what a build would write."""
    target, repair = build.target, build.command()
    if not target.exists():
        return Finding(target, "missing", repair)
    text = read(target)
    generated = parse(text)
    is_ours = generated is not None and generated.is_intact
    try:
        fresh = build.text()
    except RefusedError as problem:
        state: State = "out of date" if is_ours else "edited by hand"
        return Finding(target, state, repair if is_ours else f"{repair} --force", problem=str(problem))
    if not is_ours:
        return Finding(target, "edited by hand", f"{repair} --force", unified(text, fresh, target))
    if differs(text, fresh):
        return Finding(target, "out of date", repair, unified(text, fresh, target))
    return Finding(target, "current", repair)


def unified(before: str, after: str, path: Path) -> str:
    """The difference between two texts of a file."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), str(path), f"{path} (built now)", lineterm="")
    return "\n".join(lines)


def refuse_overwrite(build: Build) -> None:
    """Raise if the target holds something that sct did not write, or that was edited since.

    Raises
    ------
    OverwriteError
        With the reason, and the command that does overwrite it.
    """
    if not build.target.exists():
        return
    text = _text(build.target)
    generated = None if text is None else parse(text)
    if generated is None:
        reason = "sct did not write this file, and leaves it as it is"
    elif not generated.is_intact:
        reason = "this file was edited by hand; move the edit to the source"
    else:
        return
    raise OverwriteError(f"{build.target}: {reason}\n  to overwrite it: {build.command()} --force")


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    """The Python files at the paths; not those in hidden folders, caches and virtual environments."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, inner, files in os.walk(path):
            inner[:] = sorted(name for name in inner if not _is_skipped(Path(folder, name)))
            yield from (Path(folder, name) for name in sorted(files) if name.endswith(".py"))


def _is_skipped(folder: Path) -> bool:
    return folder.name.startswith((".", "__")) or folder.name == "node_modules" or (folder / "pyvenv.cfg").exists()
