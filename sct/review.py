"""Generated modules beside their sources: what is current, what is not, and how to repair it."""

from __future__ import annotations

import ast
import difflib
import os
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from sct.backend.module import Generated, differs, parse
from sct.backend.sources import has_function
from sct.builds import Build, Recipe, UsageError, argument, plan, target_of
from sct.errors import RefusedError, SctError, UnreadableError
from sct.files import files_at, generated_from, is_closed, text_of
from sct.frontend.modules import read
from sct.pipeline import marked
from sct.rules.helpers import HELPERS

State = Literal[
    "current",
    "out of date",
    "missing",
    "orphaned",
    "orphaned, and edited by hand",
    "edited by hand",
    "in conflict",
    "not written by sct",
    "of another source",
    "a source",
    "unreadable",
]
# What a merge leaves: one side, perhaps what both come from, and the other side.
_CONFLICT = re.compile(r"^<{7} [^\n]*\n(.*?)^(?:\|{7}|={7}).*?^>{7}[^\n]*\n?", re.MULTILINE | re.DOTALL)
_IMPORTS_SCT = re.compile(r"^[ \t]*(?:from[ \t]+sct\b|import\b[^\n#]*\bsct\b)", re.MULTILINE)


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
        The command that makes it current, and what has to be done before.
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

    @property
    def is_orphan(self) -> bool:
        """Whether the source, or a function of it, is gone."""
        return self.state.startswith("orphaned")


def check(paths: Iterable[Path], listed: Sequence[Build] = ()) -> Iterator[Finding]:
    """The state of every generated module at the paths, and of every marked source that lacks one.

    A source that is named stands for what was generated from it beside it; one that is ``listed``, for what is listed.
    In folders, what is no text, or does not mention sct, is passed over; a file that is named is not.
    """
    findings = list(_found(list(paths), listed))
    # A file may have two names (a link to it is one), or a marked source beside it and another one in its header.
    kept = {os.path.realpath(finding.target) for finding in findings if not finding.is_orphan}
    for finding in findings:
        if not finding.is_orphan or os.path.realpath(finding.target) not in kept:
            yield finding


def _found(paths: Sequence[Path], listed: Sequence[Build]) -> Iterator[Finding]:
    files, closed = files_at(paths)
    closed += [path for path in files if is_closed(path)]
    for path in closed:
        yield Finding(path, "unreadable", f"make it readable: {shlex.join(['chmod', 'u+rX', argument(path)])}")
    texts = {path: text for path in files if (text := text_of(path)) is not None}
    for path in files:
        if path in paths and path not in texts and path not in closed:
            yield _unreadable(path)
    generated = {path: found for path, text in texts.items() if (found := _read_back(text)) is not None}
    for path in [path for path in texts if path in paths and path not in generated]:
        generated |= generated_from(path)
    seen = {path.resolve() for path in texts}
    builds = [build for build in listed if {build.source.resolve(), build.target.resolve()} & seen]
    yield from map(against, builds)
    written = {build.target.resolve() for build in builds}
    for path, found in generated.items():
        if path.resolve() not in written:
            yield examine(path, text_of(path) or "", found)
    covered = {Recipe.of(found, path).source.resolve() for path, found in generated.items()}
    covered |= {build.source.resolve() for build in builds}
    for path, text in texts.items():
        is_to_build = path not in generated and path.resolve() not in covered and target_of(path) not in closed
        # Most files do not mention sct, and need not be parsed.
        if is_to_build and ("sct" in text or path in paths):
            yield from _unbuilt(path, text)


def _unbuilt(path: Path, text: str) -> Iterator[Finding]:
    """A finding if the source has marked functions: no generated module says that it is built from them."""
    try:
        if marked(text, str(path)):
            yield against(plan(path))
    except RefusedError as problem:
        yield _refused(path, target_of(path), problem)


def _unreadable(path: Path) -> Finding:
    try:
        read(path)
    except UnreadableError as problem:
        return _refused(path, target_of(path), problem)
    raise AssertionError(path)


def _refused(source: Path, target: Path, problem: SctError) -> Finding:
    state: State = "out of date" if target.exists() else "missing"
    command = shlex.join(["sct", "build", argument(source)])
    return Finding(target, state, _corrected(source, command), problem=str(problem))


def _corrected(source: Path, repair: str) -> str:
    """A repair that fails as long as the source is refused."""
    return f"correct {source}, then: {repair}"


