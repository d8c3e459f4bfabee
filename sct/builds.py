"""What to build: a source, its functions, the file they go to; as asked for, as a header or pyproject.toml has it."""

from __future__ import annotations

import os
import shlex
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sct.backend.module import Generated, render
from sct.backend.sources import source_hash
from sct.errors import SctError
from sct.frontend.modules import dotted, read
from sct.ir.names import as_name
from sct.pipeline import Mode, Request, differentiate, marked, module_head
from sct.stages import Target

_MODES: tuple[Mode, ...] = ("adjoint", "tangent", "both", "pullback", "tangents")
_TARGETS: tuple[Target, ...] = ("python", "numba")


class UsageError(SctError):
    """A request that names nothing that can be built."""


@dataclass(frozen=True)
class Build:
    """One generated module.

    Attributes
    ----------
    source, target : Path
        The source, and the module that is generated from it.
    requests : tuple of Request
        The functions.
    flags : tuple of str
        What ``sct build`` takes, the source aside, to build these functions.
    """

    source: Path
    target: Path
    requests: tuple[Request, ...]
    flags: tuple[str, ...]

    def text(self) -> str:
        """The module's text, generated now.  Nothing of the user's code is run."""
        text, file = read(self.source), str(self.source)
        pieces = differentiate(text, file, self.requests)
        needs = [line for piece in pieces for line in piece.needs]
        borrowed = sorted({name for piece in pieces for name in piece.borrowed})
        if borrowed:
            needs.append(f"from {dotted(str(self.source.resolve()))} import {', '.join(borrowed)}")
        head = "\n".join(dict.fromkeys([module_head(text, file), *needs]))
        helpers = {name: helper for piece in pieces for name, helper in piece.helpers.items()}
        parts = [(piece.name, source_hash(text, piece.name, file), piece.text) for piece in pieces]
        # The header must not depend on the folder that the command was run in.
        source = Path(os.path.relpath(self.source, self.target.parent)).as_posix()
        command = [argument(source), *self.flags, *self._output(self.target.name)]
        return render(source, command, head, parts, helpers, file)

    def command(self) -> str:
        """The command that builds it, as seen from here."""
        return shlex.join(["sct", "build", argument(self.source), *self.flags, *self._output(str(self.target))])

    def _output(self, target: str) -> list[str]:
        return [] if self.target == target_of(self.source) else ["-o", target]


def argument(path: Path | str) -> str:
    """A file's name as a command takes it: one that begins with a dash is no option."""
    return f"./{path}" if str(path).startswith("-") else str(path)


def target_of(source: Path) -> Path:
    """``model_grad.py`` beside ``model.py``."""
    return source.with_name(f"{source.stem}_grad.py")


def plan(
    source: Path,
    functions: Sequence[str] = (),
    wrt: Sequence[str] = (),
    mode: Mode = "adjoint",
    output: Path | None = None,
    target: Target | None = None,
) -> Build:
    """The build of the functions named, or of those marked with sct's decorators.

    Raises
    ------
    UsageError
        If there is nothing to build.
    """
    if source.is_dir():
        raise UsageError(f"{source} is a folder: name the files")
    if not source.is_file():
        raise UsageError(f"there is no file {source}")
    found = {request.name: request for request in marked(read(source), str(source))}
    functions = list(dict.fromkeys(map(as_name, functions)))
    names = functions or list(found)
    if not names:
        reason = "no function of the module or of its classes is marked with @sct.grad"
        raise UsageError(f"{source}: {reason}; mark one, or name it: -f NAME, or functions = [...] in pyproject.toml")
    requests = []
    for name in names:
        chosen = tuple(map(_position, wrt)) or (found[name].wrt if name in found else (0,))
        kind = target or (found[name].target if name in found else "python")
        requests.append(Request(name, chosen, mode, target=kind))
    flags = [word for name in functions for word in ("-f", name)]
    if wrt:
        flags += ["--wrt", ",".join(wrt)]
    if mode != "adjoint":
        flags += ["--mode", mode]
    if target is not None:
        flags += ["--target", target]
    return Build(source, output or target_of(source), tuple(requests), tuple(flags))


