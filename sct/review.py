"""Generated modules beside their sources: what is current, what is not, and how to repair it."""

from __future__ import annotations

import difflib
import shlex
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sct.backend.module import Generated, differs, parse, render
from sct.backend.sources import source_hash
from sct.errors import SctError
from sct.pipeline import Mode, Request, differentiate, marked, module_head

State = Literal["current", "out of date", "missing", "orphaned", "edited by hand"]


@dataclass(frozen=True)
class Build:
    """One generated module: from which source, and for which functions."""

    source: Path
    target: Path
    requests: tuple[Request, ...]
    command: tuple[str, ...]

    def text(self) -> str:
        """The module's text, generated now.  Nothing of the user's code is run."""
        source_text = self.source.read_text(encoding="utf-8")
        pieces = differentiate(source_text, str(self.source), self.requests)
        needs = list(dict.fromkeys(line for piece in pieces for line in piece.needs))
        head = "\n".join([module_head(source_text, str(self.source)), *needs])
        helpers = list(dict.fromkeys(name for piece in pieces for name in piece.helpers))
        parts = [(p.name, source_hash(source_text, p.name, str(self.source)), p.text) for p in pieces]
        return render(self.source.name, self.command, head, parts, helpers)


@dataclass(frozen=True)
class Finding:
    """What ``sct check`` says of one generated module."""

    target: Path
    state: State
    diff: str
    repair: str


class Unbuildable(SctError):
    """A build that names nothing to differentiate, or a file that must not be overwritten."""


def target_of(source: Path) -> Path:
    """``model_grad.py`` beside ``model.py``."""
    return source.with_name(f"{source.stem}_grad.py")


def plan(
    source: Path,
    functions: Sequence[str] = (),
    wrt: Sequence[str] = (),
    mode: Mode = "adjoint",
    output: Path | None = None,
) -> Build:
    """The build of a source: of the functions named, or of those marked with sct's decorators.

    Raises
    ------
    Unbuildable
        If there is nothing to build.
    """
    text = source.read_text(encoding="utf-8")
    found = {request.name: request for request in marked(text, str(source))}
    names = list(functions) or list(found)
    if not names:
        raise Unbuildable(f"{source}: no function is marked with @sct.grad; mark one, or name it with -f NAME")
    requests = []
    for name in names:
        chosen = tuple(_position(entry) for entry in wrt) or (found[name].wrt if name in found else (0,))
        requests.append(Request(name, chosen, mode))
    command = [source.name]
    for name in functions:
        command += ["-f", name]
    if wrt:
        command += ["--wrt", ",".join(wrt)]
    if mode != "adjoint":
        command += ["--mode", mode]
    return Build(source, output or target_of(source), tuple(requests), tuple(command))


def _position(entry: str) -> int | str:
    return int(entry) if entry.lstrip("-").isdigit() else entry


def replan(generated: Generated, target: Path) -> Build:
    """The build that wrote a generated module, from its header."""
    source, functions, wrt, mode = target.with_name(generated.source), [], [], "adjoint"
    words = iter(generated.command[1:])
    for word in words:
        value = next(words, "")
        if word == "-f":
            functions.append(value)
        elif word == "--wrt":
            wrt = value.split(",")
        elif word == "--mode":
            mode = value
    return plan(source, functions, wrt, mode, target)  # type: ignore[arg-type]


def check(paths: Iterable[Path]) -> Iterator[Finding]:
    """The state of every generated module at the paths, and of every marked source that lacks one."""
    for path in _files(paths):
        text = path.read_text(encoding="utf-8")
        generated = parse(text)
        if generated is not None:
            yield examine(path, text, generated)
        elif not target_of(path).exists() and _is_marked(path, text):
            yield Finding(target_of(path), "missing", "", f"sct build {path}")


def _is_marked(path: Path, text: str) -> bool:
    return "sct" in text and "grad" in text and bool(marked(text, str(path)))


def examine(target: Path, text: str, generated: Generated) -> Finding:
    """The state of one generated module."""
    source = target.with_name(generated.source)
    if not source.exists():
        return Finding(target, "orphaned", "", f"rm {shlex.quote(str(target))}")
    arguments = [str(source), *generated.command[1:]]
    if target != target_of(source):
        arguments += ["-o", str(target)]
    repair = f"sct build {' '.join(map(shlex.quote, arguments))}"
    try:
        fresh = replan(generated, target).text()
    except Unbuildable:
        return Finding(target, "orphaned", "", f"rm {shlex.quote(str(target))}")
    if not generated.is_intact:
        return Finding(target, "edited by hand", unified(text, fresh, target), f"{repair} --force")
    if differs(text, fresh):
        return Finding(target, "out of date", unified(text, fresh, target), repair)
    return Finding(target, "current", "", repair)


def unified(before: str, after: str, path: Path) -> str:
    """The difference between two texts of a file."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), str(path), f"{path} (built now)", lineterm="")
    return "\n".join(lines)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            hidden = (found for found in sorted(path.rglob("*.py")))
            yield from (p for p in hidden if not any(part.startswith((".", "__")) for part in p.relative_to(path).parts[:-1]))
        else:
            yield path


def refuse_overwrite(target: Path) -> None:
    """Raise if ``target`` holds something that sct did not write, or that was edited since.

    Raises
    ------
    Unbuildable
        With the reason.
    """
    if not target.exists():
        return
    generated = parse(target.read_text(encoding="utf-8"))
    if generated is None:
        raise Unbuildable(f"{target}: sct did not write this file, and leaves it as it is; --force overwrites it")
    if not generated.is_intact:
        raise Unbuildable(f"{target}: this file was edited by hand; move the edit to the source, or use --force")


def configured(folder: Path) -> list[Build]:
    """The builds that ``[tool.sct]`` of the nearest pyproject.toml lists."""
    for directory in [folder, *folder.parents]:
        path = directory / "pyproject.toml"
        if path.is_file():
            table = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("sct", {})
            return [_configured(directory, entry) for entry in table.get("build", [])]
    return []


def _configured(directory: Path, entry: dict[str, object]) -> Build:
    known = {"source", "functions", "wrt", "mode", "output"}
    if not isinstance(entry, dict) or "source" not in entry or set(entry) - known:
        raise Unbuildable(f"pyproject.toml: [[tool.sct.build]] takes {', '.join(sorted(known))}, and needs source")
    output = entry.get("output")
    return plan(
        directory / str(entry["source"]),
        [str(name) for name in entry.get("functions", [])],  # type: ignore[attr-defined]
        [str(name) for name in entry.get("wrt", [])],  # type: ignore[attr-defined]
        entry.get("mode", "adjoint"),  # type: ignore[arg-type]
        directory / str(output) if output else None,
    )