def examine(target: Path, text: str, generated: Generated) -> Finding:
    """The state of a generated module, by what its own header says."""
    recipe = Recipe.of(generated, target)
    state: State = "orphaned" if generated.is_intact else "orphaned, and edited by hand"
    save = "" if generated.is_intact else "keep the edits elsewhere, then: "
    remove = save + shlex.join(["rm", argument(target)])
    if not recipe.source.is_file():
        return Finding(target, state, remove)
    try:
        source = read(recipe.source)
        requests = marked(source, str(recipe.source))
        tree = ast.parse(source)
        left = [name for name in recipe.functions if has_function(tree, name)]
        if not left and (recipe.functions or not requests):
            return Finding(target, state, remove)
        build = recipe.plan(target, left)
        if len(left) < len(recipe.functions):
            repair = build.command() if generated.is_intact else f"{save}{build.command()} --force"
            return Finding(target, state, repair, unified(text, build.text(), target))
        return against(build)
    except (RefusedError, UnreadableError) as problem:
        return _refused(recipe.source, target, problem)


def against(build: Build) -> Finding:
    """The state of what a build would write."""
    target, repair = build.target, build.command()
    found = _theirs(build)
    state: State = found[0] if found is not None else "out of date" if target.exists() else "missing"
    if state in ("edited by hand", "in conflict") or (state == "out of date" and _is_read_only(target)):
        repair = f"{repair} --force"
    elif found is not None:
        repair = f"move it away, then: {repair}"
    try:
        fresh = build.text()
    except (RefusedError, UnreadableError) as problem:
        return Finding(target, state, _corrected(build.source, repair), problem=str(problem))
    if state == "missing":
        return Finding(target, state, repair)
    text = text_of(target) or ""
    if found is None and not differs(text, fresh):
        return Finding(target, "current", repair)
    is_theirs = state in ("not written by sct", "a source", "unreadable")
    return Finding(target, state, repair, "" if is_theirs else unified(text, fresh, target))


def unified(before: str, after: str, path: Path) -> str:
    """The difference between two texts of a file."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), str(path), f"{path} (built now)", lineterm="")
    return "\n".join(lines)


def refuse_overwrite(build: Build, force: bool = False) -> None:
    """Raise if the target holds something that sct did not write, or that was edited since.

    Raises
    ------
    OverwriteError
        With the reason, and the command that does overwrite it; not if that is what was asked for.
    UsageError
        If it is a source, which no command overwrites.
    """
    found = _theirs(build)
    if found is not None and found[0] == "a source":
        raise UsageError(f"{build.target} is {found[0]}: {found[1]}")
    if found is not None and not force:
        raise _overwrites(build, found[1])


def refuse_read_only(build: Build) -> None:
    """Raise if the target is there, and may not be written: a file beside it may take its place all the same.

    Raises
    ------
    OverwriteError
        With the command that does overwrite it.
    """
    if _is_read_only(build.target):
        raise _overwrites(build, "this file is read-only")


def _overwrites(build: Build, reason: str) -> OverwriteError:
    return OverwriteError(f"{build.target}: {reason}\n  to overwrite it: {build.command()} --force")


def _is_read_only(path: Path) -> bool:
    return path.exists() and not path.stat().st_mode & 0o222


def _theirs(build: Build) -> tuple[State, str] | None:
    """What somebody has in the file that a build would write, and why it must stay."""
    if not build.target.exists():
        return None
    if is_closed(build.target):
        return "unreadable", "this file cannot be read"
    text = text_of(build.target) or ""
    generated = _read_back(text)
    if generated is None and _IMPORTS_SCT.search(text):
        return "a source", "name another file for what is generated"
    if generated is None:
        return "not written by sct", "sct did not write this file, and leaves it as it is"
    if _CONFLICT.search(text):
        return "in conflict", "this file holds conflict markers"
    if not generated.is_intact:
        return "edited by hand", "this file was edited by hand; move the edit to the source"
    other = Recipe.of(generated, build.target).source
    if other.is_file() and not other.samefile(build.source):
        return "of another source", f"this file was generated from {other}, and has what belongs to that"
    return None


def _read_back(text: str) -> Generated | None:
    """A generated module; of one that a merge left in conflict, one side."""
    return parse(_CONFLICT.sub(r"\1", text))


def lost(build: Build, before: str, after: str) -> str:
    """What a build leaves out of what the module had: its functions, and the command that has all of them.

    The helpers at the module's foot, ``_unbroadcast`` and such, come and go.
    """
    names = {*_functions(after), *HELPERS}
    gone = [name for name in _functions(before) if name not in names]
    generated = parse(before)
    if not gone or generated is None:
        return ""
    asked = Recipe.of(generated, build.target).functions
    wanted = [request.name for request in build.requests]
    more = [name for name in asked if name not in wanted]
    flags = [word for name in [*more, *wanted] for word in ("-f", name)]
    pairs = zip(build.flags[::2], build.flags[1::2], strict=True)
    flags += [word for pair in pairs if pair[0] != "-f" for word in pair]
    both = f"\n  for all of them: {replace(build, flags=tuple(flags)).command()}" if more else ""
    return f"; it no longer has {', '.join(gone)}{both}"


def _functions(text: str) -> list[str]:
    try:
        return [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    except (SyntaxError, ValueError):
        return []