def refuse_clashes(builds: Sequence[Build]) -> None:
    """Refuse to write what is a source, what another build writes, and what is no file.

    Raises
    ------
    UsageError
        With the first of these; no option allows it.
    """
    for build in builds:
        target = build.target
        if any(_is_same(target, other.source) for other in builds):
            raise UsageError(f"{target} is a source: name another file for what is generated")
        other = next((other for other in builds if other != build and _is_same(target, other.target)), None)
        if other is not None:
            raise UsageError(
                f"{target} would be written twice, from {build.source} and from {other.source}: "
                f"give one of them another output, or let one build have all functions"
            )
        if target.exists() and not target.is_file():
            raise UsageError(f"{target} is no regular file, but a folder, a pipe or a device: name a file")


def _is_same(a: Path, b: Path) -> bool:
    """Whether two names are one file's."""
    return os.path.realpath(a) == os.path.realpath(b) or (a.exists() and b.exists() and a.samefile(b))


def _position(entry: str) -> int | str:
    return int(entry) if entry.removeprefix("-").isdecimal() else entry


@dataclass(frozen=True)
class Recipe:
    """How a generated module says that it is built, as its header has it."""

    source: Path
    functions: tuple[str, ...]
    wrt: tuple[str, ...]
    mode: Mode
    target: Target | None

    @classmethod
    def of(cls, generated: Generated, target: Path) -> Recipe:
        """Read the header of the module at ``target``."""
        given: dict[str, list[str]] = {"-f": [], "--wrt": [], "--mode": [], "--target": []}
        words = generated.command[1:]
        for flag, value in zip(words[::2], words[1::2], strict=False):
            given.setdefault(flag, []).append(value)
        modes = [mode for mode in _MODES if mode in given["--mode"]]
        wrt = [name for names in given["--wrt"] for name in names.split(",")]
        source = Path(os.path.normpath(target.parent / generated.source))
        targets = [kind for kind in _TARGETS if kind in given["--target"]]
        functions = tuple(given["-f"])
        return cls(source, functions, tuple(wrt), (*modes, "adjoint")[0], (*targets, None)[0])

    def plan(self, output: Path, functions: Sequence[str] | None = None) -> Build:
        """The build that writes ``output``; of these functions only, if given."""
        functions = self.functions if functions is None else functions
        return plan(self.source, functions, self.wrt, self.mode, output, self.target)


def configured(folder: Path) -> list[Build]:
    """The builds that ``[tool.sct]`` of the nearest pyproject.toml lists, their paths as seen from ``folder``.

    Raises
    ------
    UsageError
        If an entry cannot be understood.
    """
    for directory in [folder, *folder.parents]:
        path = directory / "pyproject.toml"
        if path.is_file():
            try:
                tool = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
                table = tool.get("sct", {}) if isinstance(tool, dict) else None
            except ValueError as problem:
                raise UsageError(f"{path}: {problem}") from None
            entries = table.get("build", []) if isinstance(table, dict) else None
            if not isinstance(entries, list):
                raise UsageError(f'{path}: write [[tool.sct.build]], and source = "model.py" below it')
            here = Path(os.path.relpath(directory, folder))
            builds = list(dict.fromkeys(_configured(path, here, entry) for entry in entries))
            try:
                refuse_clashes(builds)
            except UsageError as problem:
                raise UsageError(f"{path}: {problem}") from None
            return builds
    return []


def _configured(path: Path, here: Path, entry: Any) -> Build:
    known = {"source": str, "functions": list, "wrt": list, "mode": str, "target": str, "output": str}
    if not isinstance(entry, dict) or "source" not in entry:
        raise UsageError(f'{path}: every [[tool.sct.build]] needs source = "model.py"')
    for key, value in entry.items():
        if key not in known:
            raise UsageError(f"{path}: [[tool.sct.build]] takes {', '.join(known)}, and not {key}")
        items = value if isinstance(value, list) else [value]
        kinds = (str, int) if key == "wrt" else (str,)
        if not isinstance(value, known[key]) or any(type(item) not in kinds for item in items):
            example = '["x", "y"]' if known[key] is list else '"…"'
            raise UsageError(f"{path}: write {key} = {example}, not {value!r}, for {entry['source']}")
    mode = entry.get("mode", "adjoint")
    if mode not in _MODES:
        raise UsageError(f"{path}: mode is {', '.join(_MODES)}, not {mode}")
    target = entry.get("target")
    if target is not None and target not in _TARGETS:
        raise UsageError(f"{path}: target is {', '.join(_TARGETS)}, not {target}")
    source = here / entry["source"]
    if not source.is_file():
        raise UsageError(f"{path}: there is no file {entry['source']}")
    output = here / entry["output"] if "output" in entry else None
    return plan(source, entry.get("functions", []), [str(name) for name in entry.get("wrt", [])], mode, output, target)
